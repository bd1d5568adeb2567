"""Conversations as files: exports, and imports from webchat and other apps."""
