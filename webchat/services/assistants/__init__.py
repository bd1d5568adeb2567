"""Assistants: what they are made of, their links, and files of them."""
