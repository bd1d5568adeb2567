"""Stateless view functions and the wrapped React components."""
