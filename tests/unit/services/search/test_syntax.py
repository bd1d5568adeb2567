"""What a person types into the search field."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.messages import Role
from webchat.services.errors import SearchInvalid
from webchat.services.search.syntax import MAX_QUERY, MAX_TERMS, Query, parse
from webchat.storage.queries.search import Term


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("   ", ()),
        ("word", (Term("word", prefix=True),)),
        ("word ", (Term("word"),)),
        ("two words", (Term("two"), Term("words", prefix=True))),
        ("a", (Term("a"),)),
        ("ab", (Term("ab"),)),
        ("abc", (Term("abc", prefix=True),)),
        ("begin* end ", (Term("begin", prefix=True), Term("end"))),
        ('"two words"', (Term("two words"),)),
        ('"not closed', (Term("not closed"),)),
        ('be"fore', (Term("be"), Term("fore"))),
        ("https://example.org ", (Term("https://example.org"),)),
        ("12:30 ", (Term("12:30"),)),
        ("a-b ", (Term("a-b"),)),
        ("one !!! two ", (Term("one"), Term("two"))),
        ("nul\0byte ", (Term("nul"), Term("byte"))),
        ("AND OR NOT ", (Term("AND"), Term("OR"), Term("NOT"))),
    ],
)
def test_words_and_phrases(text: str, terms: tuple[Term, ...]) -> None:
    assert parse(text) == Query(terms)


def test_exclusions() -> None:
    found = parse('word -other -"two words" ')
    assert found == Query((Term("word"),), (Term("other"), Term("two words")))
    assert parse("-typing").without == (Term("typing"),)


def test_filters() -> None:
    found = parse('model:gpt MODEL:"Claude 4" role:me role:assistant after:2025-03 before:2025-06-01 word ')
    assert found == Query(
        (Term("word"),),
        roles=(Role.USER, Role.ASSISTANT),
        models=("gpt", "Claude 4"),
        after=date(2025, 3, 1),
        before=date(2025, 6, 1),
    )
    assert parse("before:2025").before == date(2025, 1, 1)
    assert parse("after:2024 after:2025-01").after == date(2025, 1, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * (MAX_QUERY + 1), "too_long"),
        ("a " * (MAX_TERMS + 1), "too_many"),
        ("!?", "nothing"),
        ('""', "nothing"),
        ("🎉", "nothing"),
        ("role:cook", "role"),
        ("after:yesterday", "date"),
        ("before:2025-13", "date"),
        ("before:2025-02-30", "date"),
        ("after:0001-01-01", "date"),
        ("after:１９９９", "date"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(SearchInvalid) as refused:
        parse(text)
    assert refused.value.reason == reason
    assert str(refused.value)


@given(st.text(max_size=MAX_QUERY + 10))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except SearchInvalid:
        return
    assert len(found.terms) + len(found.without) <= MAX_TERMS
    assert all(any(letter.isalnum() for letter in term.text) for term in (*found.terms, *found.without))
