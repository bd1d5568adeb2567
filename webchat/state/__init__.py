"""Reflex state: thin and flat, one class per page or concern. Only calls services."""
