"""Async providers of answers: one class a service; knows nothing of Reflex or the database."""
