"""Asynchronous chat providers. This package does not depend on the web app, the database or the
environment."""

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
