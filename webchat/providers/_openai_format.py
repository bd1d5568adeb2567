"""OpenAI's chat completions as values: request bodies and chunks. Pure; no I/O."""

from __future__ import annotations

from typing import Any

from webchat.messages import Finish, FinishReason, Message, ReasoningDelta, StreamEvent, TextDelta, Usage

_FINISH = {
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "content-filter": FinishReason.CONTENT_FILTER,
    "safety": FinishReason.CONTENT_FILTER,
    "error": FinishReason.ERROR,
}


class UnknownShape(ValueError):
    """A JSON value is not shaped like anything an OpenAI-compatible service sends."""


def request_body(
    model: str,
    messages: list[Message],
    temperature: float | None,
    max_tokens: int | None,
    usage_wanted: bool,
) -> dict[str, Any]:
    """Return the JSON body of a streamed chat completion."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role.value, "content": message.content} for message in messages],
        "stream": True,
    }
    if usage_wanted:
        body["stream_options"] = {"include_usage": True}
    if temperature is not None:
        body["temperature"] = temperature
    if max_tokens is not None:
        body["max_tokens"] = max_tokens
    return body


class ChunkReader:
    """Turns the chunks of one answer into events, and remembers how it finished.

    `finish` is None until a chunk carries a finish reason; it is kept apart because usage may come after it.
    """

    def __init__(self) -> None:
        self.finish: Finish | None = None

    def events(self, chunk: object) -> list[StreamEvent]:
        """Return what one chunk, or one whole answer, says; raises `UnknownShape`."""
        if not isinstance(chunk, dict):
            raise UnknownShape
        events: list[StreamEvent] = []
        choices = chunk.get("choices")
        if choices:
            if not isinstance(choices, list) or not isinstance(choices[0], dict):
                raise UnknownShape
            choice = choices[0]
            delta = choice.get("delta") or choice.get("message")
            if delta:
                if not isinstance(delta, dict):
                    raise UnknownShape
                _add_delta(delta, events)
            reason = choice.get("finish_reason")
            if isinstance(reason, str) and reason and self.finish is None:
                self.finish = Finish(_FINISH.get(reason.lower(), FinishReason.STOP), reason)
        if usage := chunk.get("usage"):
            _add_usage(usage, events)
        return events


def _add_delta(delta: dict[str, Any], events: list[StreamEvent]) -> None:
    # Services that write both names write the same text under them.
    reasoning = delta.get("reasoning_content") or delta.get("reasoning")
    if reasoning:
        if not isinstance(reasoning, str):
            raise UnknownShape
        events.append(ReasoningDelta(reasoning))
    content = delta.get("content") or delta.get("refusal")
    if content:
        if isinstance(content, str):
            events.append(TextDelta(content))
        else:
            _add_parts(content, events)


def _add_parts(parts: object, events: list[StreamEvent]) -> None:
    """Mistral's reasoning models send a list of typed parts instead of text."""
    if not isinstance(parts, list):
        raise UnknownShape
    for part in parts:
        if not isinstance(part, dict):
            raise UnknownShape
        text, thinking = part.get("text"), part.get("thinking")
        if isinstance(text, str) and text:
            events.append(TextDelta(text))
        elif isinstance(thinking, str) and thinking:
            events.append(ReasoningDelta(thinking))
        elif isinstance(thinking, list):
            inner: list[StreamEvent] = []
            _add_parts(thinking, inner)
            events += [ReasoningDelta(item.text) for item in inner if isinstance(item, TextDelta)]


def _add_usage(usage: object, events: list[StreamEvent]) -> None:
    if isinstance(usage, dict):
        given, made = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if isinstance(given, int) or isinstance(made, int):
            events.append(
                Usage(given if isinstance(given, int) else None, made if isinstance(made, int) else None)
            )
