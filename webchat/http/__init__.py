"""Starlette routes beside the pages: answer stream, message texts, health."""
