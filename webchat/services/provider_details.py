"""What a person enters for a provider, checked, and the names and addresses of providers compared."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields
from urllib.parse import SplitResult, urlsplit

from webchat.providers.deadlines import Deadlines
from webchat.services.errors import ProviderInvalid

MAX_NAME = 60
MAX_URL = 2000
MAX_URLS = 10_000
MAX_KEY = 4000
LONGEST_DEADLINE = 86_400.0
_NO_ADDRESS = "The address must look like https://host/v1 or http://127.0.0.1:11434."
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Details:
    """What a person enters, not trusted yet.

    Args:
        base_url: the address, or several of a service with mirrors; empty for a service's usual one.
        secret: the API key, or the cookies of a free service; None or empty keeps the stored one.
        proxy: None keeps the stored one, empty forgets it.
        deadlines: seconds by the names of `Deadlines`; what is left out is as the host has it.
        context: tokens its models hold; None if that is not known.
    """

    name: str
    base_url: str
    secret: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    deadlines: Mapping[str, float] = field(default_factory=dict)
    context: int | None = None


def checked_name(name: object) -> str:
    """The name on one line.

    Raises:
        ProviderInvalid: it is empty, too long, or has a colon, which ends the provider in `Provider:model`.
    """
    name = " ".join(name.split()) if isinstance(name, str) else ""
    if not name or len(name) > MAX_NAME:
        raise ProviderInvalid(f"A provider needs a name of at most {MAX_NAME} characters.")
    if ":" in name:
        raise ProviderInvalid("The name of a provider cannot have a colon in it.")
    return name


def checked_urls(text: object, *, required: bool) -> str:
    """The addresses that were entered, separated by one blank.

    Raises:
        ProviderInvalid: one of them is no http or https address or holds a password, or one is needed and
            none is there.
    """
    urls = split_urls(text) if isinstance(text, str) and len(text) <= MAX_URLS else [""]
    if required and not urls:
        raise ProviderInvalid(_NO_ADDRESS)
    for url in urls:
        parts = _web_address(url, ("http", "https"))
        if parts is None:
            raise ProviderInvalid(_NO_ADDRESS)
        if parts.username or parts.password:
            raise ProviderInvalid("Put the key into its own field, not into the address.")
    return " ".join(urls)


def checked_secret(secret: object, *, cookies: bool = False) -> str:
    """The API key or the cookies without blanks around them, empty for none.

    Raises:
        ProviderInvalid: no request could carry it.
    """
    first = " " if cookies else "!"
    secret = "" if secret is None else secret
    secret = secret.strip() if isinstance(secret, str) else "\0"
    if len(secret) > MAX_KEY or not all(first <= letter <= "~" for letter in secret):
        raise ProviderInvalid("The key holds characters that no key can have. Copy it again.")
    return secret


def checked_proxy(text: object) -> str:
    """The URL of a proxy without blanks around it, empty for none.

    Raises:
        ProviderInvalid: it is none.
    """
    text = text.strip() if isinstance(text, str) else "\0"
    if text and _web_address(text, ("http", "https", "socks5", "socks5h")) is None:
        raise ProviderInvalid("A proxy looks like http://host:3128 or socks5://user:password@host:1080.")
    return text


def checked_deadlines(values: Mapping[str, float]) -> dict[str, float]:
    """The deadlines, in seconds.

    Raises:
        ProviderInvalid: one is no positive number below a day, or has a name nobody knows.
    """
    allowed = {each.name for each in fields(Deadlines)}
    if set(values) - allowed or not all(0 < value <= LONGEST_DEADLINE for value in values.values()):
        raise ProviderInvalid("A deadline is a number of seconds greater than 0.")
    return dict(values)


def checked_context(value: int | None) -> int | None:
    """The tokens a provider's models hold.

    Raises:
        ProviderInvalid: no model is that small or that large.
    """
    if value is not None and not 512 <= value <= 100_000_000:
        raise ProviderInvalid("The context of a model is a number of tokens from 512 on.")
    return value


def split_urls(text: str) -> list[str]:
    """The addresses in a text, which commas, blanks or line ends separate."""
    return [url for url in re.split(r"[\s,]+", text) if url]


def _web_address(url: str, schemes: tuple[str, ...]) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if valid and len(url) <= MAX_URL and url.isprintable() and " " not in url else None


def server_of(url: str) -> tuple[str, int]:
    """Host and port of an address, all names of this machine taken for one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return ("127.0.0.1" if host in _LOOPBACK else host), port


def name_of(url: str) -> str:
    """What to call the service at an address."""
    host = urlsplit(url).hostname or "OpenAI-compatible"
    return "OpenAI" if host == "api.openai.com" else host


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it if it is taken."""
    name = name.replace(":", " ")
    if name not in taken:
        return name
    return next(candidate for number in range(2, 1000) if (candidate := f"{name} {number}") not in taken)
