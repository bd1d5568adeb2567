"""Puts conversations into a database before webchat starts on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from tests.e2e.upstream import PROVIDER
from tests.upstreams.openai import LISTED
from webchat.messages import Role
from webchat.settings import DATABASE_FILE
from webchat.storage.engine import Database
from webchat.storage.ids import new_id
from webchat.storage.migrations import upgrade
from webchat.storage.queries import messages, providers, users
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import Conversation
from webchat.storage.types import fold, utc_now


@dataclass(frozen=True)
class Planted:
    """A conversation: `turns` are alternately the person's words and an answer's."""

    title: str
    model: str = "echo"
    turns: Sequence[str] = ()
    age: timedelta = timedelta()
    id: str = ""

    @property
    def path(self) -> str:
        """Where it is shown."""
        return f"/c/{self.id}"


def conversation(
    title: str, model: str = "echo", turns: Sequence[str] = (), age: timedelta = timedelta()
) -> Planted:
    """A conversation to plant, with an id by which a test finds it."""
    return Planted(title, model, tuple(turns), age, new_id())


def plant(data_dir: Path, upstream_url: str, planted: Sequence[Planted]) -> None:
    """Make the database with the provider `Loop` at `upstream_url` and these conversations."""
    data_dir.mkdir(parents=True, mode=0o700)
    upgrade(sqlite_url(data_dir / DATABASE_FILE))
    asyncio.run(_plant(data_dir, upstream_url, planted))


async def _plant(data_dir: Path, upstream_url: str, planted: Sequence[Planted]) -> None:
    database = Database(sqlite_url(data_dir / DATABASE_FILE))
    try:
        async with database.write() as session:
            owner = await users.ensure_local_owner(session, "You")
            guide = await providers.add(session, owner.id, kind="Guide", name="Guide")
            await providers.set_models(session, owner.id, guide.id, ["guide"], utc_now())
            loop = await providers.add(
                session, owner.id, kind="OpenAICompatible", name=PROVIDER, base_url=upstream_url
            )
            await providers.set_models(session, owner.id, loop.id, LISTED, utc_now())
            for one in planted:
                await _add(session, owner.id, one)
    finally:
        await database.close()


async def _add(session: AsyncSession, owner_id: str, planted: Planted) -> None:
    model = f"{PROVIDER}:{planted.model}"
    moment = utc_now() - planted.age
    row = Conversation(
        id=planted.id,
        owner_id=owner_id,
        title=planted.title,
        title_folded=fold(planted.title),
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
