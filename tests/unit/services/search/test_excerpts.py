"""Excerpts: what they show, what they mark, and that they never fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.services.search.excerpts import LENGTH, excerpt, matches_in_order
from webchat.storage.queries.search import Term


def marked(text: str, *terms: Term) -> list[str]:
    return [segment.text for segment in excerpt(text, terms) if segment.marked]


def plain(text: str, *terms: Term) -> str:
    return "".join(segment.text for segment in excerpt(text, terms))


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("A word and another word", Term("word"), ["word", "word"]),
        ("Wording", Term("word"), []),
        ("Wording", Term("word", prefix=True), ["Wording"]),
        ("sword", Term("word", prefix=True), []),
        ("The Café.", Term("cafe"), ["Café"]),
        ("ﬁne", Term("fine"), ["ﬁne"]),
        ("STRASSE", Term("straße"), ["STRASSE"]),
        ("зелёная ЁЛКА", Term("елка"), ["ЁЛКА"]),
        ("私は東京に", Term("東京"), ["東京"]),
        ("two\n\nwords", Term("two words"), ["two words"]),
        ("two, words", Term("two words"), ["two, words"]),
        ("words two", Term("two words"), []),
        ("a+b (c)", Term("(c)"), ["c"]),
    ],
)
def test_matches_are_marked(text: str, term: Term, found: list[str]) -> None:
    assert marked(text, term) == found


def test_an_excerpt_surrounds_the_first_match() -> None:
    text = f"{'before ' * 100}needle {'after ' * 100}"
    shown = plain(text, Term("needle"))
    assert shown.startswith("…before")
    assert shown.endswith("…")
    assert "needle after" in shown
    assert len(shown) <= LENGTH + 2
    assert plain("short", Term("nothing")) == "short"
    assert plain(text).startswith("before before")


def test_marks_of_formatting_are_left_out() -> None:
    assert plain("# A **bold** word\n\n> and `code`, 2 > 1, a_b", Term("bold")) == (
        "A bold word and code, 2 > 1, a_b"
    )


def test_words_in_order_are_the_best_match() -> None:
    terms = [Term("green"), Term("app", prefix=True)]
    assert matches_in_order("red and green apples", terms)
    assert not matches_in_order("apples, green ones", terms)
    assert not matches_in_order("green", [Term("green")])


@given(st.text(), st.lists(st.builds(Term, st.text(min_size=1), st.booleans()), max_size=3))
def test_any_text_has_an_excerpt(text: str, terms: list[Term]) -> None:
    assert len(plain(text, *terms)) <= LENGTH + 2
