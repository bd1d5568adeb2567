"""Diagrams of answers as the browsers of their owners have drawn them.

Share pages and exported files run no script and cannot draw. The chat draws a diagram anyway, and hands the
drawing over once, for those pages to show.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from xml.parsers import expat

from webchat.services.errors import DiagramInvalid
from webchat.snapshot import SharedDiagram
from webchat.storage.engine import Database
from webchat.storage.errors import MessageNotFound
from webchat.storage.queries import diagrams, messages
from webchat.storage.tables import Diagram
from webchat.storage.types import MessageStatus

MAX_SOURCE = 20_000
"""Characters of a diagram's source; the chat draws no longer ones."""
MAX_SVG = 256 * 1024
"""Characters of a drawing."""
MOST_OF_MESSAGE = 20
MOST_OF_OWNER = 2_000
_SVG = "http://www.w3.org/2000/svg"
_REFUSED = {"script", "foreignobject", "image", "iframe", "object", "embed", "handler", "set", "feimage"}
_DEEPEST = 200


class Diagrams:
    """Keeps drawings with the messages that have the diagrams, and deletes them with these."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, owner_id: str, message_id: str, source: object, svg: object) -> None:
        """Keep the drawing of a diagram. One that is there already stays as it is.

        Raises:
            MessageNotFound: the owner has no such message, or it is still being written.
            DiagramInvalid: the message has no such diagram, or this is no drawing that can be shown safely;
                nothing was kept.
        """
        if not isinstance(source, str) or not isinstance(svg, str):
            raise DiagramInvalid
        if not 0 < len(source) <= MAX_SOURCE or len(svg) > MAX_SVG:
            raise DiagramInvalid
        if not await asyncio.to_thread(_is_harmless, svg):
            raise DiagramInvalid
        digest = hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()
        async with self._database.write() as session:
            message = await messages.get(session, owner_id, message_id)
            if message is None or message.deleted_at or message.status is MessageStatus.STREAMING:
                raise MessageNotFound(message_id)
            if not has_diagram(message.content, source):
                raise DiagramInvalid
            if await diagrams.get(session, owner_id, message_id, digest) is not None:
                return
            if (
                await diagrams.count(session, owner_id, message_id) >= MOST_OF_MESSAGE
                or await diagrams.count(session, owner_id) >= MOST_OF_OWNER
            ):
                raise DiagramInvalid
            session.add(
                Diagram(message_id=message_id, hash=digest, owner_id=owner_id, source=source, svg=svg)
            )


def has_diagram(text: str, source: str) -> bool:
    """Whether the source of a diagram stands in a text, in a list or a quotation or outside."""
    return bool(source.strip()) and _lines(source) in _lines(text)


def shown_diagrams(text: str, drawn: Sequence[Diagram]) -> tuple[SharedDiagram, ...]:
    """The drawings of those diagrams whose source stands in a text as it is shared.

    A drawing of what was redacted would give it away.
    """
    return tuple(SharedDiagram(each.source, each.svg) for each in drawn if has_diagram(text, each.source))


def _lines(text: str) -> str:
    return "\n".join(line.strip(" \t>") for line in text.splitlines() if line.strip(" \t>"))


class _Refused(Exception):
    """Something in a drawing might run or load."""


def _is_harmless(svg: str) -> bool:
    """Whether a text is one SVG element in which nothing runs or loads.

    Pages show it as an image, where browsers run and load nothing either.
    """
    open_elements: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        is_root = not open_elements
        open_elements.append(local)
        if len(open_elements) > _DEEPEST or local.lower() in _REFUSED:
            raise _Refused
        if is_root and (space, local) != (_SVG, "svg"):
            raise _Refused
        for attribute, value in attributes.items():
            kind = attribute.rpartition(" ")[2].lower()
            if kind.startswith("on") or _loads(value) or (kind == "style" and "\\" in value):
                raise _Refused
            if kind in ("href", "src") and not value.startswith("#") and local != "a":
                raise _Refused

    def text(data: str) -> None:
        if open_elements[-1].lower() == "style":
            styles.append(data)

    def refuse(*_: object) -> None:
        raise _Refused

    styles: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: open_elements.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.ProcessingInstructionHandler = refuse
    try:
        parser.Parse(svg.encode("utf-8", "replace"), True)
    except (expat.ExpatError, _Refused):
        return False
    style = "".join(styles)
    return "\\" not in style and not _loads(style)


def _loads(value: str) -> bool:
    """Whether a value or a style names something outside the drawing."""
    plain = "".join(value.split()).lower()
    named = plain.split("url(")[1:]
    return "@import" in plain or any(not each.lstrip("\"'").startswith("#") for each in named)
