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
_SMALL = re.compile("[а-яё]")
_MOSTLY = 0.75
"""Share of small letters among the letters outside of ASCII that makes a text Cyrillic."""
_JAPANESE = ("cp932", "euc_jp")
_KANA = re.compile("[ぁ-んァ-ヶ]")
_MANY = 0.4
"""Share of kana, two bytes each, that makes a text Japanese."""
_SIMILAR = {"cp1253", "iso8859_7", "mac_cyrillic", "mac_greek"}
"""Encodings whose small letters stand where Windows-1251 has its own."""
_ENOUGH = 100
"""Letters from which on these are told apart."""
_GUESSED = 16 * 1024
"""Bytes by which other encodings are told; that takes some milliseconds."""


def parts(path: Path) -> Iterator[str]:
    """The text, decoded as described in `decoded`."""
    with path.open("rb") as file:
        data = file.read(2 * MOST_TEXT + 4)  # UTF-16 has two bytes for what UTF-8 has one
    yield decoded(data)


def decoded(data: bytes) -> str:
    """Text in the encoding that its first bytes say, else UTF-8, else what it declares, else the
    encoding that its letters look like."""
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
    """The encoding of a text from before Unicode.

    charset-normalizer tells the encodings of other alphabets apart (measured on 40 to 2,000 characters in
    each), but takes Western European texts for Central European ones, Japanese ones for Korean and short
    Russian ones for Japanese. Those are told by their letters.
    """
    runs = [len(each) for each in _FOREIGN.findall(sample)]
    letters = sum(runs)
    if 2 * sum(each for each in runs if each >= _WORD) <= letters:
        return "cp1252"
    for encoding in _JAPANESE:
        if 2 * len(_KANA.findall(sample.decode(encoding, "ignore"))) >= _MANY * letters:
            return encoding
    # Most letters are small, and those of one encoding are capitals or lines in another.
    small = {each: len(_SMALL.findall(sample.decode(each, "replace"))) for each in _CYRILLIC}
    best = max(_CYRILLIC, key=small.__getitem__)
    looks_cyrillic = small[best] >= _MOSTLY * letters
    if looks_cyrillic and letters < _ENOUGH:
        return best
    from charset_normalizer import from_bytes  # only where it is needed: it takes megabytes

    found = from_bytes(sample[:_GUESSED]).best()
    if found is None or (looks_cyrillic and found.encoding not in _SIMILAR):
        return best
    return found.encoding
