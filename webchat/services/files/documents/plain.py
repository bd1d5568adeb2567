"""Text, code and CSV."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from webchat.services.files.documents.limits import MOST_TEXT

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DECLARED = re.compile(rb"""(?:charset|coding)\s*[=:]\s*["']?([-\w.]+)""", re.IGNORECASE)
"""How HTML, XML and source code name their encoding."""
_BEGINNING = 1024
"""Bytes where a declaration is looked for, as browsers do."""
_SAMPLE = 64 * 1024
_FOREIGN = re.compile(rb"[\x80-\xff]+")
_WORD = 3
"""Letters outside of ASCII in a row that belong to another alphabet; accents in a Latin one are fewer."""
_CYRILLIC = ("cp1251", "koi8_r", "cp866")


def parts(path: Path) -> Iterator[str]:
    """The text, decoded as described in `decoded`."""
    with path.open("rb") as file:
        data = file.read(2 * MOST_TEXT + 4)  # UTF-16 has two bytes for what UTF-8 has one
    yield decoded(data)


def decoded(data: bytes) -> str:
    """Text in the encoding that its first bytes say, else UTF-8, else what it declares, else a Cyrillic
    encoding or Windows-1252, whichever its letters look like."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        # What was cut in the middle of a character is still UTF-8.
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        pass
    if declared := _DECLARED.search(data[:_BEGINNING]):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeError):
            pass  # an unknown name, or a wrong one
    return data.decode(_legacy(data[:_SAMPLE]), "replace")


def _legacy(sample: bytes) -> str:
    """The encoding of a text from before Unicode."""
    runs = [len(each) for each in _FOREIGN.findall(sample)]
    if 2 * sum(each for each in runs if each >= _WORD) <= sum(runs):
        return "cp1252"
    # Most letters are small, and those of one encoding are capitals or lines in another.
    return max(_CYRILLIC, key=lambda each: len(re.findall("[а-яё]", sample.decode(each, "replace"))))
