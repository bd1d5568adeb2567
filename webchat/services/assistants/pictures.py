"""The pictures of assistants: small squares, converted to one format."""

from __future__ import annotations

import base64
import binascii
import io

from webchat.services.errors import AssistantInvalid

SIDE = 128
"""Pixels of a side: twice what the largest place shows."""
MEDIA_TYPE = "image/webp"
MAX_BYTES = 512 * 1024
"""Bytes of a picture that is read."""
MAX_PIXELS = 4_000_000
"""Pixels of a picture that is read, so that a small file cannot fill the memory."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def read_picture(address: object) -> bytes | None:
    """A picture out of a `data:` address, as a square WebP image without anything else the file had; None
    for an empty text. Takes milliseconds; call it in a thread.

    Raises:
        AssistantInvalid: it is not a picture, or too large.
    """
    if not address:
        return None
    head, _, data = address.partition(",") if isinstance(address, str) else ("", "", "")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise AssistantInvalid("picture")
    if len(data) > MAX_BYTES * 4 // 3 + 4:
        raise AssistantInvalid("picture_too_large")
    try:
        return _square(base64.b64decode(data, validate=True))
    except binascii.Error:
        raise AssistantInvalid("picture") from None


def data_address(picture: bytes | None) -> str:
    """A stored picture as a `data:` address; empty if there is none."""
    return "" if picture is None else f"data:{MEDIA_TYPE};base64,{base64.b64encode(picture).decode()}"


def _square(body: bytes) -> bytes:
    from PIL import Image, ImageOps  # only needed when a picture is saved

    try:
        with Image.open(io.BytesIO(body), formats=_FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise AssistantInvalid("picture_too_large")
            opened.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
            square = ImageOps.fit(upright, (SIDE, SIDE), Image.Resampling.LANCZOS)
    except AssistantInvalid:
        raise
    except Exception:  # a broken file can raise almost anything
        raise AssistantInvalid("picture") from None
    written = io.BytesIO()
    square.save(written, "WEBP", quality=82)
    return written.getvalue()
