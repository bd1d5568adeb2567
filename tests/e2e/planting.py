"""Puts conversations into a database, before webchat starts on it or while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from tests.e2e.upstream import HASTY, PROVIDER
from tests.upstreams.openai import LISTED, SEES
from webchat.messages import Role
from webchat.services.catalogue.builder import DEADLINES, OPENAI_COMPATIBLE
from webchat.storage.engine import Database
from webchat.storage.ids import new_id
from webchat.storage.location import DATABASE_FILE
from webchat.storage.migrations import upgrade
from webchat.storage.queries import messages, providers, users
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import Conversation
from webchat.storage.types import utc_now


@dataclass(frozen=True)
class Planted:
    """A conversation: `turns` are alternately the person's words and an answer's."""

    title: str
    model: str = "echo"
    turns: Sequence[str] = ()
    age: timedelta = timedelta()
    id: str = ""
    provider: str = PROVIDER

    @property
    def path(self) -> str:
        """Where it is shown."""
        return f"/c/{self.id}"


def conversation(
    title: str,
    model: str = "echo",
    turns: Sequence[str] = (),
    age: timedelta = timedelta(),
    provider: str = PROVIDER,
) -> Planted:
    """A conversation to plant, with an id by which a test finds it."""
    return Planted(title, model, tuple(turns), age, new_id(), provider)


def plant(data_dir: Path, upstream_url: str, planted: Sequence[Planted]) -> None:
    """Make the database with the providers `Loop` and `Hasty` at `upstream_url` and these conversations."""
    data_dir.mkdir(parents=True, mode=0o700)
    upgrade(sqlite_url(data_dir / DATABASE_FILE))
    asyncio.run(_plant(data_dir, planted, upstream_url))


def plant_more(data_dir: Path, planted: Sequence[Planted]) -> None:
    """Put conversations into the database of a running webchat, as those used last."""
    if planted:
        asyncio.run(_plant(data_dir, planted))


async def plant_provider(data_dir: Path, name: str, url: str) -> None:
    """Add an OpenAI-compatible provider to a running webchat, without any models to choose from."""
    database = Database(sqlite_url(data_dir / DATABASE_FILE))
    try:
        async with database.write() as session:
            owner = await users.ensure_local_owner(session, "You")
            await providers.add(session, owner.id, kind=OPENAI_COMPATIBLE, name=name, base_url=url)
    finally:
        await database.close()


async def _plant(data_dir: Path, planted: Sequence[Planted], upstream_url: str = "") -> None:
    database = Database(sqlite_url(data_dir / DATABASE_FILE))
    try:
        async with database.write() as session:
            owner = await users.ensure_local_owner(session, "You")
            if upstream_url:
                await _add_providers(session, owner.id, upstream_url)
            for one in planted:
                await _add(session, owner.id, one)
    finally:
        await database.close()


async def _add_providers(session: AsyncSession, owner_id: str, upstream_url: str) -> None:
    guide = await providers.add(session, owner_id, kind="Guide", name="Guide")
    await providers.set_models(session, owner_id, guide.id, ["guide"], utc_now())
    for name, options in ((PROVIDER, {}), (HASTY, {DEADLINES: {"first_text": 1.0}})):
        row = await providers.add(
            session, owner_id, kind=OPENAI_COMPATIBLE, name=name, base_url=upstream_url, options=options
        )
        models, facts = (LISTED, {SEES: {"sees": True}}) if name == PROVIDER else ([], {})
        await providers.set_models(session, owner_id, row.id, models, utc_now(), facts)


async def _add(session: AsyncSession, owner_id: str, planted: Planted) -> None:
    model = f"{planted.provider}:{planted.model}"
    moment = utc_now() - planted.age
    row = Conversation(
        id=planted.id,
        owner_id=owner_id,
        title=planted.title,
        model=model,
        created_at=moment,
        updated_at=moment,
    )
    session.add(row)
    await session.flush()
    parent = None
    for number, words in enumerate(planted.turns):
        role = Role.ASSISTANT if number % 2 else Role.USER
        parent = messages.below(row, parent, role=role, content=words, now=moment)
        parent.model = model if role is Role.ASSISTANT else None
        session.add(parent)
        await session.flush()
    row.current_leaf_id = parent.id if parent else None
