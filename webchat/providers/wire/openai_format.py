"""OpenAI's chat completions as values. Pure; no I/O."""

from __future__ import annotations

from typing import Any

from webchat.messages import Message


class UnknownShape(ValueError):
    """A JSON value does not have the shape of anything an OpenAI-compatible service sends."""


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
        "messages": [{"role": message.role.value, "content": _content(message)} for message in messages],
        "stream": True,
    }
    if usage_wanted:
        body["stream_options"] = {"include_usage": True}
    if temperature is not None:
        body["temperature"] = temperature
    if max_tokens is not None:
        body["max_tokens"] = max_tokens
    return body


def _content(message: Message) -> str | list[dict[str, str]]:
    """A single text as a string, as every service accepts it, and anything else as typed parts."""
    if len(message.parts) == 1:
        return message.text
    return [{"type": "text", "text": part.text} for part in message.parts]
