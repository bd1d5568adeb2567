"""Asynchronous chat providers. This package does not depend on the web app, the database or the
environment."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webchat.providers.base import AsyncGeneratorProvider
    from webchat.providers.errors import ProviderError, RateLimitError
    from webchat.providers.free.aichat_free import AIChatFree
    from webchat.providers.free.chatgpt_free import ChatgptFree
    from webchat.providers.free.chatgptt import ChatGptt
    from webchat.providers.free.flow_gpt import FlowGpt
    from webchat.providers.free.free_gpt import FreeGpt
    from webchat.providers.model_names import ProviderModelMixin
    from webchat.providers.openai_compatible import OpenAICompatible
    from webchat.providers.request import ChatRequest, Messages
    from webchat.providers.wire.deadlines import Deadlines

__all__ = [
    "AIChatFree",
    "AsyncGeneratorProvider",
    "ChatGptt",
    "ChatRequest",
    "ChatgptFree",
    "Deadlines",
    "FlowGpt",
    "FreeGpt",
    "Messages",
    "OpenAICompatible",
    "ProviderError",
    "ProviderModelMixin",
    "RateLimitError",
]

_MODULES = {
    "AIChatFree": "free.aichat_free",
    "AsyncGeneratorProvider": "base",
    "ChatGptt": "free.chatgptt",
    "ChatRequest": "request",
    "ChatgptFree": "free.chatgpt_free",
    "Deadlines": "wire.deadlines",
    "FlowGpt": "free.flow_gpt",
    "FreeGpt": "free.free_gpt",
    "Messages": "request",
    "OpenAICompatible": "openai_compatible",
    "ProviderError": "errors",
    "ProviderModelMixin": "model_names",
    "RateLimitError": "errors",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: most users of this package's modules need no HTTP client."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
