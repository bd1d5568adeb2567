"""What a continued answer repeats of its beginning is left out, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.services.answers.seam import Seam

REPEATED = {
    "the last word": ("The quick brown", "brown fox", " fox"),
    "a word cut off": ("It will break", "break and", " and"),
    "the beginning of a word": ("It will bre", "break and", "ak and"),
    "several words": ("The quick brown", "quick brown fox", " fox"),
    "a word after a space": ("The quick ", "quick fox", "fox"),
    "several words after a space": ("The quick brown", " quick brown fox", " fox"),
    "a long word after a space": ("an elephant", " elephant walks", " walks"),
    "all of it": ("The quick brown", "The quick brown fox", " fox"),
    "a part of a long word": ("Donaudampfschifffahrt", "schifffahrtsgesellschaft", "sgesellschaft"),
    "a line of prose": (
        "One.\nThis is the second line of it.\n",
        "This is the second line of it.\nOn.",
        "On.",
    ),
    "Cyrillic": ("Быстрая лиса", "лиса бежит", " бежит"),
}
KEPT = {
    "the next word": ("The quick brown", " fox"),
    "the rest of a word": ("It will bre", "ak"),
    "digits": ("It costs 1", "1 dollars"),
    "brackets": ("{\n  }\n", "}\n"),
    "a short line of code": ("    end\n", "end\n"),
    "a short word on purpose": ("I know that", " that is so"),
    "the same letter": ("a bal", "lance"),
    "nothing before": ("", "Hello"),
}


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("name", REPEATED)
def test_repeated_words_are_left_out(name: str, size: int) -> None:
    before, text, rest = REPEATED[name]
    assert read(before, text, size) == rest


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("name", KEPT)
def test_everything_else_is_kept(name: str, size: int) -> None:
    before, text = KEPT[name]
    assert read(before, text, size) == text


@given(st.text("ab \n"), st.text("ab \n"), st.integers(1, 9))
def test_only_a_repetition_is_ever_left_out(before: str, text: str, size: int) -> None:
    rest = read(before, text, size)
    assert text.endswith(rest)
    left_out = text[: len(text) - len(rest)].strip()
    assert left_out in before


def test_text_is_held_back_no_longer_than_needed() -> None:
    seam = Seam("The quick brown")
    assert seam.feed(" fox") == " fox"
    assert seam.feed("brown") == "brown"


def read(before: str, text: str, size: int) -> str:
    seam = Seam(before)
    return "".join(seam.feed(text[at : at + size]) for at in range(0, len(text), size)) + seam.finish()
