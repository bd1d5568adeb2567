"""The part of a text that shows why it was found, with the matches marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from webchat.storage.queries.search import Term

LENGTH = 220
"""Approximate characters of an excerpt."""
_BEFORE = 60
"""Characters before the first match."""
_SPACE = re.compile(r"\s+")
_MARKDOWN = re.compile(r"[*`]+|^#+ |^>+ ", re.MULTILINE)
"""Marks of formatting that say nothing in one line."""
_NO_WORD_BOUNDARY = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u9fff\uac00-\ud7af]"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of an excerpt; `marked` if it matches."""

    text: str
    marked: bool = False


def excerpt(text: str, terms: Sequence[Term], length: int = LENGTH) -> tuple[Segment, ...]:
    """The surroundings of the first match on one line; the beginning of the text if nothing is found."""
    text = _SPACE.sub(" ", _MARKDOWN.sub("", text)).strip()
    found = _matches(text, terms)
    start = _word_start(text, max(found[0][0] - _BEFORE, 0)) if found else 0
    end = start + length
    segments = [Segment("…")] if start else []
    position = start
    for begin, finish in found:
        if begin < position or finish > end:
            continue
        if begin > position:
            segments.append(Segment(text[position:begin]))
        segments.append(Segment(text[begin:finish], marked=True))
        position = finish
    if rest := text[position:end]:
        segments.append(Segment(rest))
    return (*segments, Segment("…")) if end < len(text) else tuple(segments)


def matches_in_order(text: str, terms: Sequence[Term]) -> bool:
    """Whether several terms follow one another in a text, as if they were one phrase."""
    if len(terms) < 2:
        return False
    phrase = Term(" ".join(term.text for term in terms), prefix=terms[-1].prefix)
    return bool(_matches(_SPACE.sub(" ", text), [phrase]))


def _matches(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where the terms occur: begin and end of each match, without overlaps."""
    patterns = [pattern for term in terms if (pattern := _pattern(term))]
    if not patterns:
        return []
    folded, places = _folded(text)
    found = re.finditer("|".join(patterns), folded)
    return [(places[match.start()], places[match.end() - 1] + 1) for match in found]


def _pattern(term: Term) -> str:
    words = re.findall(r"\w+", _folded(term.text)[0])
    if not words:
        return ""
    body = r"\W+".join(map(re.escape, words))
    begins = "" if _NO_WORD_BOUNDARY.match(words[0][0]) else r"(?<!\w)"
    ends = "" if term.prefix or _NO_WORD_BOUNDARY.match(words[-1][-1]) else r"(?!\w)"
    return begins + body + (r"\w*" if term.prefix and ends == "" and begins else "") + ends


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The text without case and accents, and for each of its letters the place of the original one."""
    if text.isascii():
        return text.lower(), range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        plain = letter if letter.isascii() else unicodedata.normalize("NFKD", letter)
        for part in plain.casefold():
            if not unicodedata.combining(part):
                letters.append(part)
                places.append(place)
    return "".join(letters), places


def _word_start(text: str, place: int) -> int:
    """The beginning of the next word after a place, unless that is far."""
    if place == 0:
        return 0
    space = text.find(" ", place, place + 20)
    return place if space == -1 else space + 1
