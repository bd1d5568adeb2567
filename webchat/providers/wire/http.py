"""The only module that uses HTTP: one request, its streamed response, its limits and its typed errors."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import httpx

from webchat.providers.addresses import hidden, login_of
from webchat.providers.errors import (
    AnswerTooLarge,
    BadConfiguration,
    ConnectionFailed,
    MalformedAnswer,
    NotOnInternet,
    ProviderError,
    TruncatedAnswer,
)
from webchat.providers.wire.deadlines import Clock, Deadlines, DeadlineTimer
from webchat.providers.wire.inflate import BadEncoding, unpacker
from webchat.providers.wire.network import NotPublic, Pace
from webchat.providers.wire.pacing import COST_OF_A_PIECE, PIECE, next_turn, read_in_pieces
from webchat.providers.wire.transport import READ_PAUSE, AnswerTransport

__all__ = [
    "READ_PAUSE",
    "WIRE_LIMIT",
    "Call",
    "ConnectionOptions",
    "StreamedResponse",
    "Transport",
    "open_answer",
]

WIRE_LIMIT = 64 * 1024 * 1024
"""Maximum bytes of one decompressed response. `base.ANSWER_LIMIT` limits the text further: a chunk of an
OpenAI-compatible stream wraps a few letters in 200 bytes or more."""

DOCUMENT_LIMIT = 2 * 1024 * 1024
"""Maximum bytes of a body that is read at once."""

ERROR_BODY_LIMIT = 64 * 1024
"""Bytes of a failed response to read."""

_FAILURE_GRACE = 5.0
"""Seconds of silence after which the rest of such a body is ignored."""

USER_AGENT = "webchat"

Transport = httpx.AsyncBaseTransport
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Call:
    """One request to send."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How to connect to a provider.

    Args:
        provider: its name, for errors.
        deadlines: see `Deadlines`.
        proxy: URL of an HTTP or SOCKS5 proxy.
        public_only: refuse servers and proxies that are not on the internet.
        trusts_proxy: with `public_only`, the proxy may be anywhere.
        transport: used instead of the network; never closed here.
        clock: a monotonic clock in seconds.
        read_pause: seconds between small reads once the answer has begun; 0 to read at once.
        started: when the user began to wait, on `clock`, if another request came first.
    """

    provider: str
    deadlines: Deadlines = field(default_factory=Deadlines)
    proxy: str | None = None
    transport: Transport | None = None
    clock: Clock = time.monotonic
    read_pause: float = READ_PAUSE
    started: float | None = None
    public_only: bool = False
    trusts_proxy: bool = False


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
            return _connection_error(self._options, self._url, error)
        if self.has_begun:
            return TruncatedAnswer(self._options.provider)
        return ConnectionFailed(self._options.provider, "closed")


@asynccontextmanager
async def open_answer(call: Call, options: ConnectionOptions) -> AsyncIterator[StreamedResponse]:
    """Send a request and yield its response as soon as the headers have arrived, whatever the status.

    Leaving the block closes the connection at once. Redirects are not followed, and the environment is
    ignored.

    Raises:
        BadConfiguration: the address or the proxy is invalid; `NotOnInternet` if it is not allowed.
        ConnectionFailed: no connection.
        ProviderTimeout: a timeout, here or while the response is read.
    """
    pace = Pace(options.read_pause)
    request = _request(call, options.provider)
    own = None if options.transport else _own_transport(pace, options)
    transport = options.transport or own
    assert transport is not None
    response: httpx.Response | None = None
    answer: StreamedResponse | None = None
    with DeadlineTimer(options.provider, options.deadlines, options.clock, options.started) as timer:
        request.extensions["trace"] = _tell_when_sent(timer)
        try:
            response = await _under(timer, transport.handle_async_request(request), options, request.url)
            timer.connected()
            answer = StreamedResponse(options, request.url, response, timer, pace)
            yield answer
        finally:
            if answer is not None:
                answer.leave()
            if own is not None:
                own.close()  # first, because awaiting can be cancelled
            if response is not None:
                await response.aclose()


async def _under(
    timer: DeadlineTimer, waiting: Awaitable[_T], options: ConnectionOptions, url: httpx.URL
) -> _T:
    timer.begin()
    try:
        return await waiting
    except asyncio.CancelledError:
        if timeout := timer.expired():
            raise timeout from None
        raise
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _connection_error(options, url, error) from error
    finally:
        timer.end()


def _tell_when_sent(timer: DeadlineTimer) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    async def trace(event: str, info: dict[str, Any]) -> None:
        if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            timer.connected()

    return trace


def _request(call: Call, provider: str) -> httpx.Request:
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": USER_AGENT, **call.headers}
    try:
        request = httpx.Request(call.method, call.url, headers=headers, content=call.content or None)
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
        raise BadConfiguration(provider, "address_or_header") from None
    if request.url.scheme not in ("http", "https") or not request.url.host:
        raise BadConfiguration(provider, "scheme")
    return request


def _own_transport(pace: Pace, options: ConnectionOptions) -> AnswerTransport:
    try:
        return AnswerTransport(
            pace, options.proxy, public_only=options.public_only, trusts_proxy=options.trusts_proxy
        )
    except (httpx.InvalidURL, ValueError):
        raise BadConfiguration(options.provider, "proxy") from None


def _connection_error(options: ConnectionOptions, url: httpx.URL, error: Exception) -> ProviderError:
    provider, host = options.provider, url.host
    causes = list(_chain(error))
    if isinstance(error, httpx.ProxyError):
        return ConnectionFailed(provider, "proxy", service_words=hidden(str(error), login_of(options.proxy)))
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.LocalProtocolError):
        return BadConfiguration(provider, "address_or_header")
    for cause in causes:
        if isinstance(cause, NotPublic):
            return NotOnInternet(provider, "" if cause.host == host else "proxy", host=cause.host)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ConnectionFailed(provider, "certificate", host=host, detail=cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            return ConnectionFailed(provider, "tls", host=host)
        if isinstance(cause, socket.gaierror):
            return ConnectionFailed(provider, "unknown_host", host=host)
        if isinstance(cause, ConnectionRefusedError):
            if options.proxy:
                proxy = httpx.URL(options.proxy)
                return ConnectionFailed(provider, "proxy_refused", place=_place(proxy))
            return ConnectionFailed(provider, "refused", place=_place(url))
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return ConnectionFailed(provider, "closed")
    return ConnectionFailed(provider)


def _place(url: httpx.URL) -> str:
    """The host and port, without user and password."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{host}:{url.port or (443 if url.scheme == 'https' else 80)}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(8):
        if error is None:
            return
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions
        error = error.__cause__ or error.__context__
