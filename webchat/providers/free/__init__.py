"""The five free web chat services and what they share."""
