"""Text, code and CSV."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from webchat.services.files.documents.limits import MOST_TEXT

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def parts(path: Path) -> Iterator[str]:
    """The text, decoded as what its beginning says, else as UTF-8, else as Windows-1252."""
    with path.open("rb") as file:
        data = file.read(2 * MOST_TEXT + 4)  # UTF-16 has two bytes for what UTF-8 has one
    yield decoded(data)


def decoded(data: bytes) -> str:
    """Text in the encoding it seems to have."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        # What was cut in the middle of a character is still UTF-8.
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
