"""Pictures in requests: for services that take them as data, and for those that take none."""

from __future__ import annotations

import base64
from dataclasses import replace

from webchat.messages import Message, PicturePart, TextPart


def has_pictures(message: Message) -> bool:
    """Whether a message has a picture."""
    return any(isinstance(part, PicturePart) for part in message.parts)


def named(message: Message) -> Message:
    """The message with the names of its pictures in their place."""
    parts = tuple(
        TextPart(part.in_words) if isinstance(part, PicturePart) else part for part in message.parts
    )
    return replace(message, content=parts) if has_pictures(message) else message


def data_url(picture: object) -> str:
    """A picture as a `data:` URL, read from its file; the `default` of `json.dumps`.

    Raises:
        TypeError: it is not a picture.
        OSError: its file cannot be read.
    """
    if not isinstance(picture, PicturePart):
        raise TypeError(f"{type(picture).__name__} has no JSON form")
    data = base64.b64encode(picture.path.read_bytes()).decode("ascii")
    return f"data:{picture.media_type};base64,{data}"
