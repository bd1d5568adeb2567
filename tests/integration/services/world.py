"""All services over a real database, with scripted providers in place of the network."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

from tests.integration.services.scripted import Scripted, saying
from tests.search_rows import check_search, snapshot
from tests.streaming_rows import STREAMING, check_streaming
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.discovery import FoundServer
from webchat.providers.failover import Failover
from webchat.providers.health import Health
from webchat.services.catalogue.details import Details
from webchat.services.catalogue.host_defaults import EnvironmentProvider
from webchat.services.catalogue.providers import BuiltIn
from webchat.services.chat.recording import Sent
from webchat.services.chat.sending import Draft
from webchat.services.chat.summaries import Summary
from webchat.services.wiring import wire
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.ids import new_id
from webchat.storage.queries import generations as generation_queries
from webchat.storage.queries import messages as message_queries
from webchat.storage.queries import providers as provider_queries
from webchat.storage.queries.attempts import list_attempts
from webchat.storage.secrets import Secrets, open_secrets
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import Attempt, Generation, Message, User
from webchat.storage.types import MessageStatus, utc_now

MODEL = "Fake:m"


class World:
    """One webchat without its pages. `scripts` maps a provider's name to what it plays."""

    limits_rates = False
    """Whether it limits how often something may be done; tests send faster than people."""

    def __init__(
        self,
        folder: Path,
        environment: EnvironmentProvider | None = None,
        built_in: Sequence[BuiltIn] = (),
    ) -> None:
        self.folder = folder
        self.database = Database(sqlite_url(folder / "webchat.db"))
        self.box: Secrets = open_secrets(folder)
        self.scripts: dict[str, Scripted] = {}
        self.built: list[dict[str, Any]] = []
        """What each provider was built with, in order."""
        self.servers: list[FoundServer] = []
        """What a search on this machine finds."""
        self.waits: list[float] = []
        """How long each retry waited, in seconds; none waits really."""
        # What the environment of the tests says does not matter.
        settings = Settings.model_construct(
            data_dir=folder,
            rate_limits=self.limits_rates,
            write_titles=False,
            openai_base_url=environment.base_url if environment else None,
            openai_api_key=SecretStr(environment.api_key) if environment and environment.api_key else None,
        )
        wired = wire(
            settings,
            self.database,
            self.box,
            failover=Failover(Health(), sleep=self._wait, jitter=lambda: 1.0),
            build=self._build,
            find_servers=self._find,
            built_in=built_in,
            sent_wait=0.2,
        )
        self.services, self.generations = wired.services, wired.generations
        self.answer_start = wired.answer_start
        # Most tests look at one answer alone: nothing follows it unless they ask (`send_what_waits`).
        self.after_answer, self.generations.after_answer = self.generations.after_answer, None
        self.generations.on_running_changed = lambda owner_id: None
        self.unsaved = False
        """Set by a test whose database refuses until the server stops: the next start ends its answers."""
        self.owner = ""
        self.stranger = ""

    def _build(self, kind: str, **options: Any) -> AsyncGeneratorProvider:
        self.built.append({"kind": kind, **options})
        name = options.get("name", kind)
        provider = self.scripts.get(name) or saying("Hello", " there.")
        provider.name = name
        return provider

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)

    async def _find(self) -> list[FoundServer]:
        return list(self.servers)

    async def open_again(self) -> None:
        """Do what the server does when it starts."""
        self.owner = (await self.services.accounts.open()).id
        await self.generations.open()
        await self.services.providers.open(self.owner)

    async def open(self) -> None:
        """Start for the first time, with a stranger in the database and the provider `Fake`."""
        await self.open_again()
        async with self.database.write() as session:
            stranger = User(name="Bob")
            session.add(stranger)
            await session.flush()
        self.stranger = stranger.id
        await self.add_provider("Fake", ["m", "other"])

    async def close(self) -> None:
        """Do what the server does when it stops, without waiting for answers."""
        try:
            await self.answer_start.close()
            await self.check_answers()
        finally:
            await self.generations.close(grace=0)
            await self.services.shared_copies.close()
            await self.services.exports.close()
            await self.services.imports.close()
            await self.services.files.close()
            await self.database.close()
        await asyncio.to_thread(self._check_rows)

    def _check_rows(self) -> None:
        """Fail if a message is being written after the stop, or the search index differs from the rows."""
        with snapshot(self.database.path) as connection:
            if not self.unsaved:
                check_streaming([id for (id,) in connection.execute(STREAMING)])
            check_search(connection)

    async def check_answers(self) -> None:
        """Fail if a message is being written that the hub does not write."""
        if not self.unsaved:
            async with self.database.write() as session:  # so that none is just being started or ended
                found = (await session.execute(text(STREAMING))).scalars().all()
                check_streaming(found, self.generations.running())

    async def add_provider(
        self,
        name: str,
        models: list[str],
        script: Scripted | None = None,
        url: str = "http://127.0.0.1:9/v1",
    ) -> str:
        """Add an enabled provider whose models are known; returns its id."""
        details = Details(name, url)
        provider_id = await self.services.providers.save(self.owner, None, details)
        async with self.database.write() as session:
            await provider_queries.set_models(session, self.owner, provider_id, models, utc_now())
        if script is not None:
            self.scripts[name] = script
        return provider_id

    async def send(self, text: str = "Hello", **draft: Any) -> Sent:
        """Send as the owner; a new conversation with `Fake:m` unless told otherwise."""
        owner_id = draft.pop("owner_id", self.owner)
        values = {"client_id": new_id(), "conversation_id": None, "model": MODEL} | draft
        return await self.services.sending.send(owner_id, Draft(text=text, **values))

    async def listed(self) -> list[Summary]:
        """The owner's conversations, newest first."""
        return (await self.services.conversations.page(self.owner, "", "", 500)).items

    async def ended(self, message_id: str) -> Message:
        """Wait until an answer is not being written any more and return its row."""
        live = await self.generations.find(self.owner, message_id)
        if live is not None:
            async for _ in live.follow(live.position, interval=lambda: 0):
                pass
        return await self.message(message_id)

    async def asked(self, text: str = "Hello", **draft: Any) -> Message:
        """Send, wait for the end, and return the answer's row."""
        return await self.ended(answer_id(await self.send(text, **draft)))

    async def message(self, message_id: str) -> Message:
        async with self.database.read() as session:
            found = await message_queries.get(session, self.owner, message_id)
        assert found is not None
        return found

    async def generation(self, message_id: str) -> Generation:
        async with self.database.read() as session:
            found = await generation_queries.get_by_message(session, self.owner, message_id)
        assert found is not None
        return found

    async def attempts(self, message_id: str) -> list[Attempt]:
        message = await self.message(message_id)
        async with self.database.read() as session:
            found = await list_attempts(session, self.owner, message.conversation_id)
        generation = await self.generation(message_id)
        return [attempt for attempt in found if attempt.generation_id == generation.id]

    async def no_row_streams(self) -> bool:
        """Whether no message of the owner's recent conversations is being written."""
        recent = (await self.services.conversations.page(self.owner, "", "", 100)).items
        shown = [await self.services.conversations.open(self.owner, item.id, 100) for item in recent]
        statuses = [item.message.status for one in shown for item in one.window.items]
        return MessageStatus.STREAMING not in statuses


@asynccontextmanager
async def copy_of_opened(
    kind: type[World], folder: Path, opened_once: tuple[Path, str]
) -> AsyncIterator[World]:
    """A world of a kind over a copy of what `World.open` has left once, with the id of its stranger."""
    template, stranger = opened_once
    shutil.copytree(template, folder, dirs_exist_ok=True)
    world = kind(folder)
    await world.open_again()
    world.stranger = stranger
    yield world
    await world.close()


def answer_id(sent: Sent) -> str:
    """The id of the answer of a send."""
    return sent.messages[-1].message.id


def answer_tasks() -> list[asyncio.Task[Any]]:
    """The tasks of running answers."""
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("answer ")]
