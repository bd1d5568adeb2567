"""S3: another person's ids are as good as ids that nothing has, in every handler and route."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.world import World
from tests.integration.state.page import opened_page, serving
from tests.integration.state.possessions import SECRET, Planted, Possessions, copy_of, rows_of, unknown_ids
from tests.integration.state.test_s2_payloads import OURS
from tests.people import People
from tests.unit.services.transfer.exports_of_others import as_json, chatgpt, node
from webchat.services.accounts import Person
from webchat.services.transfer.imports import Phase
from webchat.state import provider_rows
from webchat.state.chat import ChatState
from webchat.state.imports import ImportsState
from webchat.storage.ids import new_id
from webchat.webchat import app

FIRST = ("open", "start", "ask")
"""How the handlers begin that choose what others then work on."""
FIELDS = ("title", "name", "tag", "tags", "expiry", "passphrase", "days", "input", "model", "text")


def form_of(ids: Possessions) -> dict[str, Any]:
    """A form with every field there is; a page has its ids from earlier events, or in these."""
    texts = dict.fromkeys(FIELDS, "words")
    return texts | {"folder": ids.folder, "link_id": ids.link, "shift_key": True, "system_prompt": "words"}


def value_of(argument: str, hint: Any, ids: Possessions, kind: str) -> Any:
    """What a client sends for an argument: the id of the kind it is for, else of the kind being tried."""
    if hint is bool:
        return True
    if hint == list[str] | None:
        return None
    if hint == dict[str, Any]:
        return form_of(ids)
    named = {
        "conversation_id": ids.conversation,
        "conversation_ids": ids.conversation,
        "message_id": ids.answer,
        "folder_id": ids.folder,
        "folder_ids": ids.folder,
        "link_id": ids.link,
        "passkey_id": ids.passkey,
        "prompt_id": ids.prompt,
        "assistant_id": ids.assistant,
        "assistant_ids": ids.assistant,
        "provider_id": ids.provider,
        "provider_ids": ids.provider,
        "client_id": "0" * 32,
        "model": "Fake:m",
    }
    wanted = named.get(argument, "words") if kind == "" else ids.all[kind]
    return [wanted] if hint == list[str] else wanted


class Visit:
    """Everything one person is told while calling every handler with some ids."""

    def __init__(self, world: World, person: Person, ids: Possessions) -> None:
        self.world, self.person, self.ids = world, person, ids
        self.told: dict[str, list[str]] = {}

    async def make(self, kind: str) -> None:
        """Call every handler, in an order in which what one remembers is used by the next ones.

        Args:
            kind: the kind of id to send wherever there is a text; empty for the right one for each argument.
        """
        here = f"/c/{self.ids.conversation}?message={self.ids.answer}"
        async with opened_page(self.person, new_id()) as page:
            await page.do(ChatState.open_conversation, path=here)
            self.told["open"] = list(page.sent)
            for state, name in sorted(OURS, key=lambda each: not each[1].startswith(FIRST)):
                handler = state.event_handlers[name]
                hints = handler._get_type_hints()
                arguments = list(inspect.signature(handler.fn).parameters)[1:]
                payload = {each: value_of(each, hints.get(each), self.ids, kind) for each in arguments}
                before = len(page.sent)
                await page.do(handler, path=here, **payload)
                assert page.failures == [], (state, name)
                self.told[f"{state.__name__}.{name}"] = page.sent[before:]

    def shown(self) -> dict[str, list[str]]:
        """What was told, with ids and moments made alike."""
        return {place: [alike(text) for text in sent] for place, sent in self.told.items()}


def alike(text: str) -> str:
    text = re.sub(r"[0-9a-f]{32}", "ID", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.+Z-]+|\d{13}", "MOMENT", text)


Told = dict[str, list[str]]
SENT_TWICE = ("", "conversation", "answer", "folder", "link")
"""The kinds whose ids are also in the address or the form: it matters that they are the same there."""


@pytest.fixture(autouse=True)
def _moments_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not how long ago something was, which changes from one visit to the next; `alike` knows moments."""
    monkeypatch.setattr(provider_rows, "_ago", datetime.isoformat)


@pytest.fixture(scope="module")
def told_of_nothing() -> dict[str, Told]:
    """What a stranger is told with ids that nothing has, by the kind in `SENT_TWICE`, or "another": ids of
    nothing are all alike. The first test that needs it asks."""
    return {}


@pytest.mark.parametrize("kind", ["", *unknown_ids().all])
async def test_s3_handlers(
    planted: Planted, tmp_path: Path, told_of_nothing: dict[str, Told], kind: str
) -> None:
    async def told_with(ids: Possessions) -> Told:
        async with copy_of(planted, tmp_path / ids.conversation) as copy:
            before = rows_of(copy, copy.owner)
            visit = Visit(copy, Person(copy.stranger), ids)
            with serving(copy):
                await visit.make(kind)
            assert SECRET not in str(visit.told)
            assert rows_of(copy, copy.owner) == before
            return visit.shown()

    of_owner = await told_with(planted.ids)
    alike_kind = kind if kind in SENT_TWICE else "another"
    if alike_kind not in told_of_nothing:
        told_of_nothing[alike_kind] = await told_with(unknown_ids())
    of_nobody = told_of_nothing[alike_kind]
    assert of_owner.keys() == of_nobody.keys()
    for place, sent in of_owner.items():
        assert sent == of_nobody[place], place


async def test_s3_their_owner_gets_and_changes_them(planted: Planted, planted_world: World) -> None:
    """The calls above are real ones: the same ones do something for the owner."""
    copy = planted_world
    before = rows_of(copy, copy.owner)
    visit = Visit(copy, Person(copy.owner, is_administrator=True), planted.ids)
    await visit.make("")
    after = rows_of(copy, copy.owner)
    with_words = [place for place, sent in visit.told.items() if SECRET in str(sent)]
    assert len(with_words) >= 15
    changed = {name for name in before if before[name] != after[name]}
    expected = {"conversation", "message", "share", "folder", "saved_prompt", "provider_setting", "assistant"}
    assert expected <= changed


async def test_s3_imports(world: World) -> None:
    async def file() -> AsyncIterator[bytes]:
        yield as_json([chatgpt(node("q", "root", "user", f"Why {SECRET}?"))])

    current = await world.services.imports.receive(world.owner, file())
    assert current.task is not None
    await current.task
    told = []
    for id in (current.id, new_id()):
        with serving(world):
            async with opened_page(Person(world.stranger), new_id()) as page:
                for name in ("received", "begin", "follow", "cancel", "dismiss"):
                    handler = ImportsState.event_handlers[name]
                    await page.do(handler, **({"id": id} if name == "received" else {}))
                told.append([alike(text) for text in page.sent])
    assert told[0] == told[1]
    assert SECRET not in str(told)
    assert world.services.imports.current(world.owner) is current
    assert current.phase is Phase.PREVIEWED


# The routes beside Reflex.

REQUESTS = (
    ("GET", "/api/messages?ids={answer},{question}"),
    ("GET", "/api/messages/{answer}/stream"),
    ("GET", "/api/sent/{sent}/stream"),
    ("GET", "/api/conversations/{conversation}/messages"),
    ("GET", "/api/conversations/{conversation}/messages?around={answer}"),
    ("GET", "/api/conversations/{conversation}/tree"),
    ("GET", "/api/conversations/{binned}/tree"),
    ("GET", "/api/prompts/{prompt}"),
    ("GET", "/api/assistants/export?id={assistant}"),
    ("GET", "/api/export?format=json&conversation={conversation}"),
    ("GET", "/api/export?format=markdown&conversation={binned}"),
    ("POST", "/api/export"),
)
WITHOUT_IDS = (
    "/api/prompts",
    "/api/assistants/export",
    "/api/prompts/export",
    "/api/search?q=canaryofann",
    "/api/export?format=json",
)


@asynccontextmanager
async def browser(world: World, cookie: str) -> AsyncIterator[httpx.AsyncClient]:
    people = People({"who=ann": world.owner, "who=bob": world.stranger})
    world.services.accounts.person_of = people.person_of  # type: ignore[method-assign]
    transformer = app.api_transformer
    assert isinstance(transformer, Starlette)
    transport = httpx.ASGITransport(Starlette(routes=transformer.routes))
    headers = {"Cookie": cookie}
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat", headers=headers) as client:
        yield client


async def answer_to(client: httpx.AsyncClient, method: str, path: str, ids: Possessions) -> tuple[int, str]:
    data = {"format": "json", "conversation": ids.conversation} if method == "POST" else None
    response = await client.request(method, path.format(**ids.all), data=data)
    return response.status_code, alike(response.text)


@pytest.mark.parametrize(("method", "path"), REQUESTS)
async def test_s3_routes(planted: Planted, planted_world: World, method: str, path: str) -> None:
    async with browser(planted_world, "who=bob") as stranger:
        theirs = await answer_to(stranger, method, path, planted.ids)
        assert theirs == await answer_to(stranger, method, path, unknown_ids())
        assert SECRET not in theirs[1]
    async with browser(planted_world, "who=ann") as owner:
        status, text = await answer_to(owner, method, path, planted.ids)
    assert status == 200 or "{binned}" in path
    assert SECRET in text or "Hello there." in text or "{binned}" in path


@pytest.mark.parametrize("path", WITHOUT_IDS)
async def test_s3_routes_without_ids_give_ones_own(planted_world: World, path: str) -> None:
    async with browser(planted_world, "who=bob") as stranger:
        assert SECRET not in (await stranger.get(path)).text
    async with browser(planted_world, "who=ann") as owner:
        assert SECRET in (await owner.get(path)).text


async def test_s3_notices_of_changes_go_to_their_owner(planted: Planted, planted_world: World) -> None:
    world, ids = planted_world, planted.ids
    changes = world.services.changes
    with changes.listen(world.stranger, "tab") as theirs, changes.listen(world.owner, "tab") as own:
        changes.publish(world.owner, ids.conversation)
        assert own.get_nowait().conversation_id == ids.conversation
        assert theirs.empty()
