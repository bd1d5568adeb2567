"""Decides which addresses in a conversation become links."""

from __future__ import annotations

import re

REL = "noopener noreferrer nofollow ugc"

# Without slashes and a host, browsers would treat "https:path" as relative to this server.
_ALLOWED = re.compile(r"https?://[^\s/?#\\@][^\s\\]*|mailto:[^\s\\]+", re.IGNORECASE)


def is_allowed(address: str) -> bool:
    """Whether a link to this address is allowed: another site or an e-mail address, never a script or this
    server."""
    return _ALLOWED.fullmatch(address) is not None
