from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webchat.providers.wire.sse import (
    EventTooLarge,
    JsonLinesDecoder,
    ServerSentEvent,
    SseDecoder,
    TextDecoder,
)

Result = tuple[list[ServerSentEvent], ServerSentEvent | None]


def decoded(*pieces: bytes) -> Result:
    decoder = SseDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events, decoder.finish()


def reference(body: bytes) -> Result:
    """The standard's algorithm, written down plainly: one line after the other over the whole body."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    events: list[ServerSentEvent] = []
    data: list[str] = []
    kind = last_id = ""
    for number, line in enumerate(lines):
        is_rest = number == len(lines) - 1
        if line == "" and not is_rest:
            if data:
                events.append(ServerSentEvent("\n".join(data), kind or "message", last_id))
            data, kind = [], ""
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and line:
            data.append(value)
        elif name == "event" and line:
            kind = value
        elif line.startswith("error:"):
            kind = "error"
            data.append(value)
        elif name == "id" and "\0" not in value and line:
            last_id = value
    return events, ServerSentEvent("\n".join(data), kind or "message", last_id) if data else None


def feed_all(decoder: SseDecoder, piece: bytes, times: int) -> None:
    for _ in range(times):
        decoder.feed(piece)


CORPUS = {
    "error field": b'data: one\n\nerror: {"message":"no"}\n\nerror:no\n\n',
    "lf": b"data: one\n\ndata: two\n\n",
    "crlf": b"data: one\r\n\r\ndata: two\r\n\r\n",
    "cr": b"data: one\r\rdata: two\r\r",
    "mixed": b"data: one\r\n\ndata: two\n\r\ndata: three\r\r\n",
    "bom": b"\xef\xbb\xbfdata: one\n\n",
    "bom twice": b"\xef\xbb\xbf\xef\xbb\xbfdata: one\n\n",
    "comments": b": hi\ndata: one\n: there\n\n:\n\n",
    "multi-line": b"data: one\ndata:\ndata\ndata:  two\n\n",
    "fields": b"event: add\nid: 7\nretry: 5\nfoo: x\ndata: one\n\ndata: two\n\nid\nevent\ndata: three\n\n",
    "event without data": b"event: lost\n\ndata: one\n\n",
    "separators": "data: a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\n\n".encode(),
    "utf-8": "data: Привет 你好 👋 é\n\n".encode(),
    "bad utf-8": b"data: a\xff\xc3\n\ndata: \xe2\x82\n\n",
    "null in id": b"id: a\0b\ndata: one\n\n",
    "no blank line": b"data: one\n\ndata: two\n",
    "no line end": b"data: one\n\ndata: two",
    "colon in data": b"data: a: b\ndata::c\n\n",
    "empty": b"",
    "only line ends": b"\n\r\n\r\r\n\n",
}


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_is_decoded_as_the_standard_says(name: str) -> None:
    assert decoded(CORPUS[name]) == reference(CORPUS[name])


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_is_the_same_at_every_split(name: str) -> None:
    body = CORPUS[name]
    whole = reference(body)
    for first in range(len(body) + 1):
        assert decoded(body[:first], body[first:]) == whole
        for second in range(first, len(body) + 1, 3):
            assert decoded(body[:first], body[first:second], body[second:]) == whole
    assert decoded(*(bytes([byte]) for byte in body)) == whole


LINES = st.sampled_from(
    [
        "data: x",
        "data:",
        "data",
        ": c",
        "event: e",
        "id: 1",
        "id",
        "data: é\u2028",
        "foo",
        "\ufeff",
        "error: n",
        "error",
        "",
    ]
)


@given(
    st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r", "\r\n", ""])), max_size=12),
    st.lists(st.integers(0, 80), max_size=6),
)
@example([("data: x", "\r"), ("", "\n"), ("", "\n")], [8])
def test_any_lines_in_any_pieces(lines: list[tuple[str, str]], cuts: list[int]) -> None:
    body = "".join(line + end for line, end in lines).encode()
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(edges)]
    assert decoded(*pieces) == reference(body)


@given(st.binary(max_size=200), st.integers(0, 200))
@example(b"error\n\nerror:\n\n", 3)
def test_any_bytes_in_two_pieces(body: bytes, cut: int) -> None:
    assert decoded(body[:cut], body[cut:]) == reference(body)


@pytest.mark.parametrize("size", [1, 7, 64, 65536])
def test_an_endless_line_is_refused_and_not_kept(size: int) -> None:
    decoder = SseDecoder(limit=100_000)
    decoder.feed(b"data: ")
    with pytest.raises(EventTooLarge):
        feed_all(decoder, b"x" * size, 200_000 // size)


@pytest.mark.parametrize("line", [b"data: " + b"x" * 90 + b"\n", b"event: " + b"x" * 90 + b"\n"])
def test_an_event_of_many_lines_is_refused(line: bytes) -> None:
    decoder = SseDecoder(limit=1000)
    with pytest.raises(EventTooLarge):
        feed_all(decoder, b"data: " + b"x" * 90 + b"\n" + line, 20)


@pytest.mark.parametrize("length", range(990, 1010))
def test_the_limit_is_the_same_at_every_split(length: int) -> None:
    body = b"data: " + b"x" * length + b"\n\n"
    outcomes = set()
    for cut in range(0, len(body), 7):
        decoder = SseDecoder(limit=1000)
        try:
            outcomes.add(len(decoder.feed(body[:cut]) + decoder.feed(body[cut:])))
        except EventTooLarge:
            outcomes.add(-1)
    assert outcomes == {1 if length < 1000 else -1}


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=3)), st.integers(1, 9))
def test_json_lines_in_any_pieces(values: list[dict[str, str]], size: int) -> None:
    body = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()
    decoder = JsonLinesDecoder()
    lines = [line for start in range(0, len(body), size) for line in decoder.feed(body[start : start + size])]
    assert [json.loads(line) for line in lines] == values
    assert decoder.finish() == ""


def test_json_lines_accept_all_line_ends_and_a_cut_last_line() -> None:
    decoder = JsonLinesDecoder()
    assert decoder.feed('\ufeff{"a":"\u2028\u0085"}\r\n\r\n{"b"'.encode()) == ['{"a":"\u2028\u0085"}']
    assert decoder.feed(b":1}") == []
    assert decoder.finish() == '{"b":1}'


def test_an_endless_json_line_is_refused() -> None:
    decoder = JsonLinesDecoder(limit=100)
    with pytest.raises(EventTooLarge):
        decoder.feed(b"x" * 101)
    with pytest.raises(EventTooLarge):
        JsonLinesDecoder(limit=100).feed(b"x" * 101 + b"\n")


@given(st.text(max_size=40), st.integers(1, 5))
def test_text_in_any_pieces(text: str, size: int) -> None:
    body = text.encode()
    decoder = TextDecoder()
    pieces = [decoder.feed(body[start : start + size]) for start in range(0, len(body), size)]
    assert "".join(pieces) + decoder.finish() == text


def test_text_that_ends_in_half_a_character() -> None:
    decoder = TextDecoder()
    assert decoder.feed("aé".encode()[:-1]) == "a"
    assert decoder.finish() == "\ufffd"
