"""Pictures in answers, which services send as `data:` URLs. Pure; no I/O."""

from __future__ import annotations

import base64
import binascii

from webchat.messages import PictureDelta, TextDelta

LONGEST = 30 * 1024 * 1024
"""Maximum characters of the URL of a picture."""
LONGEST_ADDRESS = 8_000
"""Maximum characters of the address of a picture on another site."""


def picture_of(url: object) -> PictureDelta | TextDelta | None:
    """The picture in a `data:` URL, or a link to one on another site, which is never fetched here.

    None for anything else; services may send anything.
    """
    if not isinstance(url, str) or len(url) > LONGEST:
        return None
    if url.startswith(("https://", "http://")):
        if len(url) > LONGEST_ADDRESS or any(each in url for each in " ()<>\n"):
            return None
        return TextDelta(f"\n\n![Picture]({url})\n\n")
    head, comma, _ = url[:200].partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        return None
    try:
        return PictureDelta(base64.b64decode(url[len(head) + 1 :], validate=True))
    except (binascii.Error, ValueError):
        return None
