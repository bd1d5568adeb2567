"""Opening the services: what was opened is closed when a later step fails, what repeats itself is begun."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tests.empty_database import make_empty_database
from webchat.services import purge
from webchat.services.catalogue.providers import Providers
from webchat.services.opening import services_lifespan
from webchat.services.purge import Purge
from webchat.services.runtime import services
from webchat.settings import load_settings, use_settings


async def test_a_step_that_fails_closes_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(data_dir=tmp_path)
    make_empty_database(settings.data_dir)
    use_settings(settings)
    before = set(threading.enumerate())

    async def fail(_providers: Providers, _owner_id: str) -> None:
        assert set(threading.enumerate()) - before  # the database's connections
        raise RuntimeError("a disk that is full")

    monkeypatch.setattr(Providers, "open", fail)
    try:
        with pytest.raises(RuntimeError, match="a disk that is full"):
            async with services_lifespan():
                pytest.fail("it opened")
    finally:
        use_settings(None)

    left = [each for each in set(threading.enumerate()) - before if each.name.startswith("Thread")]
    for each in left:
        each.join(20)  # it ends soon after its connection is closed, and never without
    assert [each for each in left if each.is_alive()] == []
    with pytest.raises(RuntimeError, match="not running"):
        services()


async def test_what_was_deleted_long_ago_is_removed_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(data_dir=tmp_path, find_local_servers=False)
    make_empty_database(settings.data_dir)
    use_settings(settings)
    began = asyncio.Event()

    async def note(_purge: Purge) -> None:
        began.set()

    monkeypatch.setattr(purge, "FIRST", 0.0)
    monkeypatch.setattr(Purge, "round", note)
    try:
        async with services_lifespan(), asyncio.timeout(20):
            await began.wait()
    finally:
        use_settings(None)
