"""The only module that sends HTTP requests: one request, and its response as soon as the headers arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from webchat.providers.errors import BadConfiguration
from webchat.providers.wire.connection import ConnectionOptions, connection_error
from webchat.providers.wire.deadlines import DeadlineTimer
from webchat.providers.wire.network import Pace
from webchat.providers.wire.response import StreamedResponse
from webchat.providers.wire.transport import AnswerTransport

USER_AGENT = "webchat"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Call:
    """One request to send."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes = b""


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
        raise connection_error(options, url, error) from error
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
