"""The configured providers and the models they offer."""
