"""R8: every recorded stream gives the same events wherever its bytes are cut."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from tests.unit.providers.wire import TRANSCRIPTS, answer_of, playing
from webchat.messages import Finish, FinishReason, ReasoningDelta, StreamEvent, TextDelta, Usage
from webchat.providers import OpenAICompatible
from webchat.providers import errors as e

STOP = Finish(FinishReason.STOP, "stop")
HELLO: list[StreamEvent] = [TextDelta("Héllo 👋\n"), Usage(9, 3), STOP]
CUT: list[StreamEvent] = [TextDelta("Hé")]

ANSWERS: dict[str, list[StreamEvent]] = {
    "answer": HELLO,
    "answer_crlf": HELLO,
    "answer_cr": HELLO,
    "answer_bom_comments": HELLO,
    "answer_no_space": HELLO,
    "answer_multi_line_data": HELLO,
    "answer_no_last_blank_line": HELLO,
    "answer_no_done": HELLO,
    "answer_no_done_no_blank_line": HELLO,
    "unicode_line_separators": [TextDelta("a\u2028b\u0085c\u000bd"), STOP],
    "reasoning_content": [ReasoningDelta("Let me think."), TextDelta("42"), STOP],
    "reasoning": [ReasoningDelta("Hm."), TextDelta("42"), Finish(FinishReason.LENGTH, "length")],
    "typed_parts": [ReasoningDelta("Hm."), TextDelta("42"), STOP],
    "whole": [ReasoningDelta("Hm."), TextDelta("Hé"), Usage(1, 2), Finish(FinishReason.STOP, "tool_calls")],
    "refusal": [TextDelta("I cannot help."), Finish(FinishReason.CONTENT_FILTER, "content_filter")],
}

FAILURES: dict[str, tuple[list[StreamEvent], type[e.ProviderError], str]] = {
    "error_midstream": (CUT, e.ServiceError, "The server had an error"),
    "error_event": (CUT, e.RateLimitError, "Overloaded"),
    "error_vllm": (CUT, e.ServiceError, "out of memory"),
    "truncated": ([TextDelta("Héllo")], e.TruncatedAnswer, ""),
    "truncated_in_event": (CUT, e.TruncatedAnswer, ""),
    "malformed": (CUT, e.MalformedAnswer, '{"choices":[{"delta":'),
    "malformed_shape": (CUT, e.MalformedAnswer, '{"choices":[{"delta":{"content":{"text":"no"}}}]}'),
    "empty": ([], e.EmptyAnswer, ""),
    "empty_filtered": ([], e.EmptyAnswer, ""),
    "nothing": ([], e.EmptyAnswer, ""),
    "challenge": ([], e.ChallengePage, "Just a moment... – Checking your browser"),
    "error_in_200": ([], e.RateLimitError, "Rate limit reached"),
}


def transcript(name: str) -> bytes:
    return (TRANSCRIPTS / "openai" / f"{name}.txt").read_bytes()


def split_everywhere(body: bytes) -> list[tuple[bytes, ...]]:
    halves = [(body[:cut], body[cut:]) for cut in range(len(body) + 1)]
    return [*halves, tuple(bytes([byte]) for byte in body)]


def provider(**options: Any) -> OpenAICompatible:
    return OpenAICompatible("https://api.example.org", "sk-secret-key", read_pause=0, **options)


def test_every_transcript_is_expected_to_give_something() -> None:
    files = {path.stem for path in (TRANSCRIPTS / "openai").glob("*.txt")}
    assert files == ANSWERS.keys() | FAILURES.keys() | {"plain_words"}


@pytest.mark.parametrize("name", ANSWERS)
@respx.mock
async def test_an_answer(name: str) -> None:
    respx.post("https://api.example.org/v1/chat/completions").respond(200, content=transcript(name))

    events, error = await answer_of(provider())

    assert error is None
    assert events == ANSWERS[name]


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_split_at_every_byte(name: str) -> None:
    for pieces in split_everywhere(transcript(name)):
        events, error = await answer_of(provider(transport=playing(*pieces)))
        assert (events, error) == (ANSWERS[name], None), pieces


@pytest.mark.parametrize("name", FAILURES)
@respx.mock
async def test_a_failure(name: str) -> None:
    respx.post("https://api.example.org/v1/chat/completions").respond(200, content=transcript(name))
    expected_events, kind, words = FAILURES[name]

    events, error = await answer_of(provider())

    assert type(error) is kind
    assert error.service_words == words
    assert events == expected_events
    assert error.partial_text == "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_split_at_every_byte(name: str) -> None:
    expected_events, kind, _ = FAILURES[name]
    for pieces in split_everywhere(transcript(name)):
        events, error = await answer_of(provider(transport=playing(*pieces)))
        assert (events, type(error)) == (expected_events, kind), pieces


@pytest.mark.parametrize("name", ["answer", "truncated", "answer_no_done"])
async def test_a_connection_that_drops_at_every_byte(name: str) -> None:
    body = transcript(name)
    whole = ANSWERS["answer"][0]
    assert isinstance(whole, TextDelta)
    for cut in range(len(body)):
        dropping = playing(body[:cut], httpx.ReadError("reset"))
        events, error = await answer_of(provider(transport=dropping))
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert whole.text.startswith(text)
        if error is None:
            assert text == whole.text
        elif text:
            assert type(error) is e.TruncatedAnswer
            assert error.partial_text == text
        else:
            assert type(error) is e.ConnectionFailed
            assert error.retryable


async def test_plain_words_instead_of_a_stream_are_quoted() -> None:
    _, error = await answer_of(provider(transport=playing(transcript("plain_words"))))

    assert type(error) is e.MalformedAnswer
    assert "upstream connect error" in str(error)
