"""The typefaces of the pages this server sends.

They are files of the app's build, whose names only the server knows: it installs the styles that name them
when it starts. Files that people download name none, because they are read without a server.
"""

from __future__ import annotations

_installed = ""


def install(styles: str) -> None:
    """Use `styles`, CSS with nothing but `@font-face` rules, in all pages from now on; empty for none."""
    global _installed
    _installed = styles


def installed() -> str:
    """Return these styles; empty if the pages use the typefaces of the reader's system."""
    return _installed
