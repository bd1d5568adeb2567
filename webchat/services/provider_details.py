"""What a person enters for a provider, checked, and the names and addresses of providers compared."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from webchat.services.errors import ProviderInvalid

MAX_NAME = 60
MAX_URL = 2000
MAX_KEY = 4000
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Details:
    """What a person enters, not trusted yet. `api_key` None or empty keeps the stored one."""

    name: str
    base_url: str
    api_key: str | None = field(default=None, repr=False)


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


def checked_url(url: object) -> str:
    """The base URL as it was entered, without blanks around it.

    Raises:
        ProviderInvalid: it is no http or https address, or holds a password.
    """
    url = url.strip() if isinstance(url, str) else ""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or len(url) > MAX_URL or not url.isprintable() or " " in url:
        raise ProviderInvalid("The address must look like https://host/v1 or http://127.0.0.1:11434.")
    if parts.username or parts.password:
        raise ProviderInvalid("Put the key into its own field, not into the address.")
    return url


def checked_key(key: object) -> str:
    """The API key without blanks around it, empty for none.

    Raises:
        ProviderInvalid: no request could carry it.
    """
    key = "" if key is None else key
    key = key.strip() if isinstance(key, str) else "\0"
    if len(key) > MAX_KEY or not all("!" <= letter <= "~" for letter in key):
        raise ProviderInvalid("The API key holds characters that no key can have. Copy it again.")
    return key


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
