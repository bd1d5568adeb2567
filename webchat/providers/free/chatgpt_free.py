"""ChatgptFree: a WordPress site that streams OpenAI-like chunks.

Protocol: GET `{url}/` for the nonce and post id, then POST a form to `{url}/wp-admin/admin-ajax.php`. The
answer is a stream of server-sent events that ends with `data: [DONE]`, or one JSON object.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from webchat.messages import Finish, ReasoningDelta, StreamEvent, TextDelta
from webchat.providers.errors import AnswerTooLarge, EmptyAnswer, ProviderError, TruncatedAnswer
from webchat.providers.free.refusals import (
    LIMITED,
    Address,
    error_object,
    is_error_object,
    nonce_refused,
    nonce_words,
    quota,
    refusal,
    unreadable,
)
from webchat.providers.free.whole_json import read_whole
from webchat.providers.free.wordpress import WordPressService
from webchat.providers.model_names import class_or_instance
from webchat.providers.request import Messages
from webchat.providers.wire.openai_chunks import ChunkReader
from webchat.providers.wire.openai_format import UnknownShape
from webchat.providers.wire.response import StreamedResponse
from webchat.providers.wire.sse import EventTooLarge, ServerSentEvent, SseDecoder
from webchat.providers.wire.status import failure_of, read_failure

_DONE = "[DONE]"
_STREAM_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")
_BLANK = b"\xef\xbb\xbf \t\r\n"

NOTICE_TIME = 0.1
"""Maximum seconds to hold back the first text; a limit message arrives at once, followed by `[LIMITED]`."""

NOTICE_LENGTH = 300
"""Length, in characters, above which text is an answer and not a limit message."""


class ChatgptFree(WordPressService):
    """ChatgptFree, which answers as GPT-4o mini. The model is not sent; the conversation is sent as one
    prompt.

    Args:
        model: used if a request has none.
        options: see `FreeService` and `AsyncGeneratorProvider`.

    >>> import asyncio
    >>> async def ask() -> None:
    ...     messages = [{"role": "user", "content": "Hello"}]
    ...     async for text in ChatgptFree.create_async_generator("gpt-4o-mini", messages):
    ...         print(text, end="")
    >>> asyncio.run(ask())
    Hello from ChatgptFree
    """

    url = "https://chatgptfree.ai"
    working = True
    supports_stream = True
    supports_message_history = True
    supports_system_message = True
    default_model = "gpt-4o-mini-2024-07-18"
    models: Sequence[str] = [default_model]
    model_aliases: Mapping[str, str] = {"gpt-4o-mini": default_model}

    @class_or_instance
    def create_async_generator(
        self: Any,
        /,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        timeout: float = 120,
        cookies: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[str, None]:
        """Answer a conversation, text only; see `AsyncGeneratorProvider.create_async_generator`.

        `cookies` are sent with every request. If the service's page has no nonce or post id, the error is
        also a RuntimeError.
        """
        return super().create_async_generator(model, messages, proxy, timeout, cookies=cookies, **kwargs)

    def _ajax_headers(self) -> dict[str, str]:
        return self._headers(Origin=self.url, Referer=f"{self.url}/chat/")

    async def _read_answer(self, answer: StreamedResponse, model: str) -> AsyncGenerator[StreamEvent, None]:
        start = b""
        async for piece in answer:
            start = (start + piece).lstrip(_BLANK)
            if start and not any(mark.startswith(start) and mark != start for mark in _STREAM_STARTS):
                break
        known = self._known(model)
        if start.startswith(_STREAM_STARTS):
            events = _Stream(answer, known).events(start)
        else:
            events = read_whole(answer, known, start)
        async with aclosing(events):
            async for event in events:
                yield event


class _Limited(Exception):
    """The text was a limit message and not an answer."""


class _Stream:
    """Reads one answer sent as server-sent events."""

    def __init__(self, answer: StreamedResponse, known: Address) -> None:
        self._answer = answer
        self._known = known
        self._decoder = SseDecoder()
        self._reader = ChunkReader()
        self._text = ""
        self._held: list[StreamEvent] = []
        self._notice_due: float | None = None

    async def events(self, start: bytes) -> AsyncGenerator[StreamEvent, None]:
        """Yield the answer's events, holding back the first text while it may be a limit message."""
        try:
            async with aclosing(self._shown_events(start)) as events:
                async for event in events:
                    yield event
        except _Limited:
            raise quota(self._known, self._text or LIMITED) from None
        except ProviderError:
            for event in self._take_held():
                yield event
            raise

    async def _shown_events(self, start: bytes) -> AsyncGenerator[StreamEvent, None]:
        piece: bytes | None = start
        while piece is not None:
            for sent in self._decoded(piece):
                if sent.data == _DONE:
                    for event in self._take_held():
                        yield event
                    yield self._reader.end()
                    return
                self._held += self._read(sent)
            if self._held and (self._answer.has_begun or not await self._notice_may_come()):
                self._answer.text_began()
                for event in self._take_held():
                    yield event
            piece = await anext(self._answer, None)
        rest = self._decoder.finish()
        done = rest is not None and rest.data == _DONE
        if rest is not None and not done:
            self._held += self._last(rest)
        for event in self._take_held():
            yield event
        yield self._end(done)

    def _take_held(self) -> list[StreamEvent]:
        held, self._held = self._held, []
        return held

    async def _notice_may_come(self) -> bool:
        """Wait for more while the text may be a limit message; return whether it still may be."""
        now = asyncio.get_running_loop().time()
        if self._notice_due is None:
            self._notice_due = now + NOTICE_TIME
        if len(self._text) > NOTICE_LENGTH or now >= self._notice_due:
            return False
        return await self._answer.ready(self._notice_due - now)

    def _decoded(self, piece: bytes) -> list[ServerSentEvent]:
        try:
            return self._decoder.feed(piece)
        except EventTooLarge as error:
            raise AnswerTooLarge(self._known.provider) from error

    def _read(self, sent: ServerSentEvent) -> list[StreamEvent]:
        if sent.data == LIMITED:
            raise _Limited
        if sent.event == "error":
            raise refusal(self._known, read_failure(sent.data.encode()))
        try:
            chunk = json.loads(sent.data)
        except (ValueError, RecursionError) as error:
            raise unreadable(self._known, sent.data) from error
        if is_error_object(chunk):
            words = failure_of(chunk).words
            if not self._text and nonce_words(words):
                raise nonce_refused(self._known, words)
            raise error_object(self._known, chunk)
        try:
            events = self._reader.events(chunk)
        except UnknownShape as error:
            raise unreadable(self._known, sent.data) from error
        events = [event for event in events if isinstance(event, TextDelta | ReasoningDelta)]
        self._text += "".join(event.text for event in events if isinstance(event, TextDelta))
        return events

    def _last(self, rest: ServerSentEvent) -> list[StreamEvent]:
        """Return the last event if no blank line ended it, unless it is incomplete."""
        try:
            json.loads(rest.data)
        except (ValueError, RecursionError):
            if rest.data != LIMITED:
                return []
        return self._read(rest)

    def _end(self, done: bool) -> Finish:
        if done:
            return self._reader.end()
        if not self._text:
            raise EmptyAnswer(self._known.provider)
        raise TruncatedAnswer(self._known.provider, partial_text=self._text)
