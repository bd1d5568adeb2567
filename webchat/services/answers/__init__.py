"""Answers while they are written: whom to ask, running tasks, what is recorded."""
