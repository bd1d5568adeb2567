"""The available models and the provider behind each.

Model lists are read from the database, where `ModelRefresh` keeps them up to date, so no page waits for a
provider.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import BadConfiguration, ProviderError
from webchat.providers.parameters import ALL_PARAMETERS
from webchat.providers.registry import KINDS
from webchat.providers.wire.deadlines import Deadlines
from webchat.services.catalogue.builder import GUIDE, OPENAI_COMPATIBLE, Build, ProviderBuilder
from webchat.services.catalogue.host_defaults import HostDefaults
from webchat.services.catalogue.offered_models import context_of, first_model, offered
from webchat.services.catalogue.usable import Usable, usable
from webchat.services.errors import ModelUnknown
from webchat.storage.engine import Database
from webchat.storage.queries import listing, settings
from webchat.storage.queries.listing import Filters
from webchat.storage.queries.providers import find_named
from webchat.storage.secrets import Secrets
from webchat.storage.tables import ProviderSetting
from webchat.words.text import t

GUIDE_MODEL = "Guide:guide"
log = structlog.get_logger(__name__)

AUTO = "Auto"
AUTO_MODEL = "Auto:auto"
DEFAULT_MODEL = "default_model"
DEFAULT_CONTEXT = 32_768
"""Tokens a model holds if neither its provider nor the person says otherwise."""
CONTEXT = "context"
"""Key in a provider's options: the context size of its models in tokens, if the user set it."""
LATEST = 20
"""Conversations whose models count as recently used."""
LONGEST_MODEL_ID = 500
"""Maximum characters of `Provider:model`."""


IsAdministrator = Callable[[str], Awaitable[bool]]
"""Whether the person with this id is an administrator."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A provider ready to be asked, and the id of its row."""

    id: str
    provider: AsyncGeneratorProvider
    model: str = ""
    """The model that `Auto` uses."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that the user can choose. `id` is `Provider:model`."""

    id: str
    name: str
    provider: str
    context: int | None = None
    """Its context size in tokens, where known."""
    loaded: bool = False
    """Whether its server reports that it is in memory."""
    sees: bool = False
    """Whether its server reports that it takes pictures."""
    reasons: bool = False
    """Whether its server reports that it can think before it answers."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What can be sent to a model."""

    parameters: frozenset[str] = ALL_PARAMETERS
    """The names of the parameters that its provider sends."""
    takes_pictures: bool = True
    """Whether its provider can send pictures at all."""
    sees: bool = False
    """Whether its server reports that it takes pictures."""


def split_model(model_id: object) -> tuple[str, str]:
    """Split `Provider:model` into the names of the provider and the model.

    Raises:
        ModelUnknown: it does not have that form.
    """
    written = model_id if isinstance(model_id, str) else ""
    provider, _, model = written.partition(":")
    if not (provider and model and len(written) <= LONGEST_MODEL_ID):
        raise ModelUnknown(str(model_id)[:200])
    return provider, model


class Catalogue:
    """Lists models by provider and creates providers that are ready to use.

    Args:
        secrets: decrypts their keys and proxies.
        build: creates a provider of a kind.
        is_administrator: asked whenever a provider is created, because only the providers of administrators
            may be outside the internet.
        around: what applies where a provider has nothing of its own.
    """

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        build: Build,
        is_administrator: IsAdministrator,
        around: HostDefaults | None = None,
    ) -> None:
        self._database = database
        self.is_administrator = is_administrator
        self._builder = ProviderBuilder(secrets, build, around or HostDefaults())

    async def choices(self, owner_id: str) -> list[ModelChoice]:
        """Every model of the enabled providers, in the user's order."""
        return _choices((await self.usable(owner_id)).rows(enabled_only=True))

    async def is_connected(self, owner_id: str) -> bool:
        """Whether a provider with models is enabled, apart from the guide and the free services."""
        rows = (await self.usable(owner_id)).rows(enabled_only=True)
        return any(row.kind == OPENAI_COMPATIBLE and offered(row) for row in rows)

    async def current_id(self, owner_id: str, model_id: str) -> str:
        """The `Provider:model` with its provider's current name; anything else unchanged."""
        return _current_id((await self.usable(owner_id)).rows(), model_id)

    async def check_allowed(self, owner_id: str, model_id: object) -> str:
        """A `Provider:model` that the owner may use, as it was given.

        Raises:
            ModelUnknown: it does not have that form.
            ModelNotAllowed: administrators have not allowed members to use it.
        """
        provider, model = split_model(model_id)
        (await self.usable(owner_id)).check_allowed(provider, model)
        return f"{provider}:{model}"

    async def default_model(self, owner_id: str) -> str:
        """The model for a new conversation.

        The model set in Settings, else the last one used, else the first model of a provider the user added,
        else the guide. A free service is never chosen automatically, because its operator can read what is
        sent.
        """
        async with self._database.read() as session:
            chosen = await settings.get_value(session, owner_id, DEFAULT_MODEL)
            rows = (await usable(session, owner_id)).rows(enabled_only=True)
            latest = await listing.list_page(session, owner_id, Filters(), limit=1)
        used_last = [conversation.model for conversation in latest.conversations]
        available = {choice.id for choice in _choices(rows)}
        for wanted in (chosen, *used_last):
            current = _current_id(rows, wanted) if isinstance(wanted, str) else ""
            if current in available:
                return current
        own = ((row, first_model(row)) for row in rows if row.kind == OPENAI_COMPATIBLE)
        return next((f"{row.name}:{model.name}" for row, model in own if model), GUIDE_MODEL)

    async def recent(self, owner_id: str) -> list[str]:
        """The models of the latest conversations, the latest first."""
        async with self._database.read() as session:
            latest = await listing.list_page(session, owner_id, Filters(), limit=LATEST)
            rows = (await usable(session, owner_id)).rows(enabled_only=True)
        used = [conversation.model for conversation in latest.conversations]
        return list(dict.fromkeys(_current_id(rows, model) for model in used if model))

    async def usable(self, owner_id: str) -> Usable:
        """What somebody can use now."""
        async with self._database.read() as session:
            return await usable(session, owner_id)

    async def kind_of(self, owner_id: str, name: str) -> str | None:
        """The kind of the owner's provider that has or had this name; None if there is none."""
        row = (await self.usable(owner_id)).named(name)
        return row.kind if row else None

    async def open_provider(self, owner_id: str, name: str) -> AsyncGeneratorProvider:
        """As `open_one`, if nothing else is to be known."""
        return self.open_one(await self.usable(owner_id), name).provider

    def open_one(self, found: Usable, name: str) -> Opened:
        """The enabled provider that has or had this name, ready to use under its current name.

        Raises:
            ProviderError: there is none, it is turned off, or its key cannot be read.
        """
        row = found.named(name)
        if row is None:
            raise BadConfiguration(name, "removed")
        if not row.enabled:
            raise BadConfiguration(row.name, "off")
        return Opened(row.id, self._builder.build(row, trusted=found.trusts(row)))

    def open_all(self, found: Usable) -> list[Opened]:
        """Every enabled provider except the guide, with the model `Auto` uses, in the user's order.

        A provider that cannot be prepared, for example because its key cannot be read, is skipped.
        """
        opened: list[Opened] = []
        for row in found.rows(enabled_only=True):
            try:
                first = first_model(row) if row.kind != GUIDE else None
                if first is not None:
                    provider = self._builder.build(row, trusted=found.trusts(row))
                    opened.append(Opened(row.id, provider, first.name))
            except ProviderError as error:
                log.warning("a provider cannot be used", provider=row.name, reason=str(error))
            except Exception:
                # A problem with one provider must not keep the others from answering.
                log.exception("a provider could not be prepared", provider=row.name)
        return opened

    async def provider_of(self, row: ProviderSetting) -> AsyncGeneratorProvider:
        """The provider a row describes, with what its owner may do now; see `ProviderBuilder.build`."""
        return self._builder.build(row, trusted=await self.is_administrator(row.owner_id))

    def deadlines_of(self, row: ProviderSetting) -> Deadlines:
        """The timeouts of a provider: its own, else the host's."""
        return self._builder.deadlines_of(row)


def _choices(rows: Sequence[ProviderSetting]) -> list[ModelChoice]:
    choices = [
        ModelChoice(
            f"{row.name}:{model.name}",
            model.name,
            row.name,
            row.options.get(CONTEXT) or model.context,
            bool(model.loaded),
            model.sees,
            model.reasons,
        )
        for row in rows
        for model in offered(row)
    ]
    guides = {row.name for row in rows if row.kind == GUIDE}
    if len({choice.provider for choice in choices} - guides) > 1:
        choices.insert(0, ModelChoice(AUTO_MODEL, AUTO, t("The first provider that answers")))
    return choices


def _current_id(rows: Sequence[ProviderSetting], model_id: str) -> str:
    name, colon, model = model_id.partition(":")
    row = find_named(rows, name) if colon else None
    return f"{row.name}:{model}" if row else model_id


def context_size(found: Usable, name: str, model: str) -> int:
    """The context size of a provider's model in tokens; for `Auto` the smallest of its candidates.

    The user's setting takes precedence, then what the provider reports, then `DEFAULT_CONTEXT`.
    """
    rows = found.rows(enabled_only=True)
    if name != AUTO:
        row = find_named(rows, name)
        return _context(row, model) if row else DEFAULT_CONTEXT
    asked = ((row, first_model(row)) for row in rows if row.kind != GUIDE)
    return min((_context(row, first.name) for row, first in asked if first), default=DEFAULT_CONTEXT)


def abilities_of(found: Usable, name: str, model: str) -> Abilities:
    """What can be sent to a provider's model; to `Auto`, anything, because its providers differ."""
    row = found.named(name)
    if row is None or row.kind not in KINDS:
        return Abilities()
    kind = KINDS[row.kind]
    sees = any(each.name == model and each.sees for each in offered(row))
    return Abilities(kind.parameters_sent, kind.takes_pictures, sees)


def _context(row: ProviderSetting, model: str) -> int:
    return int(row.options.get(CONTEXT) or context_of(row, model) or DEFAULT_CONTEXT)
