"""Reflex state: thin and flat, one class a page or concern; calls services and nothing else."""
