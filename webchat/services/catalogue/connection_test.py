"""Tests a provider: lists its models and asks for one short answer, waiting for a model that is loading."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from webchat.errors import WebchatError
from webchat.messages import Message, ReasoningDelta, Role, TextDelta
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import ModelLoading, ProviderError, WrongAddress
from webchat.providers.health import Health
from webchat.providers.loading import once_loaded
from webchat.providers.request import ChatRequest
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.catalogue.offered_models import ProviderModel, facts_of, first_model, offered
from webchat.storage.engine import Database
from webchat.storage.errors import ProviderNotFound, StorageError
from webchat.storage.queries import providers as queries
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import utc_now

log = structlog.get_logger(__name__)

TEST_QUESTION = "Answer with the single word: ready"

OnLoading = Callable[[str], Awaitable[None]]
"""Called with a message for the user while the server is loading its model."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """The result of a test.

    Args:
        provider: the provider's name.
        models: the number of its models; None if the list could not be read.
        model: the model that answered; empty if none was asked because none is loaded.
        seconds: the time until its first text.
        error: why the test failed; None if it passed.
    """

    provider: str
    models: int | None = None
    model: str = ""
    seconds: float = 0.0
    error: WebchatError | None = None

    @property
    def passed(self) -> bool:
        """Whether the provider is ready to answer."""
        return self.error is None


class NoModels(ProviderError):
    """The provider responds, but has no model to choose."""

    code = "no_models"


class ProviderTest:
    """Asks an owner's configured providers for their models and for an answer.

    Args:
        tell: called with the owner and whether a model list has changed.
    """

    def __init__(
        self, database: Database, catalogue: Catalogue, health: Health, tell: Callable[[str, bool], None]
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._health = health
        self._tell = tell

    async def refresh_models(self, owner_id: str, row: ProviderSetting) -> int:
        """Ask a provider for its models, save the list, and return their number.

        Raises:
            ProviderError: it did not answer; the old list is kept.
        """
        provider = await self._catalogue.provider_of(row)
        try:
            models = await provider.describe_models()
        finally:
            await provider.aclose()
        names = [model.name for model in models]
        with suppress(ProviderNotFound):  # removed in the meantime
            async with self._database.write() as session:
                changed = await queries.set_models(
                    session, owner_id, row.id, names, utc_now(), facts_of(models)
                )
            self._tell(owner_id, changed)
        return len(names)

    async def test(self, owner_id: str, provider_id: str, on_loading: OnLoading) -> TestResult:
        """See `Providers.test`."""
        models: int | None = None
        name = "The provider"

        async def tell_loading(_error: ModelLoading) -> None:
            await on_loading(f"{name} is loading its model. Waiting…")

        try:
            row = await self._row(owner_id, provider_id)
            name = row.name
            patience = self._catalogue.deadlines_of(row).first_text
            try:
                refresh = partial(self.refresh_models, owner_id, row)
                models = await once_loaded(refresh, patience, on_loading=tell_loading)
            except WrongAddress as error:
                if not offered(row):
                    error.reason = "no_list"
                    raise
            row = await self._row(owner_id, provider_id)
            if not offered(row):
                raise NoModels(name, "hidden" if row.models else "")
            model = model_to_ask(row)
            if model is None:
                return TestResult(name, len(offered(row)))
            provider = await self._catalogue.provider_of(row)
            try:
                ask = partial(time_to_answer, provider, model.name)
                seconds = await once_loaded(ask, patience, on_loading=tell_loading)
            finally:
                await provider.aclose()
        except (ProviderError, StorageError) as error:
            return TestResult(name, models, error=error)
        except Exception as error:
            log.exception("a provider raised an undeclared exception", provider=name)
            failure = ProviderError(name, "unexpected", exception=type(error).__name__)
            return TestResult(name, models, error=failure)
        self._health.succeeded(provider_id)
        return TestResult(name, models, model.name, seconds)

    async def _row(self, owner_id: str, provider_id: str) -> ProviderSetting:
        async with self._database.read() as session:
            row = await queries.get(session, owner_id, provider_id)
        if row is None:
            raise ProviderNotFound(provider_id)
        return row


async def ignore_loading(_words: str) -> None:
    """Do nothing."""


def model_to_ask(row: ProviderSetting) -> ProviderModel | None:
    """The model to test: a loaded one if the provider reports that; None if none is loaded or there is none.

    Testing any other would make a local server load it, which takes minutes and may unload the one in use.
    """
    models = offered(row)
    loaded = [model for model in models if model.loaded]
    if loaded:
        return loaded[0]
    return None if any(model.loaded is False for model in models) else first_model(row)


async def time_to_answer(provider: AsyncGeneratorProvider, model: str) -> float:
    """Seconds until the first text of a short answer. The rest is not read.

    No limit is sent, because reasoning models reject `max_tokens`.
    """
    request = ChatRequest(model, [Message(Role.USER, TEST_QUESTION)])
    began = time.perf_counter()
    async with provider.stream(request) as events:
        async for event in events:
            if isinstance(event, TextDelta | ReasoningDelta):
                break
    return time.perf_counter() - began
