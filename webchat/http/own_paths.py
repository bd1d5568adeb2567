"""Addresses within webchat."""

from __future__ import annotations

import re
from urllib.parse import quote

_OWN = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]{0,2000}")


def own_path(text: str) -> str:
    """The address of a page of ours; `/` for any other text, so that nobody is sent to another site."""
    return text if _OWN.fullmatch(text) else "/"


def sign_in_path(following: str) -> str:
    """The address of the sign-in form that goes on to the page `following`."""
    return f"/sign-in?next={quote(following, safe='')}"
