"""The kinds of providers, by the names used in configurations."""

from __future__ import annotations

from typing import Any

from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import BadConfiguration
from webchat.providers.free.aichat_free import AIChatFree
from webchat.providers.free.base import FreeService
from webchat.providers.free.chatgpt_free import ChatgptFree
from webchat.providers.free.chatgptt import ChatGptt
from webchat.providers.free.flow_gpt import FlowGpt
from webchat.providers.free.free_gpt import FreeGpt
from webchat.providers.guide.guide import Guide
from webchat.providers.openai_compatible import OpenAICompatible

FREE_SERVICES: tuple[type[FreeService], ...] = (
    FreeGpt,
    AIChatFree,
    ChatgptFree,
    ChatGptt,
    FlowGpt,
)
"""The free web chat services in the order they are offered."""

KINDS: dict[str, type[AsyncGeneratorProvider]] = {
    Guide.kind: Guide,
    OpenAICompatible.kind: OpenAICompatible,
    **{service.kind: service for service in FREE_SERVICES},
}
"""To register a new provider, add its class here."""


def build_provider(kind: str, **config: Any) -> AsyncGeneratorProvider:
    """Create a provider.

    Args:
        kind: a key of `KINDS`.
        config: arguments of the class, such as `base_url`, `api_key`, `name`, `deadlines`.

    Raises:
        BadConfiguration: there is no such kind, or it cannot be created from this configuration.
    """
    if kind not in KINDS:
        raise BadConfiguration(kind, "kind", kinds=", ".join(KINDS))
    try:
        return KINDS[kind](**config)
    except TypeError as error:
        # Only the names of the settings, because their values may be secret.
        raise BadConfiguration(kind, "settings", settings=", ".join(sorted(config))) from error
