"""Reads the bytes of an OpenAI-compatible answer, streamed or as one document, into events. No I/O.

Format: https://platform.openai.com/docs/api-reference/chat-streaming.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from webchat.messages import Finish, StreamEvent
from webchat.providers.errors import AnswerTooLarge, EmptyAnswer, MalformedAnswer, TruncatedAnswer
from webchat.providers.wire.openai_chunks import ChunkReader
from webchat.providers.wire.openai_format import UnknownShape
from webchat.providers.wire.sse import EventTooLarge, ServerSentEvent, SseDecoder
from webchat.providers.wire.status import error_for, failure_of, read_failure

_DONE = "[DONE]"
PICTURE_LIMIT = 12 * 1024 * 1024
"""Maximum bytes of an event, which may hold a picture."""


class AnswerReader:
    """Reads one streamed answer.

    Args:
        service: the name of the service, for errors.
        mask: removes secrets from what the service said.
    """

    def __init__(self, service: str, mask: Callable[[str], str]) -> None:
        self._service = service
        self._mask = mask
        self._decoder = SseDecoder(PICTURE_LIMIT)
        self._chunks = ChunkReader()
        self._start = b""
        self.ended = False
        """Whether `[DONE]` has come; nothing that follows counts."""

    @property
    def finished(self) -> bool:
        """Whether the answer is complete; its usage and `[DONE]` may be missing."""
        return self._chunks.finish is not None

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """Feed the next piece of the body; return what it completes, for `events`.

        Raises:
            AnswerTooLarge: an event is longer than `PICTURE_LIMIT`.
        """
        self._start = self._start or piece
        try:
            return self._decoder.feed(piece)
        except EventTooLarge as error:
            raise AnswerTooLarge(self._service) from error

    def events(self, sent: ServerSentEvent) -> list[StreamEvent]:
        """Return the events of one server-sent event.

        Raises:
            ProviderError: what the service reported instead, or what is wrong with its answer.
        """
        if sent.data == _DONE:
            self.ended = True
            return [self._chunks.end()]
        return self._events(self._chunks, sent)

    def rest(self, *, began: bool) -> Iterator[StreamEvent]:
        """Yield the last events of a body that ended without a proper `[DONE]`.

        Args:
            began: whether any text came.

        Raises:
            EmptyAnswer: there was no body; servers that fail after sending the headers do that.
            MalformedAnswer: the body was something else.
            TruncatedAnswer: the body ended before the answer did.
        """
        last = self._decoder.finish()
        done = last is not None and last.data == _DONE
        if last is not None and not done:
            yield from self._last_events(last)
        yield self._end(done=done, began=began)

    def document(self, body: bytes) -> list[StreamEvent]:
        """Return the events of an answer that is one JSON document, not a stream; raises as `events`."""
        chunks = ChunkReader(whole=True)
        events = self._events(chunks, ServerSentEvent(body.decode("utf-8", "replace")))
        return [*events, chunks.end()]

    def _events(self, chunks: ChunkReader, sent: ServerSentEvent) -> list[StreamEvent]:
        if sent.event == "error":
            raise error_for(self._service, read_failure(sent.data.encode()).masked(self._mask))
        try:
            chunk = json.loads(sent.data)
        except (ValueError, RecursionError) as error:
            raise self._malformed(sent.data[:1000]) from error
        if isinstance(chunk, dict) and (chunk.get("error") or chunk.get("object") == "error"):
            raise error_for(self._service, failure_of(chunk).masked(self._mask))
        try:
            return chunks.events(chunk)
        except (UnknownShape, RecursionError) as error:
            raise self._malformed(sent.data[:1000]) from error

    def _last_events(self, last: ServerSentEvent) -> list[StreamEvent]:
        """Return the events of what no blank line ended, unless it is incomplete."""
        try:
            return self._events(self._chunks, last)
        except MalformedAnswer:
            return []

    def _end(self, *, done: bool, began: bool) -> Finish:
        if done or self.finished:
            return self._chunks.end()
        if not self._start:
            raise EmptyAnswer(self._service, "nothing")
        if not began and b"data:" not in self._start:
            raise self._malformed(self._start.decode("utf-8", "replace"))
        raise TruncatedAnswer(self._service)

    def _malformed(self, words: str) -> MalformedAnswer:
        return MalformedAnswer(self._service, service_words=self._mask(words))
