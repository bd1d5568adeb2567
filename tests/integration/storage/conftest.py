import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from webchat.storage.engine import Database
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import User


@pytest.fixture
async def db(tmp_path: Path, empty_database: Path) -> AsyncIterator[Database]:
    path = tmp_path / "webchat.db"
    shutil.copy(empty_database, path)
    database = Database(sqlite_url(path))
    yield database
    await database.close()


@pytest.fixture
async def owner(db: Database) -> str:
    return await add_user(db, "Ann")


@pytest.fixture
async def stranger(db: Database) -> str:
    return await add_user(db, "Bob")


async def add_user(db: Database, name: str) -> str:
    async with db.write() as session:
        user = User(name=name)
        session.add(user)
        await session.flush()
    return user.id
