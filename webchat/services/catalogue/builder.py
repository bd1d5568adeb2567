"""Creates providers from their rows: addresses, keys, proxies and timeouts, those of the host included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from webchat.errors import as_argument
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import BadConfiguration, ProviderError
from webchat.providers.parameters import Parameters
from webchat.providers.wire.deadlines import Deadlines
from webchat.services.catalogue.details import addresses_in
from webchat.services.catalogue.host_defaults import HostDefaults
from webchat.services.parameters import Stored, opened_parameters
from webchat.storage.errors import SecretUnreadable, What
from webchat.storage.queries.providers import PARAMETERS, PROXY
from webchat.storage.secrets import Secrets
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin

GUIDE = "Guide"
OPENAI_COMPATIBLE = "OpenAICompatible"
DEADLINES = "deadlines"
"""Key in a provider's options: timeouts in seconds by the names of `Deadlines`, where they differ from the
host's."""

Build = Callable[..., AsyncGeneratorProvider]
"""Creates a provider: `build(kind, name=…, base_url=…, api_key=…, …)`."""


class ProviderBuilder:
    """Creates providers that are ready to use.

    Args:
        secrets: decrypts their keys and proxies.
        build: creates a provider of a kind.
        host: what applies where a provider has nothing of its own.
    """

    def __init__(self, secrets: Secrets, build: Build, host: HostDefaults) -> None:
        self._secrets = secrets
        self._build = build
        self._host = host

    def build(
        self, row: ProviderSetting, deadlines: Deadlines | None = None, *, trusted: bool
    ) -> AsyncGeneratorProvider:
        """The provider a row describes, with its own timeouts unless others are given.

        Args:
            trusted: whether its owner may use servers and proxies that are not on the internet. Those that
                the host has set may be anywhere.

        Raises:
            ProviderError: its key cannot be read or its address is invalid.
        """
        if row.kind == GUIDE:
            return self._build(GUIDE)
        options: dict[str, Any] = {"name": row.name, "deadlines": deadlines or self.deadlines_of(row)}
        own_urls = addresses_in(row.base_url)
        urls = own_urls or list(self._host.service_urls.get(row.kind, ()))
        if urls:
            if row.kind == OPENAI_COMPATIBLE and len(urls) > 1:
                raise BadConfiguration(row.name, "several_addresses")
            options["base_url"] = urls if len(urls) > 1 else urls[0]
        own_proxy = self._open_secret(row, row.options.get(PROXY), "proxy")
        if proxy := own_proxy or self._host.proxy:
            options["proxy"] = proxy
        of_the_host = row.origin is Origin.ENVIRONMENT or (bool(urls) and not own_urls)
        if not trusted and (own_proxy or not of_the_host):
            options |= {"public_only": True, "trusts_proxy": not own_proxy}
        if row.kind == OPENAI_COMPATIBLE:
            options["api_key"] = self._key_of(row)
            if stored := row.options.get(PARAMETERS):
                options["parameters"] = self._parameters_of(row, stored)
        elif cookies := self._open_secret(row, row.secret):
            options["cookies"] = read_cookies(cookies)
        return self._build(row.kind, **options)

    def deadlines_of(self, row: ProviderSetting) -> Deadlines:
        """The timeouts of a provider: its own, else the host's."""
        own = row.options.get(DEADLINES) or {}
        return replace(self._host.deadlines, **{name: float(value) for name, value in own.items()})

    def _parameters_of(self, row: ProviderSetting, stored: Stored) -> Parameters:
        return opened_parameters(stored, lambda sealed: self._open_secret(row, sealed, "headers") or "")

    def _key_of(self, row: ProviderSetting) -> str | None:
        if row.origin is Origin.ENVIRONMENT:
            return self._host.openai.api_key if self._host.openai else None
        return self._open_secret(row, row.secret)

    def _open_secret(self, row: ProviderSetting, secret: str | None, what: What = "") -> str | None:
        if secret is None:
            return None
        try:
            return self._secrets.decrypt(secret, provider=row.name, what=what)
        except SecretUnreadable as error:
            raise ProviderError(row.name, "unusable", cause=as_argument(error)) from error


def read_cookies(text: str) -> dict[str, str]:
    """Parse a `Cookie` header, `name=value; name=value`."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals and name.strip()}
