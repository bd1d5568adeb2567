"""What a person enters for a provider, checked, and the names and addresses of providers compared."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields
from urllib.parse import SplitResult, urlsplit

from webchat.providers.addresses import holds_key, is_this_machine, normalised_base_url
from webchat.providers.model_list import LEAST_CONTEXT, MOST_CONTEXT, is_plain
from webchat.providers.wire.deadlines import Deadlines
from webchat.services.errors import ProviderInvalid
from webchat.storage.tables import ProviderSetting

MAX_NAME = 60
MAX_URL = 2000
MAX_URLS = 10_000
MAX_KEY = 4000
LONGEST_DEADLINE = 86_400.0
RESERVED_NAMES = ("auto",)
"""Names no provider may have, in small letters: a model id with one of them means something else."""
BAD_CONTEXT = f"The context of a model is a number of tokens from {LEAST_CONTEXT} to {MOST_CONTEXT:,}."
_NO_ADDRESS = "The address must look like https://host/v1 or http://127.0.0.1:11434."
_KEY_IN_ADDRESS = "Put the key into its own field, not into the address: an address is stored as plain text."
_KEY_AGAIN = (
    "The stored key is not sent to another address or through another proxy unasked. Enter it again, or tick "
    "“Forget the stored key”. Nothing was changed."
)


@dataclass(frozen=True, slots=True)
class Details:
    """What a person enters, not trusted yet.

    Args:
        base_url: the address, or several of a service with mirrors; empty for a service's usual one.
        secret: the API key, or the cookies of a free service; None or empty keeps the stored one.
        forget_secret: take the stored key away; it does not count where `secret` has another.
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
    forget_secret: bool = False


def checked_name(name: object) -> str:
    """The name on one line.

    Raises:
        ProviderInvalid: it is empty, too long or reserved, has a character nobody can see, or has a colon,
            which ends the provider in `Provider:model`.
    """
    name = " ".join(name.split()) if isinstance(name, str) else ""
    if not name or len(name) > MAX_NAME or not is_plain(name):
        raise ProviderInvalid(f"A provider needs a name of at most {MAX_NAME} characters.", "name")
    if ":" in name:
        raise ProviderInvalid("The name of a provider cannot have a colon in it.", "name")
    if is_reserved(name):
        raise ProviderInvalid(f"No provider can be named “{name}”: Auto asks them all in turn.", "name")
    return name


def is_reserved(name: str) -> bool:
    """Whether a name stands for something else than a provider, in any case."""
    return name.casefold() in RESERVED_NAMES


def checked_urls(text: object, *, mirrors: bool) -> str:
    """The address as requests use it, `http://localhost:8081/v1` for `localhost:8081`.

    Args:
        mirrors: whether it is a service that may have several addresses, which one blank separates then, or
            none of the person's.

    Raises:
        ProviderInvalid: one of them is no http or https address or holds a key or password, or there are
            more or fewer than may be.
    """
    urls = split_urls(text) if isinstance(text, str) and len(text) <= MAX_URLS else [""]
    if not mirrors and len(urls) > 1:
        raise ProviderInvalid("Give one address. Add another provider for another address.", "base_url")
    if not mirrors and not urls:
        raise ProviderInvalid(_NO_ADDRESS, "base_url")
    return " ".join(_checked_url(url, as_typed=mirrors) for url in urls)


def _checked_url(url: str, *, as_typed: bool) -> str:
    if len(url) > MAX_URL or not url.isprintable():
        raise ProviderInvalid(_NO_ADDRESS, "base_url")
    parts = _web_address(url if "://" in url else f"https://{url}", ("http", "https"))
    if parts is None or ("://" not in url and as_typed):
        raise ProviderInvalid(_NO_ADDRESS, "base_url")
    if parts.username or parts.password or holds_key(parts.query):
        raise ProviderInvalid(_KEY_IN_ADDRESS, "base_url")
    if as_typed:
        return url
    try:
        return normalised_base_url(url)[0]
    except ValueError as error:
        raise ProviderInvalid(f"The address cannot be used: {error}.", "base_url") from None


def checked_secret(secret: object, *, cookies: bool = False) -> str:
    """The API key or the cookies without blanks around them, empty for none.

    Raises:
        ProviderInvalid: no request could carry it.
    """
    first = " " if cookies else "!"
    secret = "" if secret is None else secret
    secret = secret.strip() if isinstance(secret, str) else "\0"
    if len(secret) > MAX_KEY or not all(first <= letter <= "~" for letter in secret):
        raise ProviderInvalid("The key holds characters that no key can have. Copy it again.", "secret")
    return secret


def checked_proxy(text: object) -> str:
    """The URL of a proxy without blanks around it, empty for none.

    Raises:
        ProviderInvalid: it is none.
    """
    text = text.strip() if isinstance(text, str) else "\0"
    if text and _web_address(text, ("http", "https", "socks5", "socks5h")) is None:
        raise ProviderInvalid(
            "A proxy looks like http://host:3128 or socks5://user:password@host:1080.", "proxy"
        )
    return text


def checked_deadlines(values: Mapping[str, float]) -> dict[str, float]:
    """The deadlines, in seconds.

    Raises:
        ProviderInvalid: one is no positive number below a day, or has a name nobody knows.
    """
    allowed = {each.name for each in fields(Deadlines)}
    if set(values) - allowed or not all(0 < value <= LONGEST_DEADLINE for value in values.values()):
        raise ProviderInvalid("A deadline is a number of seconds greater than 0.", "deadlines")
    return dict(values)


def checked_context(value: int | None) -> int | None:
    """The tokens a provider's models hold.

    Raises:
        ProviderInvalid: no model is that small or that large.
    """
    if value is not None and not LEAST_CONTEXT <= value <= MOST_CONTEXT:
        raise ProviderInvalid(BAD_CONTEXT, "context")
    return value


def check_key_stays(before: str, after: str, *, proxy_changed: bool) -> None:
    """See to it that a stored key goes nowhere its owner did not send it.

    Args:
        before, after: the addresses that are asked, separated by blanks.
        proxy_changed: whether another proxy than before is used.

    Raises:
        ProviderInvalid: it would be sent to another scheme, host or port, or through another proxy.
    """
    known = {_recipient(url) for url in split_urls(before)}
    if proxy_changed or not {_recipient(url) for url in split_urls(after)} <= known:
        raise ProviderInvalid(_KEY_AGAIN, "secret")


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
    return ("127.0.0.1" if is_this_machine(host) else host), port


def is_local(url: str) -> bool:
    """Whether an address is on this machine."""
    return server_of(url)[0] == "127.0.0.1"


def is_on_this_machine(row: ProviderSetting) -> bool:
    """Whether a provider is asked on this machine."""
    return any(is_local(url) for url in split_urls(row.base_url))


def _recipient(url: str) -> tuple[str, str, int]:
    return urlsplit(url).scheme, *server_of(url)


def name_of(url: str) -> str:
    """What to call the service at an address."""
    host = urlsplit(url).hostname or "OpenAI-compatible"
    return "OpenAI" if host == "api.openai.com" else host


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it if it is taken or reserved."""
    name = name.replace(":", " ")[:MAX_NAME]
    if name not in taken and not is_reserved(name):
        return name
    return next(candidate for number in range(2, 1000) if (candidate := f"{name} {number}") not in taken)
