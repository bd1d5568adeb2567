"""R8: every recorded stream gives the same events wherever its bytes are cut."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from tests.unit.providers.transcripts import TRANSCRIPTS, answer_of, playing
from webchat.messages import Finish, FinishReason, ReasoningDelta, StreamEvent, TextDelta, Usage
from webchat.providers import OpenAICompatible
from webchat.providers import errors as e

STOP = Finish(FinishReason.STOP, "stop")
CALLED = Finish(FinishReason.TOOL_CALLS, "tool_calls")
HELLO: list[StreamEvent] = [TextDelta("Héllo 👋\n"), Usage(9, 3), STOP]
CUT: list[StreamEvent] = [TextDelta("Hé")]
REASONED: list[StreamEvent] = [ReasoningDelta("Hm.")]

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
    "whole": [ReasoningDelta("Hm."), TextDelta("Hé"), Usage(1, 2), CALLED],
    "whole_empty_delta": [TextDelta("Paris."), Usage(8, 2), STOP],
    "think_tags": [ReasoningDelta("Hm. <b>no</b>"), TextDelta("Hé <think>x</think>"), STOP],
    "think_tags_empty": [TextDelta("42"), STOP],
    "think_tags_whole": [ReasoningDelta("Hm."), TextDelta("42"), STOP],
    "think_tags_none": [TextDelta(" \n<thinking> aloud"), STOP],
    "reasoning_details": [ReasoningDelta("Hm."), TextDelta("42"), STOP],
    "typed_reasoning": [ReasoningDelta("Hm."), TextDelta("42"), STOP],
    "usage_groq": [TextDelta("42"), Usage(18, 73), STOP],
    "usage_absurd": [TextDelta("42"), Usage(7, None), STOP],
    "tool_call_after_text": [TextDelta("Let me look."), CALLED],
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
    "think_tags_cut": ([ReasoningDelta("Hm. And")], e.OnlyReasoning, ""),
    "think_tags_truncated": ([*REASONED, *CUT], e.TruncatedAnswer, ""),
    "think_tags_held": ([TextDelta("<th")], e.TruncatedAnswer, ""),
    "reasoning_only": (REASONED, e.OnlyReasoning, ""),
    "tool_call": ([], e.ToolCallWanted, ""),
    "tool_call_stop": ([], e.ToolCallWanted, ""),
    "tool_call_after_reasoning": (REASONED, e.ToolCallWanted, ""),
    "function_call_whole": ([], e.ToolCallWanted, ""),
    "error_line": (CUT, e.ServiceError, "slot unavailable"),
    "error_refused": (CUT, e.BadRequest, "Tool choice is required, but model did not call a tool"),
    "error_refused_no_status": (CUT, e.BadRequest, "unsupported parameter"),
    "error_raw": ([], e.RateLimitError, "m:free is temporarily rate-limited upstream"),
    "error_raw_json": ([], e.BadRequest, "temperature is too high"),
    "error_context": (
        [],
        e.ContextTooLong,
        "the request exceeds the available context size, try increasing it",
    ),
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


@pytest.mark.no_cover  # the same lines thousands of times
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


@pytest.mark.no_cover  # the same lines thousands of times
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


@pytest.mark.parametrize("name", FAILURES)
async def test_only_answers_that_could_change_are_retryable(name: str) -> None:
    _, error = await answer_of(provider(transport=playing(transcript(name))))

    assert error is not None
    if isinstance(error, e.ToolCallWanted | e.OnlyReasoning) or name == "empty_filtered":
        assert not error.retryable
    elif type(error) is e.EmptyAnswer:
        assert error.retryable


async def test_the_limit_in_a_field_of_the_error_is_kept() -> None:
    _, error = await answer_of(provider(transport=playing(transcript("error_context"))))

    assert isinstance(error, e.ContextTooLong)
    assert error.limit == 4096
    assert "limit is 4,096 tokens" in str(error)


async def test_a_200_with_nothing_at_all_says_where_to_look() -> None:
    _, error = await answer_of(provider(transport=playing(b"")))

    assert type(error) is e.EmptyAnswer
    assert "sent nothing" in str(error)
    assert "too long for the model" in str(error)
