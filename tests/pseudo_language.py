"""The pseudo-locale: English with marks around every message and a third more letters.

Whatever has no marks is not translated, and whatever has no room is cut off where it is longest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from babel.messages import Catalog

from tests.translations import PSEUDO, as_file, template
from webchat.words.language import FOLDER

_LETTERS = str.maketrans("aeiouyAEIOUYcns", "áéíóúýÁÉÍÓÚÝçñš")
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_FILLER = "~~~~~~~~~ "
"""Can be broken where a longer sentence could."""
_HEADER = b"# Pseudo\n"


def longer(message: str) -> str:
    """The message with accents and marks, a third longer; placeholders stay.

    >>> longer("Move {name}")
    '[Móvé {name}~~~]'
    """
    parts, end = [], 0
    for found in _PLACEHOLDER.finditer(message):
        parts += [message[end : found.start()].translate(_LETTERS), found[0]]
        end = found.end()
    text = "".join([*parts, message[end:].translate(_LETTERS)])
    more = len(message) // 3
    return f"[{text}{(_FILLER * more)[:more].rstrip()}]"


def file() -> bytes:
    """The file of the pseudo-locale."""
    catalogue = Catalog(locale="en", charset="utf-8", fuzzy=False)
    for message in template():
        if isinstance(message.id, str):
            translated: str | tuple[str, ...] = longer(message.id) if message.id else ""
        else:
            translated = tuple(map(longer, message.id))
        if message.id:
            catalogue.add(message.id, translated, message.locations, context=message.context)
    catalogue.header_comment = ""
    return _HEADER + as_file(catalogue)


@contextmanager
def pseudo_language() -> Iterator[None]:
    """Offer the pseudo-locale while pages are built and served."""
    path = FOLDER / f"{PSEUDO}.po"
    path.write_bytes(file())
    try:
        yield
    finally:
        path.unlink()
