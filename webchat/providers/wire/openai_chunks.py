"""Converts the chunks of an OpenAI-compatible answer, in all known variants, to events. Pure; no I/O.

Format: https://platform.openai.com/docs/api-reference/chat-streaming.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from webchat.messages import Finish, FinishReason, ReasoningDelta, StreamEvent, TextDelta, Usage
from webchat.providers.wire.data_urls import picture_of
from webchat.providers.wire.openai_format import UnknownShape

_FINISH = {
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "content-filter": FinishReason.CONTENT_FILTER,
    "safety": FinishReason.CONTENT_FILTER,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "error": FinishReason.ERROR,
}


class ChunkReader:
    """Turns the chunks of one answer into events, and remembers how it finished.

    Args:
        whole: the answer is one document with its text in `message`; Perplexity adds an empty `delta`.

    `finish` is None until a chunk has a finish reason; it is kept separately because usage may follow it.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self.finish: Finish | None = None
        self._names = ("message", "delta") if whole else ("delta", "message")
        self._tool_called = False

    def events(self, chunk: object) -> list[StreamEvent]:
        """Return the events of one chunk or one whole answer; raises `UnknownShape`."""
        if not isinstance(chunk, dict):
            raise UnknownShape
        events: list[StreamEvent] = []
        choices = chunk.get("choices")
        if choices:
            if not isinstance(choices, list) or not isinstance(choices[0], dict):
                raise UnknownShape
            choice = choices[0]
            first, second = self._names
            delta = choice.get(first) or choice.get(second)
            if delta:
                if not isinstance(delta, dict):
                    raise UnknownShape
                self._add_delta(delta, events)
            reason = choice.get("finish_reason")
            if isinstance(reason, str) and reason and self.finish is None:
                self.finish = Finish(_FINISH.get(reason.lower(), FinishReason.STOP), reason)
        if usage := chunk.get("usage"):
            _add_usage(usage, events)
        elif isinstance(groq := chunk.get("x_groq"), dict):
            _add_usage(groq.get("usage"), events)
        return events

    def end(self) -> Finish:
        """How the answer ended. A model that called a tool is waiting for it, whatever its service
        reports."""
        finish = self.finish or Finish(FinishReason.STOP)
        if self._tool_called and finish.reason is FinishReason.STOP:
            return replace(finish, reason=FinishReason.TOOL_CALLS)
        return finish

    def _add_delta(self, delta: dict[str, Any], events: list[StreamEvent]) -> None:
        # Services that use several of these names send the same text under each.
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            if not isinstance(reasoning, str):
                raise UnknownShape
            events.append(ReasoningDelta(reasoning))
        elif "reasoning_details" in delta:
            events += _details(delta["reasoning_details"])
        content = delta.get("content") or delta.get("refusal")
        if content:
            if isinstance(content, str):
                events.append(TextDelta(content))
            else:
                _add_parts(content, events)
        elif delta.get("tool_calls") or delta.get("function_call"):
            self._tool_called = True
        images = delta.get("images")
        for image in images if isinstance(images, list) else ():
            _add_picture(image, events)


def _details(details: object) -> Iterable[ReasoningDelta]:
    """OpenRouter's list of typed reasoning pieces, also used by others; encrypted ones are ignored.

    Format: https://openrouter.ai/docs/use-cases/reasoning-tokens#reasoning_details-array-structure.
    """
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            text = detail.get("text") or detail.get("summary")
            if isinstance(text, str) and text:
                yield ReasoningDelta(text)


def _add_parts(parts: object, events: list[StreamEvent]) -> None:
    """A list of typed parts instead of text, as sent by Mistral's reasoning models."""
    if not isinstance(parts, list):
        raise UnknownShape
    for part in parts:
        if not isinstance(part, dict):
            raise UnknownShape
        text, thinking = part.get("text"), part.get("thinking")
        if part.get("type") == "image_url":
            _add_picture(part, events)
        elif isinstance(text, str) and text:
            reasoned = part.get("type") in ("thinking", "reasoning")
            events.append(ReasoningDelta(text) if reasoned else TextDelta(text))
        elif isinstance(thinking, str) and thinking:
            events.append(ReasoningDelta(thinking))
        elif isinstance(thinking, list):
            inner: list[StreamEvent] = []
            _add_parts(thinking, inner)
            events += [ReasoningDelta(item.text) for item in inner if isinstance(item, TextDelta)]


def _add_picture(part: object, events: list[StreamEvent]) -> None:
    """A picture as OpenRouter sends it: `{"type": "image_url", "image_url": {"url": "data:…"}}`.

    Format: https://openrouter.ai/docs/features/multimodal/image-generation.
    """
    found = part.get("image_url") if isinstance(part, dict) else None
    picture = picture_of(found.get("url") if isinstance(found, dict) else None)
    if picture is not None:
        events.append(picture)


def _add_usage(usage: object, events: list[StreamEvent]) -> None:
    if isinstance(usage, dict):
        counted = Usage(usage.get("prompt_tokens"), usage.get("completion_tokens"))
        if counted != Usage():
            events.append(counted)
