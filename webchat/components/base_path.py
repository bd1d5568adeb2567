"""Addresses in pages that React Router does not complete, such as those of files."""

from __future__ import annotations

from reflex_base.config import get_config


def served(path: str) -> str:
    """The path under which the browser finds `path`.

    In a build, it begins with a placeholder that the server replaces; see `webchat.hosting.base_path`.
    """
    return get_config().prepend_frontend_path(path)
