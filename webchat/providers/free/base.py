"""Code shared by the five free services: addresses, cookies, clocks and error handling."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, ClassVar
from urllib.parse import urlsplit

from webchat.messages import Finish, FinishReason, Message, Role, StreamEvent, TextDelta
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import BadConfiguration, BadRequest, EmptyAnswer, ProviderError
from webchat.providers.free.held_start import HeldStart, refusal_in
from webchat.providers.free.prompt import sendable
from webchat.providers.free.refusals import Address, refusal
from webchat.providers.free.signing import RANDOMNESS
from webchat.providers.model_names import ProviderModelMixin
from webchat.providers.parameters import TEMPERATURE
from webchat.providers.request import ChatRequest, as_messages
from webchat.providers.wire.connection import Transport
from webchat.providers.wire.response import StreamedResponse
from webchat.providers.wire.sse import TextDecoder
from webchat.providers.wire.status import Failure, read_failure, retry_after

DESKTOP = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
"""The browser that the services expect."""

STOP = Finish(FinishReason.STOP)

WallClock = Callable[[], float]
"""Returns seconds since 1970."""

_SECRET_LENGTH = 6
"""Minimum length of a cookie value that may be secret; shorter ones are values like `1` or `light`."""

_log = logging.getLogger(__name__)


class FreeService(AsyncGeneratorProvider, ProviderModelMixin):
    """A web chat service that needs no key.

    Args:
        model: used if a request has none; defaults to the service's default model.
        base_url: another address of the service.
        cookies: sent with every request, such as those of a browser that has passed a check.
        wall_clock: seconds since 1970, for signatures.
        randomness: the source of random values.
        options: see `AsyncGeneratorProvider`.
    """

    sends_model: ClassVar[bool] = False
    """Whether the model is sent to the service."""

    def __init__(
        self,
        model: str = "",
        *,
        base_url: str | Sequence[str] | None = None,
        cookies: Mapping[str, str] | None = None,
        wall_clock: WallClock = time.time,
        randomness: Random = RANDOMNESS,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.model = model
        self.cookies = dict(cookies or {})
        self.wall_clock = wall_clock
        self.randomness = randomness
        if base_url:
            self._set_address(base_url)

    # Defined by each service.

    def _set_address(self, base_url: object) -> None:
        """Talk to the service at another address."""
        self.url = self._address(base_url)

    def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask the service and yield the events of its answer as they arrive."""
        raise NotImplementedError

    # Shared by all services.

    def _take_option(self, name: str, value: object) -> bool:
        if value is None and name in ("base_url", "cookies", "transport"):
            return True
        if name == "base_url":
            self._set_address(value)
        elif name == "cookies" and isinstance(value, Mapping):
            self.cookies = dict(value)
        elif name == "transport" and isinstance(value, Transport):
            self.transport = value
        else:
            return False
        return True

    def _address(self, text: object) -> str:
        """Return an address without its last slash; raises `BadConfiguration` if it cannot be one."""
        url = text.strip().rstrip("/") if isinstance(text, str) else ""
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            usable = usable and parts.username is None
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment:
            raise BadConfiguration(self.name, "site")
        return url

    def _asked(self, request: ChatRequest) -> tuple[str, list[Message]]:
        """Return the model and the messages to send; raises `BadRequest` and `ModelNotFound`."""
        messages = sendable(as_messages(self.name, request.messages))
        if not any(message.text.strip() for message in messages):
            raise BadRequest(self.name, "no_text")
        model: str = self.get_model(request.model or self.model)
        if request.temperature is not None and TEMPERATURE not in self.parameters_sent:
            _log.info("%s does not support the option temperature; ignoring it", self.name)
        for name in request.parameters.names():
            _log.info("%s does not support the option %s; ignoring it", self.name, name)
        return model, messages

    def _last_from_user(self, messages: Sequence[Message]) -> None:
        """Reject a conversation whose last message is not from the user, as the service would."""
        if messages[-1].role is Role.ASSISTANT:
            raise BadRequest(self.name, "not_from_user")

    def _kept_secret(self) -> Iterable[str]:
        cookies = (value for value in self.cookies.values() if len(value) >= _SECRET_LENGTH)
        return (*super()._kept_secret(), *cookies)

    def _known(self, model: str = "") -> Address:
        return Address(self.name, model, tuple(self.models))

    def _headers(self, **more: str) -> dict[str, str]:
        """Return browser headers with the cookies, if any; an underscore in a name stands for `-`."""
        headers = {"User-Agent": DESKTOP} | {name.replace("_", "-"): value for name, value in more.items()}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers

    async def _failure(self, answer: StreamedResponse, model: str = "", body: bytes = b"") -> ProviderError:
        """Return the typed error for a response with a status other than 200 and the start of its body."""
        wait = retry_after(answer.headers.get("retry-after"))
        if 300 <= answer.status < 400:
            target = answer.headers.get("location", "").partition("?")[0]
            failure = Failure(f"it redirects to {target}")
        else:
            failure = read_failure(body or await answer.read_start())
        return refusal(self._known(model), failure, status=answer.status, wait=wait)

    async def _read_text(self, answer: StreamedResponse, model: str) -> AsyncGenerator[StreamEvent, None]:
        """Yield the events of a plain-text answer that ends with the body."""
        if answer.status != 200:
            raise await self._failure(answer, model)
        decoder, start, blank = TextDecoder(), HeldStart(), True
        async for piece in answer:
            text = start.feed(decoder.feed(piece))
            if start.refused:
                rest = await answer.read_start()
                raise refusal_in(self._known(model), start.held + decoder.feed(rest))
            if text:
                answer.text_began()
                blank = blank and not text.strip()
                yield TextDelta(text)
        text = start.feed(decoder.finish()) + start.finish()
        if start.refused:
            raise refusal_in(self._known(model), start.held)
        if blank and not text.strip():
            raise EmptyAnswer(self.name)
        if text:
            yield TextDelta(text)
        yield STOP
