"""Settings from the host's environment that apply to every owner's providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webchat.providers.registry import FREE_SERVICES
from webchat.providers.wire.deadlines import Deadlines
from webchat.settings import Settings

_OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class EnvironmentProvider:
    """An OpenAI-compatible service configured by environment variables."""

    base_url: str
    api_key: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class HostDefaults:
    """The host's defaults for every owner's providers.

    Args:
        openai: the OpenAI-compatible service from the environment, if any.
        service_urls: addresses of free services that differ from the default, by kind.
        proxy: the proxy for providers without their own.
        deadlines: the timeouts for providers without their own.
    """

    openai: EnvironmentProvider | None = None
    service_urls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    proxy: str | None = None
    deadlines: Deadlines = field(default_factory=Deadlines)


def host_defaults(settings: Settings) -> HostDefaults:
    """The defaults that the settings give; the service of OpenAI if they name a key and no address."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    url = settings.openai_base_url or (_OPENAI if key else None)
    return HostDefaults(
        openai=EnvironmentProvider(url, key) if url else None,
        service_urls={service.kind: settings.service_urls(service.kind.lower()) for service in FREE_SERVICES},
        proxy=settings.proxy.get_secret_value() if settings.proxy else None,
        deadlines=Deadlines(
            settings.connect_timeout,
            settings.first_text_timeout,
            settings.idle_timeout,
            settings.total_timeout,
        ),
    )
