from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.services.accounts.openid_site import admission, issuer, site
from webchat.services.accounts import Accounts
from webchat.storage.engine import Database
from webchat.storage.sqlite import sqlite_url

__all__ = ["admission", "issuer", "site"]


@pytest.fixture
async def database(folder: Path) -> AsyncIterator[Database]:
    database = Database(sqlite_url(folder / "webchat.db"))
    yield database
    await database.close()


@pytest.fixture
async def accounts(database: Database) -> AsyncIterator[Accounts]:
    """Accounts of a server on loopback, before anybody has made one."""
    accounts = Accounts(database)
    await accounts.open()
    yield accounts
    await accounts.close()
