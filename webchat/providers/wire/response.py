"""A streamed response: its body in pieces, its limits and its typed errors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Self

import httpx

from webchat.providers.errors import (
    AnswerTooLarge,
    ConnectionFailed,
    MalformedAnswer,
    ProviderError,
    TruncatedAnswer,
)
from webchat.providers.wire.connection import ConnectionOptions, connection_error
from webchat.providers.wire.deadlines import DeadlineTimer
from webchat.providers.wire.inflate import BadEncoding, unpacker
from webchat.providers.wire.network import Pace
from webchat.providers.wire.pacing import COST_OF_A_PIECE, PIECE, next_turn, read_in_pieces

WIRE_LIMIT = 64 * 1024 * 1024
"""Maximum bytes of one decompressed response. `base.ANSWER_LIMIT` limits the text further: a chunk of an
OpenAI-compatible stream wraps a few letters in 200 bytes or more."""

DOCUMENT_LIMIT = 2 * 1024 * 1024
"""Maximum bytes of a body that is read at once."""

ERROR_BODY_LIMIT = 64 * 1024
"""Bytes of a failed response to read."""

_FAILURE_GRACE = 5.0
"""Seconds of silence after which the rest of such a body is ignored."""


class StreamedResponse:
    """A response whose headers have arrived: an async iterator over the pieces of its decompressed body.

    Iterating raises `ProviderTimeout`, `ConnectionFailed` (`TruncatedAnswer` once text has begun),
    `MalformedAnswer` and `AnswerTooLarge`.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        url: httpx.URL,
        response: httpx.Response,
        timer: DeadlineTimer,
        pace: Pace,
    ) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._options = options
        self._timer = timer
        self._pace = pace
        self._url = url
        self.has_begun = False
        """Whether text or reasoning has begun, as its reader has signalled."""
        self._size = 0
        try:
            self._unpacker = unpacker(response.headers.get("content-encoding", ""))
        except BadEncoding as error:
            raise MalformedAnswer(options.provider, service_words=str(error)) from error
        self._unpacked: Iterator[bytes] = iter(())
        self._cut: Iterator[bytes] = iter(())
        self._large = False
        self._since_turn = 0
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self._stream = aiter(response.stream)
        self._ahead: asyncio.Task[bytes] | None = None

    def text_began(self) -> None:
        """Signal the first text or reasoning: the idle timeout takes over and reading is paced."""
        if not self.has_begun:
            self.has_begun = True
            self._pace.on = self._pace.seconds > 0
            self._timer.text_began()

    def sign_of_life(self) -> None:
        """Signal that something other than text arrived: the timeout for the first text starts again."""
        self._timer.sign_of_life()

    def ending(self, grace: float) -> None:
        """Signal that the answer is complete except for its trailer, which may take `grace` seconds."""
        self._timer.ending(grace)

    async def ready(self, seconds: float) -> bool:
        """Wait at most this long for the next piece; return whether it, or the end, has arrived."""
        if self._ahead is None:
            self._ahead = asyncio.ensure_future(self._next())
        done, _ = await asyncio.wait({self._ahead}, timeout=seconds)
        return bool(done)

    def leave(self) -> None:
        """End the wait for a piece that nobody will read; what it ends with does not matter any more."""
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead.add_done_callback(lambda ahead: ahead.cancelled() or ahead.exception())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._ahead is None:
            return await self._next()
        ahead, self._ahead = self._ahead, None
        return await ahead

    async def _next(self) -> bytes:
        while True:
            if self._since_turn >= PIECE and (self._large or self._pace.flooded):
                self._since_turn = 0
                await next_turn()
            piece = next(self._cut, None)
            if piece is not None:
                self._since_turn += len(piece) + COST_OF_A_PIECE
                self._size += len(piece)
                if self._size > WIRE_LIMIT:
                    raise AnswerTooLarge(self._options.provider)
                return piece
            self._cut = read_in_pieces(await self._unpack())

    async def _unpack(self) -> bytes:
        """Return the next decompressed bytes; empty if more input is needed."""
        try:
            unpacked = next(self._unpacked, None)
            if unpacked is None:
                received = await self._receive()
                self._large = len(received) > PIECE
                self._unpacked = self._unpacker.feed(received)
                unpacked = next(self._unpacked, b"")
            # A small compressed piece may contain a thousand of these.
            self._large = self._large or len(unpacked) > PIECE
            return unpacked
        except BadEncoding as error:
            raise MalformedAnswer(self._options.provider, service_words=str(error)) from error

    async def read(self, limit: int = DOCUMENT_LIMIT) -> bytes:
        """Return the whole body; raises `AnswerTooLarge` above `limit` bytes."""
        body = bytearray()
        async for piece in self:
            body += piece
            if len(body) > limit:
                raise AnswerTooLarge(self._options.provider)
        return bytes(body)

    async def read_start(self, limit: int = ERROR_BODY_LIMIT) -> bytes:
        """Return up to `limit` bytes of the body of a failed response, as far as they could be read."""
        body = bytearray()
        self._timer.ending(_FAILURE_GRACE)
        try:
            async for piece in self:
                body += piece
                if len(body) >= limit:
                    break
        except ProviderError:
            pass  # the status says more than the error that cut off its body
        return bytes(body[:limit])

    async def _receive(self) -> bytes:
        timer = self._timer
        timer.begin()
        try:
            return await anext(self._stream)
        except StopAsyncIteration:
            self._see_whole()
            raise
        except asyncio.CancelledError:
            if timeout := timer.expired():
                raise timeout from None
            raise
        except httpx.HTTPError as error:
            raise self._dropped(error) from error
        finally:
            timer.end()

    def _see_whole(self) -> None:
        try:
            self._unpacker.finish()
        except BadEncoding as error:
            raise TruncatedAnswer(self._options.provider) from error

    def _dropped(self, error: httpx.HTTPError) -> ProviderError:
        if isinstance(error, httpx.TimeoutException):
            return connection_error(self._options, self._url, error)
        if self.has_begun:
            return TruncatedAnswer(self._options.provider)
        return ConnectionFailed(self._options.provider, "closed")
