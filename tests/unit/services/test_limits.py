"""What a person may enter, and what they are told when it is too much."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webchat.services.errors import ParameterInvalid, ServiceError, TitleInvalid
from webchat.services.limits import (
    MAX_TITLE,
    checked_prompt,
    checked_size,
    checked_temperature,
    checked_title,
    read_temperature,
    title_from,
)

anything: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.binary()
)


@pytest.mark.parametrize("check", [checked_prompt, checked_size, checked_title, checked_temperature])
@settings(deadline=None)
@given(value=anything)
def test_a_check_returns_or_refuses_in_words(check: Any, value: Any) -> None:
    try:
        check(value)
    except ServiceError as refusal:
        words = str(refusal)
    else:
        return

    assert words.endswith(".")


def test_a_title_is_one_line() -> None:
    assert checked_title("  A \n title\t here ") == "A title here"
    assert checked_title("x" * MAX_TITLE) == "x" * MAX_TITLE
    for wrong in ("", " \n", "x" * (MAX_TITLE + 1), None, 7, ["title"]):
        with pytest.raises(TitleInvalid, match="old one was kept"):
            checked_title(wrong)


@pytest.mark.parametrize(
    ("text", "value"), [("", None), ("  ", None), ("0", 0.0), ("0,7", 0.7), (" 1.5 ", 1.5), ("2", 2.0)]
)
def test_a_temperature_is_read_as_people_write_it(text: str, value: float | None) -> None:
    assert read_temperature(text) == value


@pytest.mark.parametrize("text", ["hot", "-1", "2.01", "nan", "inf", "1e999", "0.7.1", {"a": 1}, [1], True])
def test_a_temperature_that_is_none_is_refused(text: Any) -> None:
    with pytest.raises(ParameterInvalid, match="from 0 to 2"):
        read_temperature(text)


@settings(deadline=None)
@given(st.text(min_size=1), st.integers(10, 80))
def test_an_automatic_title_is_short_and_on_one_line(text: str, limit: int) -> None:
    title = title_from(text, limit)

    assert len(title) <= limit
    assert "\n" not in title
    assert bool(title) == bool(text.strip())


def test_an_automatic_title_ends_at_a_word() -> None:
    assert title_from("Hello  there,\n you") == "Hello there, you"
    assert title_from("one two three four", 12) == "one two…"
    assert title_from("x" * 100, 10) == "xxxxxxxxx…"
