"""Accepts only requests and websockets from pages that this server itself serves (check S5).

Browsers send three headers that a page cannot forge: the `Host` they connect to, the `Origin` of a request,
and `Sec-Fetch-Site`. The guard requires the Host to be one that is served (which prevents DNS rebinding), the
Origin to be the same host, and requests from other sites to be plain navigations.

Any port is allowed in `Host`, because tunnels and containers map ports; `Origin` must have the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Self
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True)
class Origin:
    """The scheme, host and port of an address, with the host as in a URL (IPv6 in brackets)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the origin of `scheme://host[:port]`; None for anything else (`null`, paths, user names)."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            return None
        host = _canonical_host(parts.hostname or "")
        if host is None or parts.scheme not in _DEFAULT_PORTS:
            return None
        if text.lower() not in {f"{parts.scheme}://{host}", f"{parts.scheme}://{host}:{port}"}:
            return None
        return cls(parts.scheme, host, _DEFAULT_PORTS[parts.scheme] if port is None else port)

    def __str__(self) -> str:
        """As browsers write it."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def is_address(self) -> bool:
        """Whether the host is a network address, and no name."""
        return _address(self.host) is not None


@dataclass(frozen=True)
class OriginPolicy:
    """Which hosts are served.

    `public` has the origins of reverse proxies in front of this server. `any_address` also accepts every IP
    address as Host, for a server that listens on all addresses.
    """

    hosts: frozenset[str] = LOOPBACK_NAMES
    any_address: bool = False
    public: frozenset[Origin] = field(default_factory=frozenset)

    @classmethod
    def of(cls, host: str, public_urls: Sequence[str] = ()) -> Self:
        """Return the policy of a server that listens on `host` and is published at `public_urls`."""
        public = frozenset(filter(None, (Origin.parse(url.rstrip("/")) for url in public_urls)))
        address = _address(host)
        if address is not None and address.is_unspecified:
            return cls(LOOPBACK_NAMES, any_address=True, public=public)
        own = _canonical_host(host)
        is_loopback = host == "localhost" or (address is not None and address.is_loopback)
        names = LOOPBACK_NAMES if is_loopback else frozenset()
        return cls(names | ({own} if own else set()), public=public)

    def objection(self, scope: Scope) -> str | None:
        """Return why a request is refused, or None if it is accepted."""
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or len(origins) > 1:
            return "a request needs exactly one Host and at most one Origin"
        host = Origin.parse(f"http://{hosts[0]}")
        if host is None or not (self._is_own(host) or self._is_public(host)):
            return f"{hosts[0]!r} is not served here; behind a proxy, set WEBCHAT_PUBLIC_URL"
        if origins and not (
            self._accepts(Origin.parse(origins[0]), host) or _is_own_form(scope["type"], headers)
        ):
            return f"{origins[0]!r} is another site"
        if scope["type"] == "websocket":
            return None if origins else "a websocket needs an Origin"
        return _objection_to_fetch(scope["method"], headers)

    def _is_own(self, host: Origin) -> bool:
        return host.host in self.hosts or (self.any_address and _address(host.host) is not None)

    def _is_public(self, host: Origin) -> bool:
        return any(host.host == public.host for public in self.public)

    def _accepts(self, origin: Origin | None, host: Origin) -> bool:
        return origin in self.public or (origin == host and self._is_own(host))


class OriginGuard:
    """ASGI middleware that responds with 403 to every request and websocket that `policy` rejects."""

    def __init__(self, app: ASGIApp, policy: OriginPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        objection = self._policy.objection(scope) if scope["type"] in {"http", "websocket"} else None
        if objection is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            # In ASGI, closing before accepting means 403.
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "refused"})
        else:
            response = PlainTextResponse(f"webchat refused this request: {objection}.\n", status_code=403)
            await response(scope, receive, send)


def _is_own_form(kind: str, headers: Headers) -> bool:
    """Whether it is a form on our own page without a referrer, whose Origin is `null` (fetch standard,
    3.2)."""
    own = headers.get("sec-fetch-site") == "same-origin" and headers.get("sec-fetch-mode") == "navigate"
    return kind == "http" and own and headers["origin"] == "null"


def _objection_to_fetch(method: str, headers: Headers) -> str | None:
    if headers.get("sec-fetch-site", "none") in {"same-origin", "none"}:
        return None
    followed_a_link = (
        method in {"GET", "HEAD"}
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
    return None if followed_a_link else "it comes from another site"


def _canonical_host(host: str) -> str | None:
    """Return a host name or address in its URL form; None if it is neither."""
    address = _address(host)
    if isinstance(address, IPv6Address):
        return f"[{address.compressed}]"
    host = host.lower()
    name = host.replace("-", "").replace(".", "").replace("_", "")
    return host if name.isascii() and name.isalnum() else None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
