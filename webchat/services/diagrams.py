"""Diagrams of answers as the browsers of their owners have drawn them.

Share pages and exported files run no script and cannot draw. The chat draws a diagram anyway, and hands the
drawing over once, for those pages to show.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from xml.parsers import expat

from webchat.services.errors import DiagramInvalid
from webchat.snapshot import SharedDiagram
from webchat.storage.engine import Database, Session
from webchat.storage.errors import MessageNotFound
from webchat.storage.queries import diagrams, messages
from webchat.storage.tables import Diagram, Message
from webchat.storage.types import MessageStatus

MAX_SOURCE = 20_000
"""Characters of a diagram's source; the chat draws no longer ones."""
MAX_SVG = 256 * 1024
"""Bytes of a drawing."""
MOST_OF_MESSAGE = 20
MOST_OF_OWNER = 1_000
"""Drawings of one person; for a further one, those of the oldest message are forgotten."""
_SVG = "http://www.w3.org/2000/svg"
_REFUSED = {"script", "foreignobject", "image", "iframe", "object", "embed", "handler", "set", "feimage"}
_DEEPEST = 200
_OPENING = re.compile(r"(?:```|~~~)[ \t]*mermaid\b[^\n]*", re.IGNORECASE)
"""The line that opens a diagram, from its fence on."""


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
        if not 0 < len(source) <= MAX_SOURCE or len(svg) > MAX_SVG:  # what has more characters has more bytes
            raise DiagramInvalid
        async with self._database.read() as session:
            text = (await _finished(session, owner_id, message_id)).content
        # Outside the transaction: a text may have megabytes.
        if not await asyncio.to_thread(lambda: has_diagram(text, source) and _is_harmless(svg)):
            raise DiagramInvalid
        digest = hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()
        async with self._database.write() as session:
            await _finished(session, owner_id, message_id)
            if await diagrams.get(session, owner_id, message_id, digest) is not None:
                return
            if await diagrams.count(session, owner_id, message_id) >= MOST_OF_MESSAGE:
                raise DiagramInvalid
            if await diagrams.count(session, owner_id) >= MOST_OF_OWNER:
                await diagrams.forget_oldest(session, owner_id)
            session.add(
                Diagram(message_id=message_id, hash=digest, owner_id=owner_id, source=source, svg=svg)
            )


async def _finished(session: Session, owner_id: str, message_id: str) -> Message:
    message = await messages.get(session, owner_id, message_id)
    if message is None or message.deleted_at or message.status is MessageStatus.STREAMING:
        raise MessageNotFound(message_id)
    return message


def has_diagram(text: str, source: str) -> bool:
    """Whether a text has a diagram with this source, in a list or a quotation or outside."""
    return _is_below(text, _openings(text), source)


def shown_diagrams(text: str, drawn: Sequence[Diagram]) -> tuple[SharedDiagram, ...]:
    """The drawings of those diagrams whose source stands in a text as it is shared.

    A drawing of what was redacted would give it away.
    """
    openings = _openings(text) if drawn else []
    return tuple(
        SharedDiagram(each.source, each.svg) for each in drawn if _is_below(text, openings, each.source)
    )


def _openings(text: str) -> list[int]:
    """Where the diagrams of a text begin."""
    return [found.end() for found in _OPENING.finditer(text)]


def _is_below(text: str, openings: Sequence[int], source: str) -> bool:
    wanted = list(_lines(source, 0))
    return bool(wanted) and any(
        all(line == found for line, found in zip_longest(wanted, islice(_lines(text, at), len(wanted))))
        for at in openings
    )


def _lines(text: str, start: int) -> Iterator[str]:
    """The lines from a position on, without what a list or a quotation has around them."""
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if line := text[start:end].strip(" \t\r>"):
            yield line
        start = end + 1


class _Refused(Exception):
    """Something in a drawing might run or load."""


def _is_harmless(svg: str) -> bool:
    """Whether a text is one SVG element of limited size in which nothing runs or loads.

    Pages show it as an image, where browsers run and load nothing either.
    """
    content = svg.encode("utf-8", "replace")
    if len(content) > MAX_SVG:
        return False
    open_elements: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        is_root = not open_elements
        open_elements.append(local)
        if len(open_elements) > _DEEPEST or local.lower() in _REFUSED:
            raise _Refused
        if space != _SVG or (is_root and local != "svg"):
            raise _Refused
        for attribute, value in attributes.items():
            kind = attribute.rpartition(" ")[2].lower()
            if (
                kind.startswith("on")
                or _loads(value)
                or ("\\" in value and (kind == "style" or "(" in value))
            ):
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
        parser.Parse(content, True)
    except (expat.ExpatError, _Refused):
        return False
    style = "".join(styles)
    return "\\" not in style and not _loads(style)


def _loads(value: str) -> bool:
    """Whether a value or a style names something outside the drawing."""
    plain = "".join(value.split()).lower()
    named = plain.split("url(")[1:]
    return any(each in plain for each in ("@import", "image-set(", "src(")) or any(
        not each.lstrip("\"'").startswith("#") for each in named
    )
