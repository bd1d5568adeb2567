"""Turns documents into text. Runs in a separate process; see `webchat.services.files.reading`."""
