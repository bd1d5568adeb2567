"""Assistants: their rows, files of them, links to them."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select
from starlette.applications import Starlette

from tests.integration.services.world import World
from tests.integration.state.possessions import finished
from tests.people import People
from webchat.http import assistants as routes
from webchat.services import runtime
from webchat.services.assistants.archive import MAX_FILE
from webchat.services.assistants.assistants import KEEP_PICTURE
from webchat.services.assistants.pictures import SIDE
from webchat.services.assistants.transfer import MAX_PREVIEWS
from webchat.services.assistants.values import MAX_ASSISTANTS, MAX_PROMPT, MAX_STARTER, MAX_TOTAL
from webchat.services.catalogue.details import Details
from webchat.services.chat.sending import Draft
from webchat.services.errors import (
    AdvancedInvalid,
    AssistantInvalid,
    ModelUnknown,
    ParameterInvalid,
    ShareInvalid,
)
from webchat.services.purge import Purge
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.importer import Progress, run
from webchat.storage.errors import AssistantNotFound, ShareNotFound
from webchat.storage.ids import new_id
from webchat.storage.queries import users
from webchat.storage.queries.conversations import RESTORABLE_FOR
from webchat.storage.tables import Assistant, AssistantLink
from webchat.storage.types import UserRole, utc_now

COOK = {
    "name": "  Cook ",
    "description": "Explains\neach step",
    "symbol": "🍳",
    "colour": "orange",
    "model": "Fake:m",
    "system_prompt": "You cook.",
    "temperature": "0,5",
    "starters": ["Two eggs?", " ", "Bread?"],
    "max_tokens": "100",
    "headers": "X-Key: secret",
    "body": '{"top_k": 40}',
}


def picture(width: int = 300, height: int = 200, format: str = "PNG") -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, format)
    return f"data:image/{format.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


async def saved(world: World, owner: str = "", **more: Any) -> str:
    return await world.services.assistants.save(owner or world.owner, "", COOK | more)


async def names(world: World, owner: str = "") -> list[str]:
    return [each.name for each in await world.services.assistants.all(owner or world.owner)]


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_an_assistant_is_saved_changed_and_copied(world: World) -> None:
    assistants = world.services.assistants
    id_ = await saved(world, picture=picture())
    there = await assistants.get(world.owner, id_)
    assert (there.name, there.description, there.symbol) == ("Cook", "Explains each step", "🍳")
    assert (there.model, there.temperature, there.starters) == ("Fake:m", 0.5, ("Two eggs?", "Bread?"))
    assert there.parameters["max_tokens"] == 100
    assert "secret" not in str(there.parameters["headers"])
    assert there.picture is not None
    with Image.open(io.BytesIO(there.picture)) as image:
        assert (image.format, image.size) == ("WEBP", (SIDE, SIDE))

    await assistants.save(world.owner, id_, COOK | {"name": "Baker", "picture": KEEP_PICTURE, "symbol": ""})
    (listed,) = await assistants.all(world.owner)
    assert (listed.name, listed.symbol, listed.has_picture) == ("Baker", "B", True)
    changed = await assistants.get(world.owner, id_)
    assert changed.picture == there.picture
    assert await assistants.duplicate(world.owner, id_) == "Baker 2"
    await assistants.save(world.owner, id_, COOK | {"picture": ""})
    assert (await assistants.get(world.owner, id_)).picture is None
    assert await names(world) == ["Cook", "Baker 2"]
    assert await names(world, world.stranger) == []


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": " "}, AssistantInvalid),
        ({"name": "x" * 61}, AssistantInvalid),
        ({"name": None}, AssistantInvalid),
        ({"description": "x" * 301}, AssistantInvalid),
        ({"system_prompt": "x" * (MAX_PROMPT + 1)}, AssistantInvalid),
        ({"starters": ["x"] * 7}, AssistantInvalid),
        ({"starters": ["x" * (MAX_STARTER + 1)]}, AssistantInvalid),
        ({"temperature": "3"}, ParameterInvalid),
        ({"seed": "x"}, AdvancedInvalid),
        ({"model": "nonsense"}, ModelUnknown),
        ({"picture": "https://example.org/a.png"}, AssistantInvalid),
        ({"picture": "data:image/png;base64,AAAA"}, AssistantInvalid),
        ({"picture": "data:image/png;base64,!"}, AssistantInvalid),
        ({"picture": picture(4000, 1001)}, AssistantInvalid),
        ({"picture": "data:image/png;base64," + "A" * 800_000}, AssistantInvalid),
        ({"picture": 7}, AssistantInvalid),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_cannot_be_accepted_changes_nothing(
    world: World, wrong: dict[str, Any], error: type[Exception]
) -> None:
    id_ = await saved(world)
    for which in ("", id_):
        with pytest.raises(error):
            await world.services.assistants.save(world.owner, which, COOK | wrong)
    assert await names(world) == ["Cook"]


async def test_their_number_and_size_are_limited(world: World) -> None:
    for number in range(MAX_ASSISTANTS):
        await saved(world, name=f"{number}")
    ids = [each.id for each in await world.services.assistants.all(world.owner)]
    with pytest.raises(AssistantInvalid):
        await saved(world)
    with pytest.raises(AssistantInvalid):
        await world.services.assistants.duplicate(world.owner, ids[0])
    await world.services.assistants.delete(world.owner, ids[0])
    await saved(world)
    with pytest.raises(AssistantInvalid):
        await world.services.assistants.restore(world.owner, ids[0])
    long = MAX_TOTAL // MAX_PROMPT
    for id_ in ids[1:long]:
        await world.services.assistants.save(world.owner, id_, COOK | {"system_prompt": "x" * MAX_PROMPT})
    with pytest.raises(AssistantInvalid):
        await world.services.assistants.save(
            world.owner, ids[long], COOK | {"system_prompt": "x" * MAX_PROMPT}
        )


async def test_they_are_ordered_deleted_restored_and_purged(world: World) -> None:
    assistants = world.services.assistants
    one, two, three = [await saved(world, name=name) for name in ("One", "Two", "Three")]
    await assistants.reorder(world.owner, [three, one])
    assert await names(world) == ["Three", "One", "Two"]
    assert await assistants.delete(world.owner, one) == "One"
    with pytest.raises(AssistantNotFound):
        await assistants.get(world.owner, one)
    with pytest.raises(AssistantNotFound):
        await assistants.restore(world.stranger, one)
    await assistants.restore(world.owner, one)
    assert await names(world) == ["Three", "One", "Two"]

    await world.services.assistant_links.create(world.owner, two, "hour", with_prompt=True)
    await assistants.delete(world.owner, two)
    later = utc_now() + RESTORABLE_FOR + timedelta(minutes=1)
    await Purge(world.database, clock=lambda: later, sleep=lambda _: asyncio.sleep(0)).round()
    async with world.database.read() as session:
        assert {row.id for row in await session.scalars(select(Assistant))} == {one, three}
        assert list(await session.scalars(select(AssistantLink))) == []


async def test_a_conversation_keeps_what_it_was_begun_with(world: World) -> None:
    of = world.services
    id_ = await saved(world)
    beginning = await of.assistants.beginning(world.owner, id_)
    assert (beginning.model, beginning.system_prompt, beginning.temperature) == ("Fake:m", "You cook.", 0.5)

    draft = Draft(
        "Hello",
        new_id(),
        None,
        beginning.model,
        system_prompt=beginning.system_prompt,
        temperature=beginning.temperature,
        parameters=beginning.parameters,
        assistant_id=id_,
    )
    sent = await of.sending.send(world.owner, draft)
    await finished(world, world.owner, sent.messages[-1].message.id)
    await of.assistants.save(world.owner, id_, COOK | {"system_prompt": "Another", "temperature": "1"})
    await of.assistants.delete(world.owner, id_)
    there = await of.conversations.open(world.owner, sent.conversation_id, 10)
    assert (there.assistant_id, there.system_prompt, there.temperature) == (id_, "You cook.", 0.5)
    assert there.parameters == beginning.parameters
    page = await of.conversations.unpinned(world.owner, "", 10)
    assert [each.assistant_id for each in page.items] == [id_]

    await of.providers.save(world.stranger, None, Details("Fake", "https://fake.test/v1"))
    foreign = await of.sending.send(world.stranger, Draft("Hi", new_id(), None, "Fake:m", assistant_id=id_))
    await finished(world, world.stranger, foreign.messages[-1].message.id)
    assert (await of.conversations.open(world.stranger, foreign.conversation_id, 10)).assistant_id == ""


async def test_an_assistant_leaves_what_it_does_not_set_to_the_defaults(world: World) -> None:
    await world.services.preferences.set_defaults(world.owner, "Be brief.", "1.5")
    id_ = await world.services.assistants.save(world.owner, "", {"name": "Bare"})
    beginning = await world.services.assistants.beginning(world.owner, id_)
    assert (beginning.system_prompt, beginning.temperature) == ("Be brief.", 1.5)
    assert beginning.model == (await world.services.assistants.beginning(world.owner, "")).model
    with pytest.raises(AssistantNotFound):
        await world.services.assistants.beginning(world.stranger, id_)


# Files.


async def test_an_export_can_be_imported_once(world: World) -> None:
    files = world.services.assistant_transfer
    await saved(world, picture=picture())
    await saved(world, name="Second")
    exported = await files.export(world.owner)
    assert "X-Key" not in exported
    one = json.loads(
        await files.export(world.owner, (await world.services.assistants.all(world.owner))[1].id)
    )
    assert [each["name"] for each in one["assistants"]] == ["Second"]

    assert await files.receive(world.owner, pieces(exported.encode())) == 2
    assert [entry.present for entry in files.preview(world.owner)] == [True, True]
    assert await files.import_preview(world.owner) == 0
    assert await files.receive(world.stranger, pieces(exported.encode())) == 2
    assert await files.import_preview(world.stranger) == 2
    assert await names(world, world.stranger) == ["Cook", "Second"]
    (cook, _) = await world.services.assistants.all(world.stranger)
    copy = await world.services.assistants.get(world.stranger, cook.id)
    assert copy.picture is not None
    assert (copy.temperature, copy.starters) == (0.5, ("Two eggs?", "Bread?"))
    assert copy.parameters == {"max_tokens": 100, "body": {"top_k": 40}}


async def test_models_of_open_webui_are_imported(world: World) -> None:
    files = world.services.assistant_transfer
    listed = [
        {
            "id": "cook",
            "base_model_id": "m",
            "name": "Cook",
            "params": {"system": "You cook.", "temperature": 0.3, "top_p": 0.9, "stop": ["END"], "seed": "x"},
            "meta": {
                "profile_image_url": picture(),
                "description": "Cooks",
                "suggestion_prompts": [{"content": "Two eggs?", "title": ["a", "b"]}, "x"],
                "knowledge": [{"id": "k"}],
            },
            "access_control": None,
        },
        {"id": "old", "name": "Old", "info": {"name": "Old", "base_model_id": "gone:7b", "meta": None}},
        {"id": "nameless", "base_model_id": "m", "params": {}},
        {"name": "Hot", "params": {"temperature": 9}, "meta": {"profile_image_url": "data:image/png,x"}},
        {"name": "Long", "params": {"system": "x" * (MAX_PROMPT + 1)}},
    ]
    assert await files.receive(world.owner, pieces(json.dumps(listed).encode())) == 5
    cook, old, nameless, hot, long = files.preview(world.owner)
    assert cook.left_out == ("tools",)
    assert cook.values is not None
    assert (cook.values.system_prompt, cook.values.starters) == ("You cook.", ("Two eggs?",))
    assert cook.values.parameters == {"top_p": 0.9, "stop": ["END"]}
    assert cook.values.model == "Fake:m"
    assert cook.values.picture is not None
    assert (old.model, old.is_new) == ("gone:7b", True)
    assert (nameless.is_new, nameless.problem and nameless.problem.reason) == (False, "name")
    assert hot.left_out == ("picture", "temperature")
    assert (long.name, long.problem and long.problem.reason) == ("Long", "system_prompt")
    assert await files.import_preview(world.owner) == 3
    assert await names(world) == ["Cook", "Old", "Hot"]


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"[1]", b"{}", b'{"assistants": 7}', b"[" * 100_000, b"\xff", b" " * (MAX_FILE + 1),
     json.dumps([{"name": "x"}] * 101).encode()],
    ids=range(10),
)  # fmt: skip
async def test_a_file_of_something_else_is_refused(world: World, body: bytes) -> None:
    with pytest.raises(AssistantInvalid):
        await world.services.assistant_transfer.receive(world.owner, pieces(body))
    with pytest.raises(AssistantInvalid):
        await world.services.assistant_transfer.import_preview(world.owner)


async def test_few_previews_are_kept(world: World) -> None:
    files = world.services.assistant_transfer
    for number in range(MAX_PREVIEWS + 1):
        await files.receive(f"owner {number}", pieces(b'[{"name": "x"}]'))
    assert files.preview("owner 0") == []
    assert len(files.preview("owner 1")) == 1


async def test_an_export_of_everything_has_them_and_gives_them_back(world: World, tmp_path: Path) -> None:
    await saved(world, picture=picture())
    await world.asked("Hello")
    download = await world.services.exports.export(world.owner, ExportFormat.JSON)
    file = tmp_path / "all.json"
    file.write_bytes(b"".join([piece async for piece in download.pieces]))
    assert "X-Key" not in file.read_text()

    attached = world.services.files
    previewed, imported, again = Progress(), Progress(), Progress()
    await run(world.database, world.stranger, file, previewed, attached, write=False)
    assert (previewed.report.assistants, await names(world, world.stranger)) == (1, [])
    for progress in (imported, again):
        await run(world.database, world.stranger, file, progress, attached, write=True)
    assert (imported.report.assistants, again.report.assistants) == (1, 0)
    assert imported.report.conversations == 1
    (copy,) = await world.services.assistants.all(world.stranger)
    assert (copy.name, copy.has_picture) == ("Cook", True)
    assert (await world.services.assistants.get(world.stranger, copy.id)).temperature == 0.5


# Links.


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx.AsyncClient]:
    people = People({"who=ann": world.owner, "who=bob": world.stranger})
    world.services.accounts.person_of = people.person_of  # type: ignore[method-assign]
    runtime.install(world.services)
    transport = httpx.ASGITransport(Starlette(routes=routes.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        yield client
    runtime.install(None)


BOB = {"Cookie": "who=bob"}


async def test_s11_a_link_shows_a_copy_and_whoever_has_an_account_can_add_it(
    world: World, browser: httpx.AsyncClient
) -> None:
    links = world.services.assistant_links
    id_ = await saved(world, description="<b>Cooks</b>", picture=picture())
    link = await links.create(world.owner, id_, "week", with_prompt=True)
    bare = await links.create(world.owner, id_, "never", with_prompt=False)
    assert {each.id for each in await links.all(world.owner, id_)} == {link.id, bare.id}
    assert await links.all(world.stranger, id_) == []
    await world.services.assistants.save(world.owner, id_, COOK | {"name": "Later"})

    page = await browser.get(link.path)
    assert page.status_code == 200
    for words in (
        "Cook",
        "&lt;b&gt;Cooks&lt;/b&gt;",
        "Two eggs?",
        "You cook.",
        "data:image/webp",
        "/sign-in",
    ):
        assert words in page.text
    for words in ("Later", "X-Key", "top_k", "Fake"):
        assert words not in page.text
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "You cook." not in (await browser.get(bare.path)).text

    refused = await browser.post(link.path)
    assert refused.headers["location"].startswith("/sign-in?next=%2Fshare%2Fassistant")
    assert "Add to my assistants" in (await browser.get(link.path, headers=BOB)).text
    added = await browser.post(link.path, headers=BOB)
    assert added.status_code == 303
    copy = await world.services.assistants.get(world.stranger, added.headers["location"].rpartition("=")[2])
    assert (copy.name, copy.system_prompt, copy.parameters) == ("Cook", "You cook.", {"max_tokens": 100})
    await browser.post(bare.path, headers=BOB)
    assert await names(world, world.stranger) == ["Cook", "Cook 2"]

    with pytest.raises(ShareNotFound):
        await links.revoke(world.stranger, link.id)
    await links.revoke(world.owner, link.id)
    gone = await browser.get(link.path)
    await world.services.assistants.delete(world.owner, id_)
    for dead in (gone, await browser.get(bare.path), await browser.get("/share/assistant/guessed")):
        assert (dead.status_code, dead.text) == (404, gone.text)
    assert (await browser.post(bare.path, headers=BOB)).status_code == 404


async def test_s11_a_link_expires_and_its_token_is_stored_as_a_hash(world: World) -> None:
    links = world.services.assistant_links
    id_ = await saved(world)
    link = await links.create(world.owner, id_, "hour", with_prompt=True)
    with pytest.raises(ShareInvalid):
        await links.create(world.owner, id_, "century", with_prompt=True)
    with pytest.raises(AssistantNotFound):
        await links.create(world.stranger, id_, "hour", with_prompt=True)
    token = link.path.rpartition("/")[2]
    assert len(token) == 43
    async with world.database.write() as session:
        (row,) = await session.scalars(select(AssistantLink))
        assert token not in str(row.model_dump())
        row.expires_at = utc_now() - timedelta(seconds=1)
    assert await links.find(token) is None
    assert [each.expired for each in await links.all(world.owner, id_)] == [True]


async def test_pictures_and_files_are_for_their_owner(world: World, browser: httpx.AsyncClient) -> None:
    id_ = await saved(world, picture=picture())
    address = f"/api/assistants/{id_}/picture"
    assert (await browser.get(address)).status_code == 401
    assert (await browser.get(address, headers=BOB)).status_code == 404
    shown = await browser.get(address, headers={"Cookie": "who=ann"})
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/webp")
    assert shown.headers["Cache-Control"].startswith("private")
    assert (await browser.get(f"/api/assistants/export?id={id_}", headers=BOB)).status_code == 404
    file = await browser.get("/api/assistants/export", headers={"Cookie": "who=ann"})
    assert 'filename="assistants.json"' in file.headers["Content-Disposition"]
    assert (await browser.post("/api/assistants", content=file.content, headers=BOB)).json() == {"found": 1}
    refused = await browser.post("/api/assistants", content=b"nonsense", headers=BOB)
    assert (refused.status_code, "not a file of assistants" in refused.json()["error"]) == (400, True)


async def test_an_account_is_deleted_with_its_assistants(world: World) -> None:
    id_ = await saved(world)
    await world.services.assistant_links.create(world.owner, id_, "hour", with_prompt=True)
    async with world.database.write() as session:
        await users.add(session, "ann", UserRole.MEMBER, None, adopted=world.owner)
        await users.delete_account(session, world.owner, utc_now())
        assert list(await session.scalars(select(Assistant))) == []
        assert list(await session.scalars(select(AssistantLink))) == []
