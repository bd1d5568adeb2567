"""Advanced parameters: what is accepted, how it is stored and shown, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.providers.parameters import Parameters
from webchat.services.errors import AdvancedInvalid
from webchat.services.parameters import (
    FIELDS,
    KEPT,
    opened_parameters,
    read_parameters,
    shown_parameters,
    without_headers,
)

ENTERED = {
    "max_tokens": " 100 ",
    "top_p": "0,5",
    "stop": "END\n\\n\\nUser:\n a b ",
    "seed": "-7",
    "effort": "low",
    "headers": "X-Title: My app\nX-Key:  secret:value \n",
    "body": '{"top_k": 40, "nested": {"a": [1, null]}}',
}
WRONG: list[tuple[str, Any, str]] = [
    ("max_tokens", "0", "max_tokens"),
    ("max_tokens", "1.5", "max_tokens"),
    ("max_tokens", "9" * 30, "max_tokens"),
    ("max_tokens", "many", "max_tokens"),
    ("max_tokens", 5, "not_text"),
    ("top_p", "1.1", "top_p"),
    ("top_p", "nan", "top_p"),
    ("top_p", "x", "top_p"),
    ("stop", "\n".join("abcdefghijklmnopq"), "stop"),
    ("stop", "x" * 201, "stop"),
    ("stop", ["x"], "not_text"),
    ("seed", str(2**53), "seed"),
    ("effort", "huge", "effort"),
    ("headers", "no colon", "header"),
    ("headers", ": value", "header"),
    ("headers", "Two words: value", "header"),
    ("headers", "X-Empty:", "header_value"),
    ("headers", "X-Long: " + "x" * 2001, "header_value"),
    ("headers", "X-Umlaut: ü", "header_value"),
    ("headers", "X-Control: a\x01b", "header_value"),
    ("headers", f"X-Not-Stored: {KEPT}", "header_value"),
    ("headers", "X-A: 1\nx-a: 2", "header_twice"),
    ("headers", "\n".join(f"X-{n}: 1" for n in range(21)), "too_many_headers"),
    *[
        ("headers", f"{name}: x", "header_reserved")
        for name in (
            "Host",
            "content-length",
            "AUTHORIZATION",
            "Connection",
            "Transfer-Encoding",
            "TE",
            "api-key",
        )
    ],
    ("body", "{", "body"),
    ("body", "[1]", "body"),
    ("body", '{"a": NaN}', "body"),
    ("body", '{"a": 1e999}', "body"),
    ("body", '{"a":' * 2000 + "1" + "}" * 2000, "body"),
    ("body", '{"a": "' + "x" * 17_000 + '"}', "body_size"),
    *[("body", f'{{"{name}": 1}}', "body_reserved") for name in ("messages", "model", "stream", "n")],
    ("body", "x" * 70_000, "not_text"),
]


def seal(value: str) -> str:
    return f"sealed {value[::-1]}"


def unseal(sealed: str) -> str:
    return sealed.removeprefix("sealed ")[::-1]


def test_what_is_entered_is_sent() -> None:
    stored = read_parameters(ENTERED, {}, seal)

    assert opened_parameters(stored, unseal) == Parameters(
        max_tokens=100,
        top_p=0.5,
        stop=("END", "\n\nUser:", " a b "),
        seed=-7,
        effort="low",
        headers={"X-Title": "My app", "X-Key": "secret:value"},
        body={"top_k": 40, "nested": {"a": [1, None]}},
    )
    assert "secret" not in str(stored)
    assert set(without_headers(stored)) == set(FIELDS) - {"headers"}


def test_what_is_shown_can_be_saved_again_without_a_change() -> None:
    stored = read_parameters(ENTERED, {}, seal)
    shown = shown_parameters(stored)

    assert shown["headers"] == f"X-Title: {KEPT}\nX-Key: {KEPT}"
    assert read_parameters(shown, stored, seal) == stored


def test_headers_are_kept_changed_and_removed() -> None:
    stored = read_parameters(ENTERED, {}, seal)

    changed = read_parameters({"headers": f"X-Key: {KEPT}\nX-New: 1"}, stored, seal)

    assert opened_parameters(changed, unseal).headers == {"X-Key": "secret:value", "X-New": "1"}


def test_empty_fields_set_nothing() -> None:
    assert read_parameters(dict.fromkeys(FIELDS, " "), {}, seal) == {}
    assert read_parameters({}, {}, seal) == {}
    assert opened_parameters(None, unseal) == Parameters()
    assert set(shown_parameters(None).values()) == {""}


def test_zero_is_a_value() -> None:
    stored = read_parameters({"top_p": "0", "seed": "0"}, {}, seal)

    assert stored == {"top_p": 0.0, "seed": 0}
    assert (shown_parameters(stored)["top_p"], shown_parameters(stored)["seed"]) == ("0", "0")


@pytest.mark.parametrize(("field", "value", "reason"), WRONG)
def test_wrong_values_are_refused_by_field(field: str, value: Any, reason: str) -> None:
    with pytest.raises(AdvancedInvalid) as refused:
        read_parameters({field: value}, {}, seal)

    assert (refused.value.field, refused.value.reason) == (field, reason)


@given(st.dictionaries(st.sampled_from(FIELDS), st.text() | st.integers() | st.none()))
def test_anything_is_read_or_refused(entered: dict[str, Any]) -> None:
    try:
        stored = read_parameters(entered, {}, seal)
    except AdvancedInvalid:
        pass
    else:
        assert read_parameters(shown_parameters(stored), stored, seal) == stored
