"""Queries by concern: plain async functions whose first argument is a session from `Database.read()` or
`.write()`.

The next argument is the owner's id, by which they filter: other owners' rows do not exist for them.
Exceptions are in separate modules, such as `users` (who the owners are) and `maintenance` (upkeep of the
whole database).
"""
