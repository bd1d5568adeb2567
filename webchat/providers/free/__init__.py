"""The five free web chat services and their shared code."""
