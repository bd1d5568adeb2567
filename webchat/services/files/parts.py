"""What a model gets of the files of messages: pictures, and the texts of documents as far as they fit.

A prompt is put together in a transaction, from rows alone; `filled` reads the files afterwards. A document
that does not fit is represented by its beginning and by the passages that fit the question best.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

from webchat.messages import DocumentPart, Message, Part, PicturePart, Role, TextPart
from webchat.services.answers.context import BYTES_A_TOKEN
from webchat.services.files.kinds import PICTURE
from webchat.storage.blobs import BlobStore
from webchat.storage.passages import best_passages
from webchat.storage.queries.files import OwnedFile

LEAST = 200
"""Tokens that each document of a question gets, however small the context is."""
MOST_PICTURES = 20 * 1024 * 1024
"""Maximum bytes of the pictures that are sent together; older ones are only named."""
BEGINNING = 4
"""The part of a shortened document that is its beginning is one over this number."""
PASSAGE = 1_200
"""Characters of a passage, about."""
_WHOLE = '<file name="{name}">\n{text}\n</file>\n\n'
_SHORTENED = (
    '<file name="{name}" note="Shortened: about {kept:,} of {tokens:,} tokens. These are its beginning and '
    'the passages that fit the question best; […] marks what was left out.">\n{text}\n</file>\n\n'
)
_UNREAD = '<file name="{name}" note="Its text could not be read."></file>\n\n'
_GAP = "\n[…]\n"


def file_parts(
    found: Sequence[OwnedFile], store: BlobStore, name_of: Callable[[OwnedFile], str], room: int
) -> tuple[Part, ...]:
    """The parts for the files of a message, whose documents may take `room` tokens together."""
    texts = [_kept(each) for each in found]
    rooms = shares(texts, max(room, LEAST * sum(text > 0 for text in texts)))
    return tuple(
        PicturePart(name_of(each), store.path(each.stored.hash), each.stored.media_type, each.stored.tokens)
        if each.stored.kind == PICTURE
        else DocumentPart(name_of(each), store.text_path(each.stored.hash), text, share)
        for each, text, share in zip(found, texts, rooms, strict=True)
    )


def shares(wanted: Sequence[int], room: int) -> list[int]:
    """Divide a room: small ones get what they want, and the others the same share of the rest.

    >>> shares([10, 500, 900], 610)
    [10, 300, 300]
    """
    given = [0] * len(wanted)
    left = sum(1 for each in wanted if each > 0)
    for number in sorted(range(len(wanted)), key=lambda each: wanted[each]):
        if wanted[number] > 0:
            given[number] = min(wanted[number], room // left)
            room -= given[number]
            left -= 1
    return given


def shortened(messages: Sequence[Message]) -> int:
    """The number of documents that do not fit as a whole."""
    return sum(
        isinstance(part, DocumentPart) and part.room < part.tokens
        for message in messages
        for part in message.parts
    )


def has_files(message: Message) -> bool:
    """Whether a message has more than text, which `filled` must read."""
    return not all(isinstance(part, TextPart) for part in message.parts)


async def filled(messages: Sequence[Message], *, sees: bool) -> tuple[Message, ...]:
    """The messages with the texts of their documents, and without pictures that cannot be sent.

    Args:
        sees: whether the model is known to see pictures. If it is not, only those of the question are sent.
    """
    asked = next((at for at in reversed(range(len(messages))) if messages[at].role is Role.USER), 0)
    if any(isinstance(part, PicturePart) for part in messages[asked].parts):
        sees = True
    return await asyncio.to_thread(_filled, messages, asked, sees)


def _filled(messages: Sequence[Message], asked: int, sees: bool) -> tuple[Message, ...]:
    question = messages[asked].text
    room = MOST_PICTURES
    made: list[Message] = []
    for message in reversed(messages):
        parts: list[Part] = []
        for part in message.parts:
            if isinstance(part, PicturePart):
                size = _size(part)
                room -= size
                can_be_sent = sees and size and room >= 0 and message.role is Role.USER
                parts.append(part if can_be_sent else TextPart(part.in_words))
            elif isinstance(part, DocumentPart):
                parts.append(TextPart(_text_of(part, question)))
            else:
                parts.append(part)
        made.append(replace(message, content=tuple(parts)))
    return tuple(reversed(made))


def _size(part: PicturePart) -> int:
    """The bytes of a picture; 0 if it is not there, for example in a backup without files."""
    try:
        return os.stat(part.path).st_size
    except OSError:
        return 0


def _text_of(part: DocumentPart, question: str) -> str:
    name = _quoted(part.name)
    try:
        text = part.path.read_text("utf-8", "replace")
    except OSError:
        text = ""
    if not text:
        return _UNREAD.format(name=name)
    text = _first(text, part.tokens)
    if part.room >= part.tokens:
        return _WHOLE.format(name=name, text=text)
    kept = fitting(text, question, part.room)
    return _SHORTENED.format(name=name, kept=part.room, tokens=part.tokens, text=kept)


def fitting(text: str, question: str, room: int) -> str:
    """The beginning of a text and the passages that fit a question best, in order, in `room` tokens."""
    passages = _passages(text)
    sizes = [-(-len(each.encode("utf-8", "replace")) // BYTES_A_TOKEN) for each in passages]
    first = sum(total <= room // BEGINNING for total in accumulate(sizes))
    wanted = [*range(first), *best_passages(passages, question), *range(first, len(passages))]
    chosen: set[int] = set()
    for number in dict.fromkeys(wanted):
        if sizes[number] <= room:
            chosen.add(number)
            room -= sizes[number]
        elif chosen:
            break
    pieces: list[str] = []
    last = -1
    for number in sorted(chosen):
        if number != last + 1:
            pieces.append(_GAP)
        pieces.append(passages[number])
        last = number
    return "".join(pieces) + (_GAP if last < len(passages) - 1 else "") if chosen else _first(text, room)


def _passages(text: str) -> list[str]:
    """The text in pieces of about `PASSAGE` characters, which end where a line ends if possible."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        end = at + PASSAGE
        if end < len(text):
            line = max(text.rfind("\n\n", at + PASSAGE // 2, end), text.rfind("\n", at + PASSAGE // 2, end))
            word = text.rfind(" ", at + PASSAGE // 2, end)
            end = line + 1 if line > 0 else word + 1 if word > 0 else end
        pieces.append(text[at:end])
        at = end
    return pieces


def _first(text: str, tokens: int) -> str:
    """The first tokens of a text."""
    return text.encode("utf-8", "replace")[: tokens * BYTES_A_TOKEN].decode("utf-8", "ignore")


def _kept(found: OwnedFile) -> int:
    """The tokens of a document's text that its owner wants models to have."""
    if found.stored.kind == PICTURE:
        return 0
    kept = found.file.kept_tokens
    return found.stored.tokens if kept is None else min(kept, found.stored.tokens)


def _quoted(name: str) -> str:
    return name.replace('"', "'").replace("<", "(").replace(">", ")")
