"""FlowGpt: many models behind signed headers, with answers as JSON lines.

Protocol: POST `{base}/v3/chat-anonymous`. Each line of the answer is an event; those named `text` carry the
    text.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, ClassVar

from webchat.messages import Message, Role, StreamEvent, TextDelta
from webchat.providers.errors import AnswerTooLarge, BadRequest, EmptyAnswer, ProviderError, TruncatedAnswer
from webchat.providers.free.base import STOP, FreeService
from webchat.providers.free.held_start import Start, judge, refusal_in
from webchat.providers.free.refusals import Address, error_object, is_error_object, page_instead, unreadable
from webchat.providers.free.signing import md5_signature, random_hex, random_mark
from webchat.providers.model_names import class_or_instance
from webchat.providers.parameters import TEMPERATURE
from webchat.providers.request import ChatRequest, Messages
from webchat.providers.wire.response import StreamedResponse
from webchat.providers.wire.sse import EventTooLarge, JsonLinesDecoder

DEFAULT_SYSTEM = "You are helpful assistant. Follow the user's instructions carefully."
"""Sent when the conversation has no system message."""

DEFAULT_TEMPERATURE = 0.7
_AUTHORIZATION = "Bearer null"
_BLANK = b"\xef\xbb\xbf \t\r\n"


class FlowGpt(FreeService):
    """FlowGpt, which answers with the requested model.

    Args:
        model: used if a request has none.
        base_url: another address for the API; `url` remains that of the page.
        options: see `FreeService` and `AsyncGeneratorProvider`.

    >>> import asyncio
    >>> async def ask() -> None:
    ...     messages = [{"role": "user", "content": "Hello"}]
    ...     async for text in FlowGpt.create_async_generator("gpt-3.5-turbo", messages):
    ...         print(text, end="")
    >>> asyncio.run(ask())
    Hello from FlowGpt
    """

    url = "https://flowgpt.com/chat"
    api_url = "https://prod-backend-k8s.flowgpt.com"
    working = True
    supports_stream = True
    supports_message_history = True
    supports_system_message = True
    sends_model: ClassVar[bool] = True
    parameters_sent = frozenset({TEMPERATURE})
    default_model = "gpt-3.5-turbo"
    models: Sequence[str] = [
        default_model,
        "gpt-3.5-long",
        "gpt-4-turbo",
        "google-gemini",
        "claude-instant",
        "claude-v1",
        "claude-v2",
        "llama2-13b",
        "mythalion-13b",
        "pygmalion-13b",
        "chronos-hermes-13b",
        "Mixtral-8x7B",
        "Dolphin-2.6-8x7B",
    ]
    model_aliases: Mapping[str, str] = {
        "gemini": "google-gemini",
        "gemini-pro": "google-gemini",
    }

    @class_or_instance
    def create_async_generator(  # type: ignore[override]  # documented in this order
        self: Any,
        /,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        temperature: float = DEFAULT_TEMPERATURE,
        **kwargs: Any,
    ) -> AsyncGenerator[str, None]:
        """Answer a conversation, text only; see `AsyncGeneratorProvider.create_async_generator`."""
        return super().create_async_generator(model, messages, proxy, temperature=temperature, **kwargs)

    def _set_address(self, base_url: object) -> None:
        self.api_url = self._address(base_url)

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Send the request and yield the answer's text as it arrives."""
        model, messages = self._asked(request)
        temperature = DEFAULT_TEMPERATURE if request.temperature is None else request.temperature
        body = request_body(self.name, model, messages, temperature)
        content = json.dumps(body, ensure_ascii=False).encode()
        async with self._open(
            "POST", f"{self.api_url}/v3/chat-anonymous", self._signed_headers(), content
        ) as answer:
            if answer.status != 200:
                raise await self._failure(answer, model)
            events = _events(answer, self._known(model))
            try:
                async for event in events:
                    yield event
            finally:
                await events.aclose()

    def _signed_headers(self) -> dict[str, str]:
        timestamp = int(self.wall_clock())
        nonce = random_hex(32, self.randomness)
        signed = {
            "Authorization": _AUTHORIZATION,
            "x-timestamp": str(timestamp),
            "x-nonce": nonce,
            "x-signature": md5_signature(timestamp, nonce, _AUTHORIZATION),
            "x-flow-device-id": f"f-{random_mark(19, self.randomness)}",
        }
        page = {"Origin": "https://flowgpt.com", "Referer": "https://flowgpt.com/"}
        return self._headers(Accept="*/*", Content_Type="application/json") | signed | page


def request_body(
    provider: str, model: str, messages: Sequence[Message], temperature: float
) -> dict[str, Any]:
    """Return the JSON body of a request: the user's last message as the question, the others as history.

    Raises:
        BadRequest: there is no user message.
    """
    asked = max((place for place, m in enumerate(messages) if m.role is Role.USER), default=None)
    if asked is None:
        raise BadRequest(provider, "no_user_message")
    history = [m for place, m in enumerate(messages) if place != asked and m.role is not Role.SYSTEM]
    system = "\n".join(m.text for m in messages if m.role is Role.SYSTEM)
    return {
        "model": model,
        "nsfw": False,
        "question": messages[asked].text,
        "history": [{"role": m.role.value, "content": m.text} for m in history],
        "system": system or DEFAULT_SYSTEM,
        "temperature": temperature,
        "promptId": f"model-{model}",
        "documentIds": [],
        "chatFileDocumentIds": [],
        "generateImage": False,
        "generateAudio": False,
    }


async def _events(answer: StreamedResponse, known: Address) -> AsyncGenerator[StreamEvent, None]:
    decoder = JsonLinesDecoder()
    start = b""
    try:
        async for piece in answer:
            if not start:
                start = piece.lstrip(_BLANK)
                if start[:1] == b"<":
                    page = start + await answer.read_start()
                    raise page_instead(known, page.decode("utf-8", "replace"))
            for line in decoder.feed(piece):
                if text := _text_of(line, known):
                    answer.text_began()
                    yield TextDelta(text)
    except EventTooLarge as error:
        raise AnswerTooLarge(known.provider) from error
    if text := _last_text(decoder.finish(), known, answer.has_begun):
        yield TextDelta(text)
    elif not start:
        raise EmptyAnswer(known.provider)
    yield STOP


def _text_of(line: str, known: Address) -> str:
    """Return the text of one line, empty for a control event; raises the error of an error event."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _not_json(line, known) from error
    if not isinstance(event, dict):
        raise unreadable(known, line)
    if is_error_object(event):
        raise error_object(known, event)
    if event.get("event") != "text":
        return ""
    text = event.get("data")
    if text is None:
        return ""
    if not isinstance(text, str):
        raise unreadable(known, line)
    return text


def _last_text(line: str, known: Address, text_came: bool) -> str:
    """Return the text of a last line that no line feed ended; an incomplete one means a truncated answer."""
    if not line:
        return ""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        if text_came:
            raise TruncatedAnswer(known.provider) from None
    return _text_of(line, known)


def _not_json(line: str, known: Address) -> ProviderError:
    if judge(line, ended=True) is Start.REFUSAL:
        return refusal_in(known, line)
    return page_instead(known, line) if line[:1] == "<" else unreadable(known, line)
