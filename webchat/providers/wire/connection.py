"""How to connect to a provider, and the typed errors of a connection that failed."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from webchat.providers.addresses import hidden, login_of
from webchat.providers.errors import BadConfiguration, ConnectionFailed, NotOnInternet, ProviderError
from webchat.providers.wire.deadlines import Clock, Deadlines
from webchat.providers.wire.network import NotPublic
from webchat.providers.wire.transport import READ_PAUSE

Transport = httpx.AsyncBaseTransport


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


def connection_error(options: ConnectionOptions, url: httpx.URL, error: Exception) -> ProviderError:
    """Return the error that says why a request to `url` failed; httpx's own are too general."""
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
