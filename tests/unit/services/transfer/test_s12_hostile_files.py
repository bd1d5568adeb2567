"""Whatever is in a file, it ends in a report."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.services.transfer.exports_of_others import (
    as_json,
    as_zip,
    chatgpt,
    claude,
    claude_message,
    libre_message,
    librechat,
    node,
    open_webui,
    webui_message,
)
from tests.unit.services.transfer.parsing import one, parsed, reasons, tree
from webchat.services.transfer.parsers import file_parser, files, json_stream
from webchat.services.transfer.parsers.fields import RAW_CHARACTERS, moment, raw
from webchat.services.transfer.parsers.file_parser import Unread, parse_conversation

GOOD = chatgpt(node("q", "root", "user", "Why?"), node("a", "q", "assistant", "So."))
SHAPES = [
    GOOD,
    claude(claude_message("q", "", "human", {"type": "text", "text": "Q"})),
    open_webui(webui_message("q", None, "user", "Q", files=[1])),
    librechat(libre_message("q", "", True, "Q")),
    {
        "id": "w",
        "current_message_id": "m",
        "messages": [{"id": "m", "role": "assistant", "content": "x", "generation": {"attempts": [{}]}}],
    },
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_s12_any_bytes_end_in_a_report(data: bytes) -> None:
    parsed(data)


@settings(max_examples=100)
@example(at=1352, junk=b"\x01", packed=True)  # an entry before the beginning of the file
@given(st.integers(0, 2000), st.binary(max_size=4), st.booleans())
def test_s12_any_damage_ends_in_a_report(at: int, junk: bytes, packed: bool) -> None:
    data = as_json([GOOD])
    data = as_zip({"conversations.json": data}) if packed else data
    at %= len(data)
    parsed(data[:at] + junk + data[at + len(junk) :])
    parsed(data[:at])


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SHAPES), st.data())
def test_s12_any_value_of_the_wrong_type_ends_in_a_report(shape: dict[str, Any], data: st.DataObject) -> None:
    """Replace one value somewhere in a good conversation."""
    value = json.loads(json.dumps(shape))
    inside: Any = value
    while True:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        key = data.draw(st.sampled_from(keys))
        deeper = inside[key]
        if not isinstance(deeper, dict | list) or not deeper or data.draw(st.booleans()):
            inside[key] = data.draw(ANYTHING)
            break
        inside = deeper
    found = parse_conversation(value)

    assert not isinstance(found, Unread) or found.reason != "broken"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["ended_early"]),
        (b"null", ["not_recognised"]),
        (b"[1, {}, []]", ["not_recognised"] * 3),
        (b"<html>", ["not_json"]),
        (as_json([GOOD])[:-1], ["", "ended_early"]),
        (as_json([GOOD])[:-300], ["ended_early"]),
        (b"\xef\xbb\xbf" + as_json([GOOD]), [""]),
        (as_json([GOOD | {"id": None, "conversation_id": 1.5}]), ["no_id"]),
        (as_json([chatgpt()]), ["empty"]),
        (b"PK\x03\x04nonsense", ["broken_archive"]),
        (as_zip({"user.json": b"{}"}), ["no_conversations"]),
        (b'[{"mapping": ' + b"9" * 5000 + b"}]", ["not_json"]),
        (b'["\xff"]', ["not_json"]),
    ],
)
def test_s12_a_file_that_is_not_right_is_explained(data: bytes, expected: list[str]) -> None:
    assert reasons(data) == expected


@pytest.mark.no_cover  # the same lines a million times
@pytest.mark.parametrize("deep", [b"[" * 10**6 + b"]" * 10**6, b'{"a":' * 10**6 + b"1" + b"}" * 10**6])
def test_s12_nesting_a_million_deep_costs_only_its_conversation(deep: bytes) -> None:
    assert reasons(b"[" + deep + b"," + as_json(GOOD) + b"]") == ["too_deep", ""]


def test_s12_a_conversation_that_is_too_large_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_ELEMENT", 10_000)
    large = chatgpt(node("q", "root", "user", *["x" * 1000] * 12))

    assert reasons(as_json([large, GOOD])) == ["too_large", ""]
    assert reasons(as_json({"a": "x" * 9000, "b": ["x" * 9000]})) == ["too_large"]


def test_s12_a_text_that_fills_the_memory_ends_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_TEXT_BYTES", 300_000)

    assert reasons(as_json([GOOD, "x" * 1_000_000])) == ["", "text_too_large"]


def test_s12_a_zip_bomb_is_not_unpacked() -> None:
    bomb = b"[" + b" " * (files.RATIO_FROM + 1_000_000) + b"]"

    assert reasons(as_zip({"conversations.json": bomb})) == ["bomb"]


def test_s12_all_files_of_an_archive_share_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_UNPACKED", len(as_json([GOOD])) + 10)
    monkeypatch.setattr(files._Room, "left", files.MAX_UNPACKED)
    names = [f"conversations-{number:03}.json" for number in range(2)]

    assert reasons(as_zip({name: as_json([GOOD]) for name in names})) == ["", "bomb"]


def test_s12_limits_on_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_ENTRIES", 1)
    assert reasons(as_zip({"a.json": b"", "b.json": b""})) == ["too_many_files"]
    monkeypatch.setattr(file_parser, "MAX_CONVERSATIONS", 1)
    assert reasons(as_json([GOOD, GOOD])) == ["", "too_many"]
    monkeypatch.setattr(file_parser, "MAX_MESSAGES", 1)
    assert reasons(as_json([GOOD])) == ["too_long"]


def test_s12_an_archive_with_a_password_is_named() -> None:
    data = bytearray(as_zip({"conversations.json": as_json([GOOD])}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1

    assert reasons(bytes(data)) == ["encrypted"]


def test_s12_names_that_climb_are_only_names() -> None:
    data = as_zip({"../../../conversations.json": as_json([GOOD])})

    assert tree(one(data))[0][0] == "q"


def test_s12_circles_and_missing_parents_become_branches() -> None:
    found = one(
        as_json(
            chatgpt(
                node("a", "b", "user", "A"),
                node("b", "a", "assistant", "B"),
                node("c", "b", "user", "C"),
                node("d", "gone", "user", "D"),
                node("e", "e", "user", "E"),
                node("s", "t", "system", ""),
                node("t", "s", "system", ""),
                node("f", "s", "user", "F"),
            )
        )
    )

    parents = {id: parent for id, parent, _, _ in tree(found)}
    assert parents == {"a": None, "b": "a", "c": "b", "d": None, "e": None, "f": None}
    assert [each.id for each in found.messages].index("a") < [each.id for each in found.messages].index("b")
    assert found.notes["orphans"] >= 2


@pytest.mark.no_cover  # the same lines a million times
def test_s12_a_long_chain_is_arranged() -> None:
    nodes = [node(f"n{at}", f"n{at - 1}", "user" if at % 9 else "system", "x") for at in range(20_000)]

    assert len(one(as_json(chatgpt(*nodes))).messages) == 20_000 - 2223


def test_s12_raw_parts_are_small_and_flat() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    assert raw(deep) == {"left_out": "nested too deeply"}
    assert raw({"type": "x", "data": "y" * RAW_CHARACTERS})["left_out"] == "too large"
    assert raw({"a": [1, 1.5, None, "é"]}) == {"a": [1, 1.5, None, "é"]}


@pytest.mark.parametrize("value", [-1, 1e300, "soon", "", None, True, [], 10**400, "0001-01-01T00:00:00Z"])
def test_s12_what_is_no_time_is_none(value: object) -> None:
    assert moment(value) is None


def test_s12_times_may_be_in_milliseconds() -> None:
    assert moment(1_700_000_000_250) == moment(1_700_000_000.25)
