"""AIChatFree: Gemini behind a signed request, answering in plain text.

Protocol: POST `{url}/api/generate`; the body is JSON in Gemini's format, although labelled as plain text.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from webchat.messages import Role, StreamEvent
from webchat.providers.free.base import FreeService
from webchat.providers.free.signing import sha256_signature
from webchat.providers.model_names import class_or_instance
from webchat.providers.request import ChatRequest, Messages
from webchat.providers.wire.connection import Transport


def generate_signature(time: int, text: str, secret: str = "") -> str:
    """Return the signature of a request: hex SHA-256 of `{time}:{text}:{secret}`.

    Args:
        time: milliseconds since 1970.
        text: the text of the last message.
        secret: empty, as far as is known.

    >>> generate_signature(1700000000000, "Привет")
    '21d87dc3e6973f82ee6f4e4f098bd7ea67878542e5944eeab6ce5387133d8407'
    """
    return sha256_signature(time, text, secret)


class AIChatFree(FreeService):
    """AIChatFree, which answers as Gemini 1.5 Pro. The model is not sent; a system message is sent as the
    user's.

    Args:
        model: used if a request has none.
        options: see `FreeService` and `AsyncGeneratorProvider`.

    >>> import asyncio
    >>> async def ask() -> None:
    ...     aichatfree = AIChatFree(model="gemini-1.5-pro")
    ...     messages = [{"role": "user", "content": "Hello"}]
    ...     async for text in aichatfree.create_async_generator("gemini-1.5-pro", messages):
    ...         print(text, end="")
    >>> asyncio.run(ask())
    Hello from AIChatFree
    """

    url = "https://aichatfree.info"
    working = True
    supports_stream = True
    supports_message_history = True
    supports_system_message = False
    default_model = "gemini-1.5-pro"
    models: Sequence[str] = [default_model]
    model_aliases: Mapping[str, str] = {}

    @class_or_instance
    def create_async_generator(  # type: ignore[override]  # documented in this order
        self: Any,
        /,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        connector: Transport | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[str, None]:
        """Answer a conversation, text only; see `AsyncGeneratorProvider.create_async_generator`.

        Args:
            model: a model's name, an alias, or empty for the default.
            messages: `{"role", "content"}` dicts, oldest first.
            proxy: URL of an HTTP or SOCKS5 proxy.
            connector: an httpx transport to use instead of the network; never closed.
            kwargs: `timeout` and other options.
        """
        if connector is not None:
            kwargs["transport"] = connector
        return super().create_async_generator(model, messages, proxy, **kwargs)

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Send the request and yield the answer's text as it arrives."""
        model, messages = self._asked(request)
        self._last_from_user(messages)
        now = int(self.wall_clock() * 1000)
        body = {
            "messages": [
                {
                    "role": "model" if message.role is Role.ASSISTANT else "user",
                    "parts": [{"text": message.text}],
                }
                for message in messages
            ],
            "time": now,
            "pass": None,
            "sign": generate_signature(now, messages[-1].text),
        }
        headers = self._headers(
            Accept="*/*",
            Content_Type="text/plain;charset=UTF-8",
            Origin=self.url,
            Referer=f"{self.url}/",
        )
        content = json.dumps(body, ensure_ascii=False).encode()
        async with (
            self._open("POST", f"{self.url}/api/generate", headers, content) as answer,
            aclosing(self._read_text(answer, model)) as events,
        ):
            async for event in events:
                yield event
