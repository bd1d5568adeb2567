"""OpenAI's chat completions as values. Pure; no I/O."""

from __future__ import annotations

from typing import Any

from webchat.messages import Message, PicturePart, TextPart, joined
from webchat.providers.parameters import Parameters

OWN_FIELDS = frozenset({"messages", "model", "stream", "stream_options", "n"})
"""Fields of a body that nobody else may set, because the answer could not be read then."""


class UnknownShape(ValueError):
    """A JSON value does not have the shape of anything an OpenAI-compatible service sends."""


def request_body(
    model: str,
    messages: list[Message],
    temperature: float | None,
    parameters: Parameters,
    usage_wanted: bool,
    limit_name: str = "max_tokens",
) -> dict[str, Any]:
    """Return the JSON body of a streamed chat completion.

    `limit_name` is the name of the field for the most tokens. Further fields never replace `OWN_FIELDS`.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": each.role.value, "content": _content(each)} for each in joined(messages)],
        "stream": True,
    }
    if usage_wanted:
        body["stream_options"] = {"include_usage": True}
    if temperature is not None:
        body["temperature"] = temperature
    if parameters.max_tokens is not None:
        body[limit_name] = parameters.max_tokens
    if parameters.top_p is not None:
        body["top_p"] = parameters.top_p
    if parameters.stop:
        body["stop"] = list(parameters.stop)
    if parameters.seed is not None:
        body["seed"] = parameters.seed
    if parameters.effort:
        body["reasoning_effort"] = parameters.effort
    further = {name: value for name, value in parameters.body.items() if name not in OWN_FIELDS}
    return body | further


def _content(message: Message) -> str | list[dict[str, Any]]:
    """Text as a string, as every service accepts it, and pictures with their text as typed parts.

    A picture itself is a `PicturePart`, which whoever encodes the body replaces by a `data:` URL.
    """
    if all(isinstance(part, TextPart) for part in message.parts):
        return message.text
    return [
        {"type": "image_url", "image_url": {"url": part}}
        if isinstance(part, PicturePart)
        else {"type": "text", "text": part.text if isinstance(part, TextPart) else ""}
        for part in message.parts
    ]
