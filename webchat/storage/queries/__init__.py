"""Queries by concern: plain async functions that take a session of `Database.read()` or `.write()` first.

Every one takes the owner's id next and filters by it: another owner's row is as good as absent. What cannot
is in modules of its own, `users` (who the owners are) and `maintenance` (upkeep of the whole database).
"""
