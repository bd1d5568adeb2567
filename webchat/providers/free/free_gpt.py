"""FreeGpt: several mirrors of a service that answers in plain text.

Protocol: POST `{mirror}/api/generate` with a signed JSON body; see `FreeGpt._build_request_data`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from typing import Any, ClassVar

from webchat.messages import Message, StreamEvent
from webchat.providers.errors import (
    BadConfiguration,
    ChallengePage,
    ConnectionFailed,
    EmptyAnswer,
    ProviderError,
    ProviderTimeout,
    ServiceError,
    WrongAddress,
)
from webchat.providers.free.base import FreeService
from webchat.providers.free.mirrors import Mirrors
from webchat.providers.free.signing import sha256_signature
from webchat.providers.model_names import class_or_instance
from webchat.providers.request import ChatRequest, Messages
from webchat.providers.wire.deadlines import Deadlines
from webchat.providers.wire.response import StreamedResponse

_ANOTHER_MIRROR_MAY_HELP = (
    ConnectionFailed,
    ProviderTimeout,
    ServiceError,
    ChallengePage,
    WrongAddress,
    EmptyAnswer,
)


def generate_signature(timestamp: int, message: str, secret: str = "") -> str:
    """Return the signature of a request: hex SHA-256 of `{timestamp}:{message}:{secret}`.

    Args:
        timestamp: seconds since 1970.
        message: the content of the last message.
        secret: empty, as far as is known.

    >>> generate_signature(1700000000, "Hello")
    '6e2493c26c34dc9085a0ca69ec10d130575540e4e7ad1ba9fd3ed6515327a126'
    """
    return sha256_signature(timestamp, message, secret)


class FreeGpt(FreeService):
    """FreeGpt, which answers as Gemini from several mirrors that are tried in turn. The model is not sent.

    Args:
        model: used if a request has none.
        base_url: one or more mirrors, as a list or separated by commas.
        options: see `FreeService` and `AsyncGeneratorProvider`.

    >>> import asyncio
    >>> async def ask() -> None:
    ...     messages = [{"role": "user", "content": "Hello"}]
    ...     async for text in FreeGpt().create_async_generator("gemini-1.5-pro", messages):
    ...         print(text, end="")
    >>> asyncio.run(ask())
    Hello from FreeGpt
    """

    url = "https://freegptsnav.aifree.site"
    mirrors: Sequence[str] = (
        "https://s.aifree.site",
        "https://v.aifree.site",
        "https://al.aifree.site",
        "https://u4.aifree.site",
    )
    working = True
    supports_stream = True
    supports_message_history = True
    supports_system_message = True
    default_model = "gemini-1.5-pro"
    models: Sequence[str] = [default_model, "gemini-1.5-flash"]
    model_aliases: Mapping[str, str] = {}
    mirror_memory: ClassVar[Mirrors] = Mirrors()
    """Shared by all instances, because a mirror that is down is down for everyone."""

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

    @staticmethod
    def _build_request_data(
        messages: Messages, prompt: str, timestamp: int, secret: str = ""
    ) -> dict[str, Any]:
        """Return the JSON body of a request.

        Args:
            messages: the conversation, sent unchanged.
            prompt: the content of the last message, which is signed.
            timestamp: seconds since 1970.
            secret: see `generate_signature`.
        """
        return {
            "messages": [
                {"role": message.role.value, "content": message.text}
                if isinstance(message, Message)
                else dict(message)
                for message in messages
            ],
            "time": timestamp,
            "pass": None,
            "sign": generate_signature(timestamp, prompt, secret),
        }

    def _set_address(self, base_url: object) -> None:
        urls = [*base_url] if isinstance(base_url, list | tuple) else str(base_url).split(",")
        self.mirrors = tuple(dict.fromkeys(self._address(url) for url in urls if url and url.strip()))
        if not self.mirrors:
            raise BadConfiguration(self.name, "no_mirrors")

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Try the mirrors in turn until one begins to answer; its answer is then final."""
        model, messages = self._asked(request)
        started = self.clock()
        mirrors = self.mirror_memory.in_turn(self.mirrors, self.clock)
        failures: list[ProviderError] = []
        for place, mirror in enumerate(mirrors, start=1):
            began = False
            deadlines = self._share(started, last=place == len(mirrors))
            try:
                async with (
                    self._sent(mirror, messages, started, deadlines) as answer,
                    aclosing(self._read_text(answer, model)) as events,
                ):
                    async for event in events:
                        began = True
                        yield event
            except ProviderError as error:
                if began or not isinstance(error, _ANOTHER_MIRROR_MAY_HELP):
                    raise
                self.mirror_memory.failed(mirror, self.clock)
                failures.append(error)
                if place == len(mirrors) or self._is_over(error, started):
                    raise _of_all(self.name, failures) from error
            else:
                self.mirror_memory.answered(mirror)
                return

    def _sent(
        self, mirror: str, messages: Sequence[Message], started: float, deadlines: Deadlines
    ) -> AbstractAsyncContextManager[StreamedResponse]:
        body = self._build_request_data(messages, messages[-1].text, int(self.wall_clock()))
        headers = self._headers(Content_Type="application/json")
        content = json.dumps(body, ensure_ascii=False).encode()
        url = f"{mirror}/api/generate"
        return self._open("POST", url, headers, content, started=started, deadlines=deadlines)

    def _share(self, started: float, *, last: bool) -> Deadlines:
        """Return the timeouts of one mirror: all but the last get half of the remaining time for the first
        text."""
        if last:
            return self.deadlines
        gone = self.clock() - started
        left = max(self.deadlines.first_text - gone, 0.0)
        return replace(self.deadlines, first_text=min(gone + left / 2 or 1e-3, self.deadlines.first_text))

    def _is_over(self, error: ProviderError, started: float) -> bool:
        return isinstance(error, ProviderTimeout) and error.phase == "total"


def _of_all(name: str, failures: Sequence[ProviderError]) -> ProviderError:
    """Return the last error, with the earlier ones attached."""
    last = failures[-1]
    last.earlier = tuple(failures[:-1])
    return last
