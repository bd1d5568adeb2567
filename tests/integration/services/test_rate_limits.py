"""What is refused for a while is not lost, is counted once, and is done as soon as there is room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.world import MODEL, World, answer_id
from tests.integration.state.conftest import page
from tests.integration.state.page import Page, serving
from tests.integration.state.sharing import form, published
from webchat.http import export, imports
from webchat.http.share import share_routes
from webchat.services import rate_limits
from webchat.services.chat.sending import Draft
from webchat.services.errors import TooOften
from webchat.services.rate_limits import Action
from webchat.state.chat import ChatState
from webchat.state.notice import NoticeState
from webchat.state.providers import ProvidersState
from webchat.state.share import ShareState
from webchat.storage.ids import new_id

__all__ = ["page"]


class Limited(World):
    limits_rates = True


@pytest.fixture
async def world(
    folder: Path, opened_once: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr(rate_limits, "LIMITS", dict.fromkeys(Action, "2/hour"))
    world = Limited(folder)
    await world.open()
    yield world
    await world.close()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    routes = [*export.routes, *imports.routes, *share_routes(None)]
    with serving(world):
        transport = httpx.ASGITransport(Starlette(routes=routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
            yield client


async def use_up(world: World) -> None:
    for _ in range(2):
        await world.asked()


async def test_a_repeated_send_is_neither_counted_nor_refused(world: World) -> None:
    draft = Draft("Hello", new_id(), None, MODEL)
    first = await world.services.sending.send(world.owner, draft)
    for _ in range(10):
        assert (await world.services.sending.send(world.owner, draft)).messages[0].message.id == (
            first.messages[0].message.id
        )
    await world.ended(answer_id(first))
    await world.asked()
    with pytest.raises(TooOften):
        await world.send()
    assert answer_id(await world.services.sending.send(world.owner, draft)) == answer_id(first)


async def test_a_refused_send_leaves_nothing_behind(world: World) -> None:
    await use_up(world)
    with pytest.raises(TooOften, match="nothing is lost"):
        await world.send("Too much")
    assert len(await world.listed()) == 2
    assert world.generations.running() == set()


async def test_other_people_may_still_send(world: World) -> None:
    await use_up(world)
    with pytest.raises(TooOften):
        await world.send()
    assert await world.send(owner_id=world.stranger)


async def test_further_answers_are_counted_too(world: World) -> None:
    answer = await world.asked()
    again = await world.services.further_answers.retry(world.owner, answer.id, MODEL)
    await world.ended(again.message.id)
    with pytest.raises(TooOften):
        await world.services.further_answers.retry(world.owner, answer.id, MODEL)


async def test_queued_messages_are_counted_once(world: World) -> None:
    first = await world.asked()
    queued = world.services.queued_messages
    client_id = new_id()
    for _ in range(3):
        await queued.add(world.owner, first.conversation_id, "Later", client_id)
    with pytest.raises(TooOften):
        await queued.add(world.owner, first.conversation_id, "Even later", new_id())


async def test_a_refused_message_goes_back_to_the_composer(world: World, page: Page) -> None:
    await use_up(world)
    await page.do(ChatState.send_message, text="Too much", client_id="c" * 32)
    assert page.var(ChatState, "refused_id") == "c" * 32
    assert "nothing is lost" in page.var(ChatState, "refusal")
    assert page.failures == []


async def test_links_are_limited(world: World, page: Page) -> None:
    conversation_id = (await world.asked()).conversation_id
    for number in range(3):
        await page.do(ShareState.open_dialog, conversation_id=conversation_id)
        await page.do(ShareState.publish, form=form())
        assert bool(page.var(ShareState, "made_address")) == (number < 2)
    assert "many links" in page.var(ShareState, "problem")


async def test_tests_and_searches_are_limited(world: World, page: Page) -> None:
    await page.do(ProvidersState.load)
    provider_id = next(row["id"] for row in page.var(ProvidersState, "rows") if row["name"] == "Fake")
    for _ in range(3):
        await page.do(ProvidersState.test, provider_id=provider_id)
        await page.do(ProvidersState.find_local)
    (row,) = [row for row in page.var(ProvidersState, "rows") if row["name"] == "Fake"]
    assert (row["test_state"], "very often" in row["test_result"]) == ("failed", True)
    assert "looked for servers very often" in page.var(NoticeState, "text")
    assert page.failures == []


async def test_exports_and_imports_are_limited(client: httpx.AsyncClient) -> None:
    for method, path in (("GET", "/api/export?format=json"), ("POST", "/api/imports")):
        answers = [await client.request(method, path, content=b"{}") for _ in range(3)]
        assert answers[-1].status_code == 429
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
        assert "short time" in answers[-1].json()["error"]
        assert 429 not in [answer.status_code for answer in answers[:2]]


async def test_continuing_shared_conversations_is_limited(world: World, client: httpx.AsyncClient) -> None:
    conversation_id = (await world.asked()).conversation_id
    statuses = []
    for _ in range(3):
        link = await published(world, conversation_id, may_continue=True)
        path = world.services.sharing.address(link, "http://webchat").removeprefix("http://webchat")
        statuses.append((await client.post(f"{path}/continue")).status_code)
    assert statuses == [303, 303, 429]
