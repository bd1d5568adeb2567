"""Validates what the user enters for a provider, and compares the names and addresses of providers."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields
from urllib.parse import SplitResult, urlsplit

from webchat.errors import as_argument
from webchat.providers.addresses import (
    InvalidConnection,
    holds_key,
    is_surely_internal,
    is_this_machine,
    normalised_base_url,
)
from webchat.providers.model_list import LEAST_CONTEXT, MOST_CONTEXT, is_plain
from webchat.providers.wire.deadlines import Deadlines
from webchat.services.errors import AdvancedInvalid, ProviderInvalid
from webchat.storage.tables import ProviderSetting

MAX_NAME = 60
MAX_URL = 2000
MAX_URLS = 10_000
MAX_KEY = 4000
LONGEST_DEADLINE = 86_400.0
RESERVED_NAMES = ("auto",)
"""Names that no provider may have, in lower case, because model ids with them mean something else."""


@dataclass(frozen=True, slots=True)
class Details:
    """What the user entered, not yet validated.

    Args:
        base_url: the address, or several for a service with mirrors; empty for a service's default address.
        secret: the API key, or the cookies of a free service; None or empty keeps the stored one.
        forget_secret: remove the stored key; ignored if `secret` has a new one.
        proxy: None keeps the stored one; empty removes it.
        deadlines: timeouts in seconds by the names of `Deadlines`; the host's defaults apply to the rest.
        context: the context size of its models in tokens; None if unknown.
        parameters: the texts of the advanced fields; see `webchat.services.parameters`.
    """

    name: str
    base_url: str
    secret: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    deadlines: Mapping[str, float] = field(default_factory=dict)
    context: int | None = None
    forget_secret: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict, repr=False)


def checked_name(name: object) -> str:
    """The name on one line.

    Raises:
        ProviderInvalid: it is empty, too long or reserved, or contains an invisible character or a colon,
            which ends the provider in `Provider:model`.
    """
    name = " ".join(name.split()) if isinstance(name, str) else ""
    if not name or len(name) > MAX_NAME or not is_plain(name):
        raise ProviderInvalid("name_length", "name", limit=MAX_NAME)
    if ":" in name:
        raise ProviderInvalid("name_colon", "name")
    if is_reserved(name):
        raise ProviderInvalid("name_reserved", "name", name=name)
    return name


def is_reserved(name: str) -> bool:
    """Whether a name is reserved, ignoring case."""
    return name.casefold() in RESERVED_NAMES


def checked_urls(text: object, *, mirrors: bool) -> str:
    """Normalize the address for requests: `http://localhost:8081/v1` for `localhost:8081`.

    Args:
        mirrors: whether the service may have several addresses, joined by spaces, or none.

    Raises:
        ProviderInvalid: one is not an http or https address or contains a key or password, or there are too
            many or too few.
    """
    urls = addresses_in(text) if isinstance(text, str) and len(text) <= MAX_URLS else [""]
    if not mirrors and len(urls) > 1:
        raise ProviderInvalid("one_address", "base_url")
    if not mirrors and not urls:
        raise ProviderInvalid("address", "base_url")
    return " ".join(_checked_url(url, as_typed=mirrors) for url in urls)


def _checked_url(url: str, *, as_typed: bool) -> str:
    if len(url) > MAX_URL or not url.isprintable():
        raise ProviderInvalid("address", "base_url")
    parts = _web_address(url if "://" in url else f"https://{url}", ("http", "https"))
    if parts is None or ("://" not in url and as_typed):
        raise ProviderInvalid("address", "base_url")
    if parts.username or parts.password or holds_key(parts.query):
        raise ProviderInvalid("key_in_address", "base_url")
    if as_typed:
        return url
    try:
        return normalised_base_url(url)[0]
    except InvalidConnection as error:
        raise ProviderInvalid("address_refused", "base_url", cause=as_argument(error)) from None


def checked_secret(secret: object, *, cookies: bool = False) -> str:
    """The API key or the cookies without surrounding whitespace; empty for none.

    Raises:
        ProviderInvalid: it cannot be sent in a request.
    """
    first = " " if cookies else "!"
    secret = "" if secret is None else secret
    secret = secret.strip() if isinstance(secret, str) else "\0"
    if len(secret) > MAX_KEY or not all(first <= letter <= "~" for letter in secret):
        raise ProviderInvalid("key", "secret")
    return secret


def checked_proxy(text: object) -> str:
    """The URL of a proxy without surrounding whitespace; empty for none.

    Raises:
        ProviderInvalid: it is not a proxy URL.
    """
    text = text.strip() if isinstance(text, str) else "\0"
    if text and _web_address(text, ("http", "https", "socks5", "socks5h")) is None:
        raise ProviderInvalid("proxy", "proxy")
    return text


def checked_deadlines(values: Mapping[str, float]) -> dict[str, float]:
    """The timeouts in seconds.

    Raises:
        ProviderInvalid: one is not a positive number of at most a day, or its name is unknown.
    """
    allowed = {each.name for each in fields(Deadlines)}
    if set(values) - allowed or not all(0 < value <= LONGEST_DEADLINE for value in values.values()):
        raise ProviderInvalid("timeout", "deadlines")
    return dict(values)


def check_on_internet(base_url: str, proxy: str | None) -> None:
    """Refuse at once what every request would refuse: addresses that are not on the internet.

    Raises:
        ProviderInvalid: an address, or the proxy, is one.
    """
    if any(is_surely_internal(url) for url in addresses_in(base_url)):
        raise ProviderInvalid("internal", "base_url")
    if proxy and is_surely_internal(proxy):
        raise ProviderInvalid("internal", "proxy")


def bad_context() -> ProviderInvalid:
    """The error for a context size that is not a number or out of range."""
    return ProviderInvalid("context", "context", least=LEAST_CONTEXT, most=MOST_CONTEXT)


def checked_context(value: int | None) -> int | None:
    """The context size of a provider's models in tokens.

    Raises:
        ProviderInvalid: it is too small or too large.
    """
    if value is not None and not LEAST_CONTEXT <= value <= MOST_CONTEXT:
        raise bad_context()
    return value


def check_headers_stay(before: str, after: str, *, kept: bool, proxy_changed: bool) -> None:
    """Make sure that stored headers that are `kept` are not sent to a destination that their owner did not
    choose.

    Raises:
        AdvancedInvalid: as `check_key_stays`.
    """
    try:
        if kept:
            check_key_stays(before, after, proxy_changed=proxy_changed)
    except ProviderInvalid:
        raise AdvancedInvalid("again", "headers") from None


def check_key_stays(before: str, after: str, *, proxy_changed: bool) -> None:
    """Make sure that a stored key is not sent to a destination that its owner did not choose.

    Args:
        before, after: the old and new addresses, separated by spaces.
        proxy_changed: whether the proxy has changed.

    Raises:
        ProviderInvalid: it would be sent to another scheme, host or port, or through another proxy.
    """
    known = {_recipient(url) for url in addresses_in(before)}
    if proxy_changed or not {_recipient(url) for url in addresses_in(after)} <= known:
        raise ProviderInvalid("key_again", "secret")


def addresses_in(text: str) -> list[str]:
    """The addresses in what a person typed or a row holds, separated by commas or whitespace."""
    return [url for url in re.split(r"[\s,]+", text) if url]


def _web_address(url: str, schemes: tuple[str, ...]) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if valid and len(url) <= MAX_URL and url.isprintable() and " " not in url else None


def server_of(url: str) -> tuple[str, int]:
    """The host and port of an address, treating all names of this machine as one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return ("127.0.0.1" if is_this_machine(host) else host), port


def is_local(url: str) -> bool:
    """Whether an address is on this machine."""
    return server_of(url)[0] == "127.0.0.1"


def is_on_this_machine(row: ProviderSetting) -> bool:
    """Whether a provider runs on this machine."""
    return any(is_local(url) for url in addresses_in(row.base_url))


def _recipient(url: str) -> tuple[str, str, int]:
    return urlsplit(url).scheme, *server_of(url)


def name_of(url: str) -> str:
    """A name for the service at an address."""
    host = urlsplit(url).hostname or "OpenAI-compatible"
    return "OpenAI" if host == "api.openai.com" else host


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with a number appended if it is taken or reserved."""
    name = name.replace(":", " ")[:MAX_NAME]
    if name not in taken and not is_reserved(name):
        return name
    return next(candidate for number in range(2, 1000) if (candidate := f"{name} {number}") not in taken)
