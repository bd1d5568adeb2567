"""The transport of one answer. It has its own connections, so that cancelling an answer cannot affect others.

It differs from `httpx.AsyncHTTPTransport` in that the TLS context is shared, closing is immediate and
complete, and reading is paced. Small chunks in quick succession then collect in the kernel's buffer and are
read together: 100 answers with 100 chunks per second take about a sixth less CPU time.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any

import certifi
import httpcore
import httpx

from webchat.providers.wire.network import Network, Pace

READ_PAUSE = 0.03
"""Seconds between small reads of an answer that has begun."""


@lru_cache(maxsize=1)
def shared_tls() -> ssl.SSLContext:
    """Return the shared TLS context: the system's certificates plus Mozilla's, because some systems have
    none."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF  # HTTP itself marks the end of a body
    return context


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except _HTTPCORE_ERRORS as error:
            raise _as_httpx(error) from error

    async def aclose(self) -> None:
        await self._stream.aclose()


class AnswerTransport(httpx.AsyncBaseTransport):
    """Carries one request over one connection.

    Args:
        pace: how reading is paced.
        proxy: URL of an HTTP or SOCKS5 proxy, with user and password if needed.
        public_only: refuse servers and proxies that are not on the internet.
        trusts_proxy: with `public_only`, the proxy may be anywhere.

    Raises:
        ValueError: the proxy's address is invalid.
    """

    def __init__(
        self, pace: Pace, proxy: str | None = None, *, public_only: bool = False, trusts_proxy: bool = False
    ) -> None:
        self._proxy = httpx.Proxy(proxy) if proxy else None
        exempt = self._proxy is not None and trusts_proxy
        self._network = Network(pace, public_only=public_only and not exempt)
        self._public_only = public_only
        if self._proxy is not None and not self._proxy.url.host:
            raise ValueError("the proxy has no host")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raises the errors of httpx."""
        pool = httpcore.AsyncConnectionPool(
            ssl_context=shared_tls() if request.url.scheme == "https" else None,
            proxy=_core_proxy(self._proxy),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=self._network,
        )
        try:
            core_request = httpcore.Request(
                method=request.method,
                url=await self._target(request.url),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
            response = await pool.handle_async_request(core_request)
        except _HTTPCORE_ERRORS as error:
            raise _as_httpx(error) from error
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=response.extensions,
        )

    async def _target(self, url: httpx.URL) -> httpcore.URL:
        """The URL to ask for. A proxy gets a checked address instead of a name, or it would resolve it
        again, perhaps to another one."""
        target = _core_url(url)
        if self._public_only and self._proxy is not None:
            default = 443 if url.scheme == "https" else 80
            checked = await self._network.checked(url.raw_host.decode("ascii"), url.port or default)
            target.host = checked.encode("ascii")
        return target

    def close(self) -> None:
        """Close the connection at once, whatever its state."""
        self._network.close_all()

    async def aclose(self) -> None:
        """Close the connection at once; called by httpx."""
        self.close()


def _core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _core_proxy(proxy: httpx.Proxy | None) -> httpcore.Proxy | None:
    if proxy is None:
        return None
    tls = shared_tls() if proxy.url.scheme == "https" else None
    return httpcore.Proxy(_core_url(proxy.url), proxy.raw_auth, proxy.headers.raw, tls)


_HTTPCORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ProtocolError,
)


def _as_httpx(error: Exception) -> httpx.TransportError:
    # httpx names its transport errors after those of httpcore.
    kind = getattr(httpx, type(error).__name__, httpx.TransportError)
    return kind(str(error)) if issubclass(kind, httpx.TransportError) else httpx.TransportError(str(error))
