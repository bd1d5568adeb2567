"""Any service that speaks OpenAI's chat completions: OpenAI, OpenRouter, Ollama, llama.cpp, vLLM, LM Studio.

Format: https://platform.openai.com/docs/api-reference/chat-streaming, including the variants of other
    servers.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from webchat.errors import as_argument
from webchat.messages import Message, Output, StreamEvent
from webchat.providers.addresses import InvalidConnection, endpoint, normalised_base_url, origin_of
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import (
    BadConfiguration,
    BadRequest,
    ChallengePage,
    MalformedAnswer,
    ModelNotFound,
    ProviderError,
    WrongAddress,
)
from webchat.providers.model_list import (
    ListedModel,
    looks_like_chat,
    owner_of,
    read_json,
    read_models,
    with_llama_cpp,
    with_lm_studio,
    with_ollama,
)
from webchat.providers.model_names import ProviderModelMixin
from webchat.providers.parameters import ALL_PARAMETERS, NO_PARAMETERS, RESERVED_HEADERS, Parameters
from webchat.providers.pictures import data_url, has_pictures
from webchat.providers.request import ChatRequest, as_messages
from webchat.providers.wire.openai_answer import AnswerReader
from webchat.providers.wire.openai_format import request_body
from webchat.providers.wire.response import StreamedResponse
from webchat.providers.wire.status import Failure, error_for, read_failure, retry_after

_log = logging.getLogger(__name__)
_BLANK = b"\xef\xbb\xbf \t\r\n"
_OTHER_LIMIT = "max_completion_tokens"
_HIDDEN_LENGTH = 6
"""Minimum length of a header's value that may be secret."""
_MOST_HIDDEN = 1000
"""Values of headers that are kept out of messages, those of the newest requests: many more than the requests
that run at the same time have."""
_TRAILER_GRACE = 3.0
"""Seconds a finished answer may take to send its usage and `[DONE]`; some services never do."""


class OpenAICompatible(ProviderModelMixin, AsyncGeneratorProvider):
    """Any service with OpenAI's chat completions API, with or without a key.

    Args:
        base_url: with or without `/v1`; `localhost:11434` is enough for a local server.
        api_key: sent as a bearer token and never shown.
        name: shown to users.
        models: the models to offer; by default the service is asked.
        parameters: used where a request has none of its own; the headers are sent with every request.
        options: see `AsyncGeneratorProvider`.

    >>> OpenAICompatible(base_url="localhost:11434", name="Ollama").url
    'http://localhost:11434/v1'
    """

    parameters_sent = ALL_PARAMETERS
    takes_pictures = True

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        name: str | None = None,
        models: Sequence[str] = (),
        parameters: Parameters = NO_PARAMETERS,
        **options: Any,
    ) -> None:
        super().__init__(name=name, **options)
        try:
            if not isinstance(base_url, str):
                raise InvalidConnection("one_address")
            self.url, login = normalised_base_url(base_url)
            self._authorization = _authorization(api_key, login)
        except InvalidConnection as error:
            raise BadConfiguration(self.name, "invalid", cause=as_argument(error)) from None
        self._secret = (api_key or "").strip()
        self._parameters = parameters
        self._hidden: list[str] = []
        self.models = list(models)
        self.default_model = self.models[0] if self.models else ""
        self._usage_wanted = True
        self._limit_name = "max_tokens"

    def get_model(self, model: str) -> str:
        """Return the name to send. Any name is accepted, because only the service knows all its models."""
        model = self.model_aliases.get(model, model) or self.default_model
        if not model:
            raise ModelNotFound(self.name, model, self.models)
        return model

    async def list_models(self) -> list[str]:
        """Ask the service for its models. Those given to the constructor come first and replace a missing
        list."""
        return [model.name for model in await self.describe_models()]

    async def describe_models(self) -> list[ListedModel]:
        """Ask for the models, as `list_models` does, with what the service reports about each.

        Local servers that report details at another address are asked there too; a failure to do so is
        ignored.
        """
        own = [ListedModel(name, for_chat=looks_like_chat(name)) for name in self.models]
        async with self._open("GET", endpoint(self.url, "/models"), self._headers()) as answer:
            if answer.status in (404, 405):
                if own:
                    return own
                raise WrongAddress(self.name, status=answer.status)
            if answer.status != 200:
                raise await self._failure(answer)
            body = await answer.read()
        if body.lstrip(_BLANK)[:1] == b"<":
            raise ChallengePage(
                self.name, service_words=self._masked(body[:65536].decode("utf-8", "replace"))
            )
        try:
            value = read_json(body)
            listed = read_models(value)
        except (ValueError, RecursionError) as error:
            words = self._masked(body[:1000].decode("utf-8", "replace"))
            raise MalformedAnswer(self.name, "models", service_words=words) from error
        known = {model.name: model for model in await self._more_of(listed, owner_of(value))}
        return list({model.name: known.get(model.name, model) for model in [*own, *known.values()]}.values())

    async def _more_of(self, models: list[ListedModel], owner: str) -> list[ListedModel]:
        """Return the models with details from the server-specific addresses of local servers."""
        if not models:
            return models
        match owner:
            case "library":
                return with_ollama(models, await self._told_at("/api/ps"))
            case "organization_owner":
                return with_lm_studio(models, await self._told_at("/api/v0/models"))
            case "llamacpp" if len(models) == 1:  # a router has several, each with its own context
                return with_llama_cpp(models, await self._told_at("/props"))
        return models

    async def _told_at(self, path: str) -> object:
        """Return the JSON at a path of the server, or None."""
        try:
            async with self._open("GET", f"{origin_of(self.url)}{path}", self._headers()) as answer:
                return read_json(await answer.read()) if answer.status == 200 else None
        except (ProviderError, ValueError, RecursionError) as error:
            _log.info("%s did not return model details at %s (%s)", self.name, path, type(error).__name__)
            return None

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Request a streamed answer; an answer that is not streamed is accepted too."""
        async with self._answer(request) as answer:
            reader = AnswerReader(self.name, self._masked)
            start = await _start_of(answer)
            if start[:1] in (b"{", b"["):
                events = reader.document(start + await answer.read())
                answer.text_began()
                for event in events:
                    yield event
                return
            if start[:1] == b"<":
                page = start + await answer.read_start()
                raise ChallengePage(self.name, service_words=self._masked(page.decode("utf-8", "replace")))
            ending = False
            piece: bytes | None = start
            while piece is not None:
                for sent in reader.feed(piece):
                    for event in reader.events(sent):
                        if isinstance(event, Output):
                            answer.text_began()
                        yield event
                    if reader.ended:
                        return
                if reader.finished and not ending:
                    ending = True
                    answer.ending(_TRAILER_GRACE)
                elif not answer.has_begun:
                    answer.sign_of_life()
                piece = await self._next_piece(answer, reader)
            for event in reader.rest(began=answer.has_begun):
                yield event

    @asynccontextmanager
    async def _answer(self, request: ChatRequest) -> AsyncIterator[StreamedResponse]:
        """Send the request, and again without what the service says it does not support: `stream_options`,
        and `max_tokens`, which reasoning models call `max_completion_tokens`."""
        model = self.get_model(request.model)
        messages = as_messages(self.name, request.messages)
        parameters = request.parameters.over(self._parameters)
        self._hide(parameters.headers)
        headers = _joined_headers(
            parameters.headers,
            self._key_headers(),
            {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"},
        )
        while True:
            body = request_body(
                model, messages, request.temperature, parameters, self._usage_wanted, self._limit_name
            )
            content = await self._encoded(body, messages)
            async with self._open(
                "POST", endpoint(self.url, "/chat/completions"), headers, content
            ) as answer:
                if answer.status == 200:
                    yield answer
                    return
                failure = await self._read_failure(answer)
                if answer.status not in (400, 422) or not self._can_do_without(failure.words, body):
                    raise self._error(failure, answer, model)

    async def _encoded(self, body: Mapping[str, Any], messages: Sequence[Message]) -> bytes:
        """The body as JSON, encoded in a thread if pictures have to be read for it."""

        def encode() -> bytes:
            return json.dumps(body, ensure_ascii=False, default=data_url).encode("utf-8", "replace")

        if not any(map(has_pictures, messages)):
            return encode()
        try:
            return await asyncio.to_thread(encode)
        except OSError as error:
            raise BadRequest(self.name, "picture_gone") from error

    def _can_do_without(self, words: str, body: Mapping[str, Any]) -> bool:
        """Whether the request can be sent in another form, which is then used from now on."""
        if "stream_options" in words and "stream_options" in body:
            self._usage_wanted = False
        elif _OTHER_LIMIT in words and self._limit_name in body and self._limit_name != _OTHER_LIMIT:
            self._limit_name = _OTHER_LIMIT
        else:
            return False
        return True

    async def _next_piece(self, answer: StreamedResponse, reader: AnswerReader) -> bytes | None:
        try:
            return await anext(answer, None)
        except ProviderError:
            if not reader.finished:
                raise
            return None  # the answer was complete; only its trailer is missing

    def _headers(self) -> dict[str, str]:
        return _joined_headers(self._parameters.headers, self._key_headers())

    def _key_headers(self) -> dict[str, str]:
        if self._secret and (urlsplit(self.url).hostname or "").endswith(".azure.com"):
            # https://learn.microsoft.com/azure/ai-services/openai/reference: keys are not bearer tokens
            # there.
            return {"api-key": self._secret}
        return {"Authorization": self._authorization} if self._authorization else {}

    async def _failure(self, answer: StreamedResponse) -> ProviderError:
        return self._error(await self._read_failure(answer), answer, "")

    async def _read_failure(self, answer: StreamedResponse) -> Failure:
        if 300 <= answer.status < 400:
            target = answer.headers.get("location", "").partition("?")[0]
            return Failure(self._masked(f"it redirects to {target}"))
        return read_failure(await answer.read_start()).masked(self._masked)

    def _error(self, failure: Failure, answer: StreamedResponse, model: str) -> ProviderError:
        wait = retry_after(answer.headers.get("retry-after"))
        return error_for(self.name, failure, answer.status, wait=wait, model=model, models=self.models)

    def _kept_secret(self) -> Iterable[str]:
        own = (value for value in self._parameters.headers.values() if len(value) >= _HIDDEN_LENGTH)
        key = (self._secret,) if self._secret else ()
        return (*super()._kept_secret(), *key, *own, *self._hidden)

    def _hide(self, headers: Mapping[str, str]) -> None:
        """Keep the values of a request's headers out of messages; short ones are plain words."""
        values = [value for value in headers.values() if len(value) >= _HIDDEN_LENGTH]
        self._hidden = list(dict.fromkeys([*values, *self._hidden]))[:_MOST_HIDDEN]


def _joined_headers(further: Mapping[str, str], *own: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request; further ones replace neither its own nor those of the connection."""
    ours = {name: value for each in own for name, value in each.items()}
    names = {name.lower() for name in ours} | RESERVED_HEADERS
    return {name: value for name, value in further.items() if name.lower() not in names} | ours


async def _start_of(answer: StreamedResponse) -> bytes:
    """Return the start of a body without leading whitespace, up to and including the first piece that has any
    text."""
    start = b""
    async for piece in answer:
        start = (start + piece).lstrip(_BLANK)
        if start:
            break
        answer.sign_of_life()  # some services send empty lines while they read the prompt
    return start


def _authorization(api_key: str | None, login: tuple[str, str] | None) -> str:
    key = (api_key or "").strip()
    if not all(33 <= ord(letter) < 127 for letter in key):
        raise InvalidConnection("key_characters")
    if key:
        return f"Bearer {key}"
    if login:
        return "Basic " + base64.b64encode(":".join(login).encode()).decode()
    return ""
