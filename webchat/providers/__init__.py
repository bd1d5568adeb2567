"""Asynchronous chat providers; this package knows nothing of the web app, the database or the environment."""

from webchat.providers.base import (
    AsyncGeneratorProvider,
    ChatRequest,
    Deadlines,
    ProviderModelMixin,
)
from webchat.providers.errors import ProviderError, RateLimitError
from webchat.providers.openai_compatible import OpenAICompatible

__all__ = [
    "AsyncGeneratorProvider",
    "ChatRequest",
    "Deadlines",
    "OpenAICompatible",
    "ProviderError",
    "ProviderModelMixin",
    "RateLimitError",
]
