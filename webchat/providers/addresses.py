"""Base URLs of OpenAI-compatible services: normalized from user input and joined with API paths."""

from __future__ import annotations

import base64
import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from webchat.errors import WebchatError
from webchat.hosts import is_public

_SUFFIXES = ("/chat/completions", "/completions", "/models")
_SECRET_NAME = re.compile(
    r"key|token|secret|passw|pwd|auth|credential|bearer|^sig|^code$|^sas$", re.IGNORECASE
)
_SECRET_VALUE = re.compile(r"(sk-|gsk_|hf_).*|[\w\-+/=.~]{24,}")
_SHORTEST_PASSWORD = 4
"""Characters from which a password is looked for by itself; a shorter one could be part of any word."""
_NAMES_OF_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class InvalidConnection(WebchatError, ValueError):
    """An address or a key that no request can be sent with. Its message is the end of a sentence."""

    code = "invalid_connection"


def normalised_base_url(text: str) -> tuple[str, tuple[str, str] | None]:
    """Return the normalized base URL, and the user and password it contained.

    A missing scheme defaults to `http` for this machine and private addresses, else to `https`. An address
    without a path gets `/v1`. A trailing slash and a pasted `/chat/completions` are removed. A query such as
    Azure's `?api-version=2024-10-21` is kept and sent with every request; see `endpoint`.

    Raises:
        InvalidConnection: it is not an HTTP address, or its query contains a key.
    """
    text = text.strip()
    if "://" not in text:
        text = f"{'http' if _is_near(text) else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InvalidConnection("url", detail=str(error)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InvalidConnection("form")
    if parts.fragment:
        raise InvalidConnection("fragment")
    if holds_key(parts.query):
        raise InvalidConnection("key")
    path = parts.path.rstrip("/")
    for suffix in _SUFFIXES:
        path = path.removesuffix(suffix)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host if port is None else f"{host}:{port}"
    login = None
    if parts.username is not None:
        login = (unquote(parts.username), unquote(parts.password or ""))
    return urlunsplit((parts.scheme, place, path or "/v1", parts.query, "")), login


def endpoint(base_url: str, path: str) -> str:
    """Return the URL of an API path; the query of the base URL is kept after the path.

    >>> endpoint("https://host/openai?api-version=1", "/models")
    'https://host/openai/models?api-version=1'
    """
    address, mark, query = base_url.partition("?")
    return f"{address}{path}{mark}{query}"


def origin_of(base_url: str) -> str:
    """Return the scheme, host and port of a base URL, without a trailing slash.

    >>> origin_of("http://localhost:11434/v1")
    'http://localhost:11434'
    """
    parts = urlsplit(base_url)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def hidden(words: str, secrets: Iterable[str]) -> str:
    """A service's message without secrets, of which none is empty."""
    for secret in secrets:
        words = words.replace(secret, "•••")
    return words


def login_of(proxy: str | None) -> tuple[str, ...]:
    """What must not be repeated of a proxy's address: its password, as written, as meant and as sent."""
    parts = urlsplit(proxy or "")
    if not parts.password:
        return ()
    user, password = unquote(parts.username or ""), unquote(parts.password)
    sent = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    passwords = (parts.password, password) if len(password) >= _SHORTEST_PASSWORD else ()
    return (f"{user}:{password}", sent, *passwords)


def holds_key(query: str) -> bool:
    """Whether a query parameter has a name or a value that looks like a key."""
    return any(
        _SECRET_NAME.search(name) or _SECRET_VALUE.fullmatch(value)
        for name, value in parse_qsl(query, keep_blank_values=True)
    )


def is_this_machine(host: str) -> bool:
    """Whether a host name refers to this machine."""
    return host in _NAMES_OF_THIS_MACHINE


def is_surely_internal(url: str) -> bool:
    """Whether an address is not on the internet, as far as its own text shows.

    Numbers are read in every form that the system's resolver takes, such as `127.1` and `0x7f000001`. What a
    name stands for is checked when a connection is made; see `wire.network`.
    """
    try:
        host = unicodedata.normalize("NFKC", urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    try:
        if ":" in host:
            return not is_public(host)
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, ValueError):
        return _is_near(host)


def _is_near(text: str) -> bool:
    try:
        parts: SplitResult = urlsplit(f"//{text}")
        host = parts.hostname or ""
    except ValueError:
        return False
    if is_this_machine(host) or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
