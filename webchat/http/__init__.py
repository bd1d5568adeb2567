"""Starlette routes in addition to the pages: answer stream, message text, changes, share pages."""
