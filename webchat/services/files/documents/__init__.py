"""Turns documents into text. Runs in a process of its own; see `webchat.services.files.reading`."""
