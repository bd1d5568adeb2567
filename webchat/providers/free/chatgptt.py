"""ChatGptt: a WordPress site that sends the whole answer as one JSON object.

Protocol: GET `{url}/` for the nonce and post id, then POST a form to `{url}/wp-admin/admin-ajax.php`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from webchat.messages import StreamEvent
from webchat.providers.free.signing import random_hex
from webchat.providers.free.whole_json import read_whole
from webchat.providers.free.wordpress import WordPressService
from webchat.providers.model_names import class_or_instance
from webchat.providers.request import Messages
from webchat.providers.wire.response import StreamedResponse


class ChatGptt(WordPressService):
    """ChatGptt, which answers as GPT-4o. The model is not sent; the conversation is sent as one prompt.

    Args:
        model: used if a request has none.
        options: see `FreeService` and `AsyncGeneratorProvider`.

    >>> import asyncio
    >>> async def ask() -> None:
    ...     provider = ChatGptt()
    ...     messages = [{"role": "user", "content": "Hello"}]
    ...     async for text in provider.create_async_generator(model="gpt-4", messages=messages):
    ...         print(text, end="")
    >>> asyncio.run(ask())
    Hello from ChatGptt
    """

    url = "https://chatgptt.me"
    working = True
    supports_stream = False
    supports_message_history = True
    supports_system_message = True
    default_model = "gpt-4o"
    models: Sequence[str] = ["gpt-4", default_model, "gpt-4o-mini"]
    model_aliases: Mapping[str, str] = {}

    @class_or_instance
    def create_async_generator(
        self: Any,
        /,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        timeout: float = 120,
        **kwargs: Any,
    ) -> AsyncGenerator[str, None]:
        """Answer a conversation, text only; see `AsyncGeneratorProvider.create_async_generator`."""
        return super().create_async_generator(model, messages, proxy, timeout, **kwargs)

    def _extra_fields(self) -> Mapping[str, str]:
        return {
            "chatbot_identity": "shortcode",
            "wpaicg_chat_client_id": random_hex(10, self.randomness),
            "wpaicg_chat_history": "[]",
        }

    def _ajax_headers(self) -> dict[str, str]:
        return self._headers(Accept="application/json", Origin=self.url, Referer=f"{self.url}/chat")

    def _read_answer(self, answer: StreamedResponse, model: str) -> AsyncGenerator[StreamEvent, None]:
        return read_whole(answer, self._known(model))
