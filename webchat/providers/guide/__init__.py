"""The built-in provider that answers from webchat's help pages, offline."""
