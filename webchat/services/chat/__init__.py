"""Conversations and what is sent to them."""
