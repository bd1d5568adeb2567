"""Addresses within webchat."""

from __future__ import annotations

import re

_OWN = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]{0,2000}")


def own_path(text: str) -> str:
    """The address of a page of ours; `/` for any other text, so that nobody is sent to another site."""
    return text if _OWN.fullmatch(text) else "/"
