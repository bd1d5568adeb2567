"""What `webchat doctor` says of the providers, against a real loopback service."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.running_app import free_port
from tests.upstreams.openai import OpenAIUpstream
from webchat.hosting.findings import Finding, Verdict
from webchat.hosting.providers_check import examine_providers
from webchat.settings import Settings, load_settings
from webchat.storage.engine import Database
from webchat.storage.queries import providers, users
from webchat.storage.queries.providers import PROXY
from webchat.storage.secrets import open_secrets
from webchat.storage.types import Origin, utc_now

pytestmark = pytest.mark.network


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings = load_settings(data_dir=tmp_path)
    shutil.copy(empty_database, tmp_path)
    return settings


async def add(
    settings: Settings,
    name: str,
    url: str,
    secret: str | None = None,
    origin: Origin = Origin.PERSON,
    proxy: str | None = None,
    **options: Any,
) -> None:
    database = Database(settings.database)
    async with database.write() as session:
        owner = await users.ensure_local_owner(session)
        box = open_secrets(settings.data_dir)
        await providers.add(
            session,
            owner.id,
            kind="OpenAICompatible",
            name=name,
            base_url=url,
            secret=box.encrypt(secret) if secret else None,
            options=options | ({PROXY: box.encrypt(proxy)} if proxy else {}),
            origin=origin,
        )
    await database.close()


def verdicts(findings: list[Finding]) -> list[Verdict]:
    return [finding.verdict for finding in findings]


async def test_without_providers_there_is_nothing_to_say(settings: Settings) -> None:
    assert await examine_providers(settings) == []


async def test_a_provider_that_answers_with_its_stored_key_is_good(settings: Settings) -> None:
    async with OpenAIUpstream(api_key="the-key") as upstream:
        await add(settings, "Mine", upstream.url, "the-key")
        (finding,) = await examine_providers(settings)

    assert finding.verdict is Verdict.GOOD
    assert finding.words.startswith("Mine: ")
    assert "the-key" not in finding.line()


async def test_a_wrong_key_and_a_dead_address_are_faults(settings: Settings) -> None:
    async with OpenAIUpstream(api_key="the-key") as upstream:
        await add(settings, "Wrong", upstream.url, "canary-key")
        await add(settings, "Dead", f"http://127.0.0.1:{free_port()}")
        findings = await examine_providers(settings)

    assert verdicts(findings) == [Verdict.FAULT, Verdict.FAULT]
    assert "Wrong" in findings[0].words
    assert "Dead" in findings[1].words
    assert "canary" not in "".join(finding.line() for finding in findings)


async def test_a_local_server_that_was_found_and_is_off_is_no_fault(settings: Settings) -> None:
    await add(settings, "Ollama", f"http://127.0.0.1:{free_port()}", origin=Origin.FOUND)

    assert verdicts(await examine_providers(settings)) == [Verdict.NOTE]


async def test_unreadable_key_is_a_fault_of_its_provider_only(settings: Settings) -> None:
    async with OpenAIUpstream() as upstream:
        await add(settings, "Locked", upstream.url, "the-key")
        await add(settings, "Open", upstream.url)
        (settings.data_dir / "secret.key").unlink()
        findings = await examine_providers(settings)

    assert verdicts(findings) == [Verdict.FAULT, Verdict.GOOD]
    assert "Locked" in findings[0].words


async def test_the_provider_of_the_environment_is_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OpenAIUpstream(api_key="the-key") as upstream:
        monkeypatch.setenv("OPENAI_BASE_URL", upstream.url)
        monkeypatch.setenv("OPENAI_API_KEY", "the-key")
        findings = await examine_providers(load_settings(data_dir=settings.data_dir))

    assert verdicts(findings) == [Verdict.GOOD]


async def test_a_provider_that_was_removed_is_not_asked(settings: Settings) -> None:
    await add(settings, "Gone", f"http://127.0.0.1:{free_port()}")
    database = Database(settings.database)
    async with database.write() as session:
        owner = await users.ensure_local_owner(session)
        (row,) = await providers.list_all(session, owner.id)
        await providers.mark_removed(session, owner.id, row.id, utc_now())
    await database.close()

    assert await examine_providers(settings) == []


async def test_a_provider_behind_a_proxy_is_asked_through_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OpenAIUpstream() as upstream:  # which answers what it is asked for as a proxy, too
        await add(settings, "Own", "http://service.test/v1", proxy=upstream.origin)
        await add(settings, "Dead", upstream.url, proxy=f"http://canary:pw@127.0.0.1:{free_port()}")
        assert verdicts(await examine_providers(settings)) == [Verdict.GOOD, Verdict.FAULT]
        monkeypatch.setenv("WEBCHAT_PROXY", upstream.origin)
        monkeypatch.setenv("OPENAI_BASE_URL", "http://another.test/v1")
        await add(settings, "The host's", "http://service.test/v1")
        findings = await examine_providers(load_settings(data_dir=settings.data_dir))

    said = "".join(finding.line() for finding in findings)
    assert [finding.words.partition(":")[0] for finding in findings if not finding.is_fault] == [
        "OPENAI_BASE_URL",
        "Own",
        "The host's",
    ]
    assert "proxy" in said
    assert "canary" not in said


async def test_a_proxy_that_cannot_be_read_is_a_fault(settings: Settings) -> None:
    await add(settings, "Locked", f"http://127.0.0.1:{free_port()}", proxy="http://127.0.0.1:1")
    (settings.data_dir / "secret.key").unlink()
    (finding,) = await examine_providers(settings)

    assert finding.verdict is Verdict.FAULT
    assert "proxy of Locked cannot be read" in finding.words


async def test_environment_provider_is_checked_through_its_proxy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OpenAIUpstream() as upstream:
        url = "http://service.test/v1"
        await add(settings, "service.test", url, origin=Origin.ENVIRONMENT, proxy=upstream.origin)
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        findings = await examine_providers(load_settings(data_dir=settings.data_dir))

    assert verdicts(findings) == [Verdict.GOOD]


async def test_a_key_of_the_environment_alone_is_that_of_openai(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-key")
    monkeypatch.setenv("WEBCHAT_PROXY", f"http://127.0.0.1:{free_port()}")
    (finding,) = await examine_providers(load_settings(data_dir=settings.data_dir))

    assert finding.verdict is Verdict.FAULT
    assert "OPENAI_API_KEY" in finding.words
    assert "canary" not in finding.words


async def test_a_provider_has_as_long_as_its_settings_say(settings: Settings) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(say_nothing, "127.0.0.1", port):
        await add(settings, "Hasty", f"http://127.0.0.1:{port}", deadlines={"first_text": 0.3})
        began = time.monotonic()
        findings = await examine_providers(settings)

    assert verdicts(findings) == [Verdict.FAULT]
    assert time.monotonic() - began < 5
