"""The five free services behind the real server, told where they are by its environment alone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.server.reading import events, read, stop, stored
from tests.running_app import RunningApp
from tests.tab import CHAT, Tab
from tests.upstreams.services import ServiceUrls, services_process
from webchat.providers.registry import FREE_SERVICES

pytestmark = pytest.mark.network

MODELS = {service.kind: service().models[0] for service in FREE_SERVICES}
HEARD = {name: f"{name} heard: " for name in MODELS} | {"FlowGpt": f"FlowGpt ({MODELS['FlowGpt']}) heard: "}
AUTO = "Auto:auto"
QUOTA_WORDS = "当前地区当日额度已消耗完"


@pytest.fixture(scope="module")
def services() -> Iterator[ServiceUrls]:
    with services_process() as services:
        yield services


@pytest.fixture(scope="module")
def app(built: None, services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """One webchat in front of the five services; the tests of this module run in their order."""
    with RunningApp(tmp_path_factory.mktemp("services") / "data", services.environment()) as running:
        yield running


@pytest.fixture(autouse=True)
def _well(services: ServiceUrls) -> Iterator[None]:
    """Every test finds the services well and leaves them so."""
    yield
    services.call("POST", "fault", name="")
    services.call("POST", "forget")


async def ask(tab: Tab, model: str, text: str = "Hello") -> str:
    """Send with a model; returns the id of the answer."""
    if tab.state.get("model") != model:
        await tab.choose_model(model)
    return await tab.send(text)


async def refreshed(tab: Tab, message_id: str) -> dict[str, Any]:
    """The row of an answer that has ended, as the page gets it when it asks anew."""
    await tab._emit(f"{CHAT}.refresh_message", message_id=message_id)
    while tab.state["messages"][-1]["status"] == "streaming":
        await tab._receive()
    row: dict[str, Any] = tab.state["messages"][-1]
    return row


def tried(app: RunningApp, message_id: str) -> list[tuple[str, str, str | None, str | None]]:
    """Provider, model, error code and the service's words of each attempt at an answer."""
    with closing(sqlite3.connect(app.data_dir / "webchat.db")) as database:
        return database.execute(
            "SELECT attempt.provider, attempt.model, attempt.error_code,"
            " CASE WHEN attempt.error_code IS NOT NULL"
            " THEN coalesce(json_extract(attempt.error_arguments, '$.service_words'), '') END FROM attempt"
            " JOIN generation ON generation.id = attempt.generation_id"
            " WHERE generation.message_id = ? ORDER BY attempt.number",
            (message_id,),
        ).fetchall()


def answered_by(app: RunningApp, message_id: str) -> str:
    with closing(sqlite3.connect(app.data_dir / "webchat.db")) as database:
        found = database.execute("SELECT model FROM message WHERE id = ?", (message_id,)).fetchone()
    return str(found[0])


def requests(services: ServiceUrls, service: str, method: str = "POST") -> list[str]:
    """What became of each request to a service: its fault or refusal, empty if it was answered."""
    seen = services.call("GET", "requests", service=service)[service]
    return [str(each["refused"] or each["fault"]) for each in seen if each["method"] == method]


@pytest.mark.parametrize("service", MODELS)
async def test_an_answer_from_each(app: RunningApp, client: httpx.AsyncClient, service: str) -> None:
    async with Tab(app.url) as tab:
        message_id = await ask(tab, f"{service}:{MODELS[service]}", "Grüße 👋, wie geht's?")
        _, text = await read(client, message_id)

    assert text.startswith(HEARD[service])
    assert "Grüße 👋, wie geht's?" in text
    assert stored(app, message_id) == ("complete", "", text)
    assert answered_by(app, message_id) == f"{service}:{MODELS[service]}"
    assert tried(app, message_id) == [(service, MODELS[service], None, None)]


async def test_all_five_at_once(app: RunningApp, client: httpx.AsyncClient) -> None:
    async def one(service: str, number: int) -> bool:
        async with Tab(app.url) as tab:
            message_id = await ask(tab, f"{service}:{MODELS[service]}", f"This is number {number}.")
            _, text = await read(client, message_id)
        return text.startswith(HEARD[service]) and f"This is number {number}." in text

    wanted = [(service, number) for service in MODELS for number in range(4)]
    assert all(await asyncio.gather(*(one(*each) for each in wanted)))


@pytest.mark.parametrize("service", ["ChatgptFree", "ChatGptt"])
async def test_a_stale_nonce_is_healed_unseen(
    app: RunningApp, client: httpx.AsyncClient, services: ServiceUrls, service: str
) -> None:
    async with Tab(app.url) as tab:
        await read(client, await ask(tab, f"{service}:{MODELS[service]}", "First"))
        services.call("POST", "forget")
        services.call("POST", "expire", service=service)
        message_id = await ask(tab, f"{service}:{MODELS[service]}", "Second")
        _, text = await read(client, message_id)

    assert text.startswith(HEARD[service])
    assert stored(app, message_id)[0] == "complete"
    assert tried(app, message_id) == [(service, MODELS[service], None, None)]
    assert requests(services, service) == ["nonce", ""]
    assert len(requests(services, service, "GET")) == 1


async def test_a_quota_in_a_200_falls_over_to_the_next(
    app: RunningApp, client: httpx.AsyncClient, services: ServiceUrls
) -> None:
    services.set_fault("FreeGpt", "quota-suffix")
    services.set_fault("AIChatFree", "quota-in-200")
    async with Tab(app.url) as tab:
        message_id = await ask(tab, AUTO)
        _, text = await read(client, message_id)
        shown = await refreshed(tab, message_id)

    assert text.startswith("ChatgptFree heard: ")
    first, second, third = tried(app, message_id)
    assert first[:3] == ("FreeGpt", MODELS["FreeGpt"], "quota_exceeded")
    assert str(first[3]).startswith(QUOTA_WORDS)
    assert second[:3] == ("AIChatFree", MODELS["AIChatFree"], "quota_exceeded")
    assert third == ("ChatgptFree", MODELS["ChatgptFree"], None, None)
    assert shown["model"] == answered_by(app, message_id) == f"ChatgptFree:{MODELS['ChatgptFree']}"


async def test_while_it_falls_over_readers_are_told(
    app: RunningApp, client: httpx.AsyncClient, services: ServiceUrls
) -> None:
    services.set_fault("FreeGpt", "quota-in-200")
    services.set_fault("AIChatFree", "hang-before")
    async with Tab(app.url) as tab:
        message_id = await ask(tab, AUTO)
        notes = [note async for note in notes_until(client, message_id, "AIChatFree")]
        await stop(tab)

    assert notes[-1] == "FreeGpt did not answer. Trying AIChatFree…"
    assert stored(app, message_id) == ("stopped", "", "")
    assert [each[2] for each in tried(app, message_id)] == ["quota_exceeded", None]


async def notes_until(client: httpx.AsyncClient, message_id: str, words: str) -> AsyncIterator[str]:
    """The notes of an answer, up to one with these words."""
    async for event in events(client, message_id):
        if event.name == "note":
            yield event.words
            if words in event.words:
                return


async def test_if_all_fail_the_answer_names_all(
    app: RunningApp, client: httpx.AsyncClient, services: ServiceUrls
) -> None:
    services.call("POST", "fault", name="unauthorised-401")
    async with Tab(app.url) as tab:
        message_id = await ask(tab, AUTO)
        assert await read(client, message_id) == ("", "")
        shown = await refreshed(tab, message_id)

    assert shown["error_text"].startswith("All 5 available providers failed.")
    assert all(name in shown["error_text"] for name in MODELS)
    assert [each[0] for each in tried(app, message_id)] == list(MODELS)


async def test_a_dropped_connection_is_tried_again_unseen(
    app: RunningApp, client: httpx.AsyncClient, services: ServiceUrls
) -> None:
    services.set_fault("FreeGpt", "cut-before", times=2)
    async with Tab(app.url) as tab:
        message_id = await ask(tab, f"FreeGpt:{MODELS['FreeGpt']}")
        _, text = await read(client, message_id)

    assert text == "FreeGpt heard: Hello"
    assert [each[2] for each in tried(app, message_id)] == ["connection_failed", "connection_failed", None]


async def test_a_cut_in_mid_answer_is_kept_and_nobody_else_asked(
    app: RunningApp, client: httpx.AsyncClient, services: ServiceUrls
) -> None:
    services.set_fault("FreeGpt", "cut-after")
    async with Tab(app.url) as tab:
        message_id = await ask(tab, AUTO)
        _, text = await read(client, message_id)

    assert text == "The beginning of "
    assert stored(app, message_id)[0] == "error"
    assert [each[:3] for each in tried(app, message_id)] == [
        ("FreeGpt", MODELS["FreeGpt"], "truncated_answer")
    ]


async def test_the_proxy_of_the_environment_is_used(
    built: None, services: ServiceUrls, tmp_path: Path
) -> None:
    env = {"WEBCHAT_PROXY": services.urls["FreeGpt"], "WEBCHAT_FREEGPT_BASE_URL": "http://freegpt.invalid"}
    with RunningApp(tmp_path / "data", env) as app:
        async with httpx.AsyncClient(base_url=app.url, timeout=30) as client, Tab(app.url) as tab:
            message_id = await ask(tab, f"FreeGpt:{MODELS['FreeGpt']}", "Through the proxy")

            # The name cannot be looked up: whoever answered stands at the proxy's address.
            assert await read(client, message_id) == ("", "FreeGpt heard: Through the proxy")
    assert requests(services, "FreeGpt") == [""]
