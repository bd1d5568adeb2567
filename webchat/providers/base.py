"""The base of every provider: what the app calls, what library users call, and the rules for both."""

from __future__ import annotations

import copy
import dataclasses
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar, Self

from webchat.messages import Delta, Finish, FinishReason, PictureDelta, Role, StreamEvent, TextDelta
from webchat.providers.addresses import hidden, login_of
from webchat.providers.errors import (
    AnswerTooLarge,
    ConnectionFailed,
    EmptyAnswer,
    OnlyReasoning,
    PicturesNotSeen,
    ProviderError,
    ToolCallWanted,
    TruncatedAnswer,
)
from webchat.providers.model_list import ListedModel
from webchat.providers.model_names import class_or_instance
from webchat.providers.parameters import Parameters
from webchat.providers.partial_text import PartialText
from webchat.providers.pictures import has_pictures, named
from webchat.providers.request import ChatRequest, Messages, as_messages
from webchat.providers.wire.connection import ConnectionOptions, Transport
from webchat.providers.wire.deadlines import Clock, Deadlines
from webchat.providers.wire.http import Call, open_answer
from webchat.providers.wire.response import StreamedResponse
from webchat.providers.wire.thinking import ThinkTags
from webchat.providers.wire.transport import READ_PAUSE

ANSWER_LIMIT = 16 * 1024 * 1024
"""Maximum bytes of text, reasoning and pictures in one answer."""

_log = logging.getLogger(__name__)


class AsyncGeneratorProvider:
    """A service that streams answers to conversations.

    A subclass implements `generate` and, if its models are not fixed, `list_models`.

    Args:
        name: shown to users; defaults to the name of the class.
        proxy: URL of an HTTP or SOCKS5 proxy.
        public_only: refuse servers and proxies that are not on the internet.
        trusts_proxy: with `public_only`, the proxy may be anywhere.
        transport: an httpx transport to use instead of the network; never closed here.
        deadlines: the timeouts of an answer.
        clock: a monotonic clock in seconds.
        read_pause: seconds between small reads once the answer has begun; 0 to read at once.

    >>> import asyncio
    >>> class Echo(AsyncGeneratorProvider):
    ...     async def generate(self, request):
    ...         yield TextDelta(request.messages[-1].text)
    >>> async def ask() -> None:
    ...     async for text in Echo().create_async_generator("", [{"role": "user", "content": "Hello"}]):
    ...         print(text)
    >>> asyncio.run(ask())
    Hello
    """

    name: str = ""
    url: str = ""
    working: bool = True
    supports_stream: bool = True
    takes_pictures: ClassVar[bool] = False
    """Whether requests may have pictures."""
    supports_message_history: bool = True
    supports_system_message: bool = True
    parameters_sent: ClassVar[frozenset[str]] = frozenset()
    """The names of the parameters that are sent to the service."""
    kind: ClassVar[str] = ""
    """The name of the class in the registry."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind = cls.__name__
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    def __init__(
        self,
        *,
        name: str | None = None,
        proxy: str | None = None,
        transport: Transport | None = None,
        deadlines: Deadlines | None = None,
        clock: Clock = time.monotonic,
        read_pause: float = READ_PAUSE,
        public_only: bool = False,
        trusts_proxy: bool = False,
    ) -> None:
        if name:
            self.name = name
        self.proxy = proxy
        self.transport = transport
        self.deadlines = deadlines or Deadlines()
        self.clock = clock
        self.read_pause = read_pause
        self.public_only = public_only
        self.trusts_proxy = trusts_proxy

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.url}>"

    # The call the app uses.

    def stream(self, request: ChatRequest) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        """Send a request and read the answer's events inside the block:

            async with provider.stream(request) as events:
                async for event in events:
                    ...

        The request is sent when the first event is requested. Leaving the block, even by cancellation, closes
        the connection at once. Iterating raises a `ProviderError`, which carries the text received so far, up
        to `PARTIAL_LIMIT` characters.
        """
        return self._stream(request)

    @asynccontextmanager
    async def _stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        events = self._checked(request)
        try:
            yield events
        finally:
            await events.aclose()

    async def _checked(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Apply the rules of all providers to `generate`: size limits, separate reasoning, no empty answers,
        errors that carry the text.
        """
        request = self._without_pictures(request)
        text = PartialText()
        size = pictures = 0
        tags = ThinkTags()
        events = self.generate(request)
        try:
            async for event in events:
                if isinstance(event, Delta):
                    size += (
                        len(event.text)
                        if event.text.isascii()
                        else len(event.text.encode("utf-8", "replace"))
                    )
                    if size > ANSWER_LIMIT:
                        raise AnswerTooLarge(self.name)
                    if isinstance(event, TextDelta):
                        if not tags.done:
                            for part in _noted(tags.feed(event.text), text):
                                yield part
                            continue
                        text.add(event.text)
                elif isinstance(event, PictureDelta):
                    pictures += 1
                    size += len(event.data)
                    if size > ANSWER_LIMIT:
                        raise AnswerTooLarge(self.name)
                elif isinstance(event, Finish):
                    for part in _noted(tags.finish(), text):
                        yield part
                    if not text and not pictures:
                        raise _no_answer(self.name, event.reason, reasoned=size > 0)
                yield event
            for part in _noted(tags.finish(), text):
                yield part
            if not text and not pictures:
                raise _no_answer(self.name, FinishReason.STOP, reasoned=size > 0)
        except ConnectionFailed as error:
            for part in _noted(tags.finish(), text):
                yield part
            if not text:
                raise
            raise TruncatedAnswer(self.name, partial_text=str(text)) from error
        except ProviderError as error:
            for part in _noted(tags.finish(), text):
                yield part
            error.partial_text = error.partial_text or str(text)
            for failure in (error, *error.earlier):
                failure.service_words = self._masked(failure.service_words)
            raise
        except Exception as error:
            # A bug in a provider must not look like an answer or keep another provider from being tried.
            _log.exception("%s raised an undeclared exception", self.name)
            raise ProviderError(
                self.name, "unexpected", exception=type(error).__name__, partial_text=str(text)
            ) from error
        finally:
            await events.aclose()

    def _without_pictures(self, request: ChatRequest) -> ChatRequest:
        """Return the request with earlier pictures only named, if this provider takes none.

        Raises:
            PicturesNotSeen: it takes none and the question has some.
        """
        if self.takes_pictures or not any(map(has_pictures, request.messages)):
            return request
        asked = next((each for each in reversed(request.messages) if each.role is Role.USER), None)
        if asked is not None and has_pictures(asked):
            raise PicturesNotSeen(self.name)
        return dataclasses.replace(request, messages=[named(each) for each in request.messages])

    def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask the service and yield the events of its answer as they arrive. Implemented by each provider."""
        raise NotImplementedError

    async def list_models(self) -> list[str]:
        """Return the names of the available models, with the default first or in the service's order."""
        return [str(model) for model in getattr(self, "models", ())]

    async def describe_models(self) -> list[ListedModel]:
        """Return the same models with what is known about each."""
        return [ListedModel(name) for name in await self.list_models()]

    async def aclose(self) -> None:
        """Release resources held beyond a single answer."""

    # The public interface.

    @class_or_instance
    async def create_async_generator(
        self: Any,
        /,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        timeout: float = 120,  # noqa: ASYNC109  (documented)
        **kwargs: Any,
    ) -> AsyncGenerator[str, None]:
        """Answer a conversation as text only. Callable on the class and on an instance.

        Args:
            model: a model's name, an alias, or empty for the default.
            messages: `{"role", "content"}` dicts, oldest first.
            proxy: URL of an HTTP or SOCKS5 proxy.
            timeout: seconds that the whole answer may take.
            kwargs: `temperature`, `max_tokens` and the provider's own options; others are ignored.
        """
        provider: AsyncGeneratorProvider = self() if isinstance(self, type) else self
        request = ChatRequest(
            model=model,
            messages=as_messages(provider.name, messages),
            temperature=kwargs.pop("temperature", None),
            parameters=Parameters(max_tokens=kwargs.pop("max_tokens", None)),
        )
        provider = provider._with(proxy, timeout, kwargs)
        async with provider.stream(request) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    yield event.text

    def _with(self, proxy: str | None, timeout: float, options: Mapping[str, Any]) -> Self:
        provider = copy.copy(self)
        provider.proxy = proxy or self.proxy
        limits = dataclasses.asdict(self.deadlines) | {"total": timeout}
        provider.deadlines = Deadlines(**{name: min(value, timeout) for name, value in limits.items()})
        for name, value in options.items():
            if not provider._take_option(name, value):
                _log.info("%s does not support the option %s; ignoring it", self.name, name)
        return provider

    def _take_option(self, name: str, value: object) -> bool:
        """Set an option of one call on this copy of the provider; return False if it is unknown."""
        return False

    # For the providers.

    def _masked(self, words: str) -> str:
        """Remove secrets from a service's message before any of it is stored."""
        return hidden(words, self._kept_secret())

    def _kept_secret(self) -> Iterable[str]:
        """The texts that no message may repeat. None is empty."""
        return login_of(self.proxy)

    def _open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes = b"",
        *,
        started: float | None = None,
        deadlines: Deadlines | None = None,
    ) -> AbstractAsyncContextManager[StreamedResponse]:
        """Send a request with this provider's proxy, transport and timeouts; see `open_answer`.

        Args:
            started: when the first request for this answer began, on `clock`, if this is not the first.
            deadlines: timeouts to use instead of the provider's.
        """
        options = ConnectionOptions(
            self.name,
            deadlines or self.deadlines,
            self.proxy,
            self.transport,
            self.clock,
            self.read_pause,
            started,
            self.public_only,
            self.trusts_proxy,
        )
        return open_answer(Call(method, url, headers, content), options)


def _noted(parts: Sequence[Delta], text: PartialText) -> Sequence[Delta]:
    """Return the parts unchanged, adding their text to `text`."""
    for part in parts:
        if isinstance(part, TextDelta):
            text.add(part.text)
    return parts


def _no_answer(name: str, reason: FinishReason, *, reasoned: bool) -> EmptyAnswer:
    if reason is FinishReason.TOOL_CALLS:
        return ToolCallWanted(name)
    kind = OnlyReasoning if reasoned else EmptyAnswer
    error = kind(name)
    if reason is FinishReason.CONTENT_FILTER:
        error = kind(name, "filtered")
    elif reason is FinishReason.LENGTH:
        error = kind(name, "length")
    # A retry would end, and be billed, in the same way.
    ended_well = reason in (FinishReason.CONTENT_FILTER, FinishReason.LENGTH)
    error.worth_retrying = error.worth_retrying and not ended_well
    return error
