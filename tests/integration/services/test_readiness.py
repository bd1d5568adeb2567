"""When a server is ready, and what the probes say before, during and after that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.empty_database import make_empty_database
from webchat.http.probes import Probes
from webchat.services.readiness import Readiness
from webchat.services.runtime import install
from webchat.storage.engine import Database
from webchat.storage.sqlite import sqlite_url


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    yield sqlite_url(make_empty_database(tmp_path))
    install(None)


async def readyz() -> int:
    transport = httpx.ASGITransport(Probes(Starlette()))
    async with httpx.AsyncClient(transport=transport, base_url="http://watched") as client:
        return (await client.get("/readyz")).status_code


async def test_ready_from_the_start_of_the_services_to_their_end(url: str) -> None:
    database = Database(url)
    services: Any = SimpleNamespace(readiness=Readiness(database), metrics=None)

    assert await readyz() == 503
    install(services)
    assert await readyz() == 200
    services.readiness.stop()
    assert await readyz() == 503
    await database.close()


async def test_not_ready_without_a_database_that_answers(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database at all" * 1000)
    database = Database(sqlite_url(tmp_path / "broken.db"))

    assert not await Readiness(database).is_ready()
    await database.close()
