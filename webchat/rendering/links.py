"""Which addresses of a conversation become links."""

from __future__ import annotations

import re

REL = "noopener noreferrer nofollow ugc"

# Without slashes and a host, "https:path" would be relative to this server for a browser.
_ALLOWED = re.compile(r"https?://[^\s/?#\\@][^\s\\]*|mailto:[^\s\\]+", re.IGNORECASE)


def is_allowed(address: str) -> bool:
    """Whether a link may lead there: another site or a mailbox, never a script and never this server."""
    return _ALLOWED.fullmatch(address) is not None
