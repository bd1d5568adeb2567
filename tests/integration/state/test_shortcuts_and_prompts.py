"""The handlers of shortcuts, favourites and saved prompts."""

from __future__ import annotations

import time

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.world import World
from tests.integration.state.page import Page
from webchat.http import prompts as prompt_routes
from webchat.http import search as search_routes
from webchat.providers.errors import RateLimitError
from webchat.services.change_feed import ANSWERS, MODELS, SHORTCUTS, Change
from webchat.services.preferences import MAX_FAVOURITES, MAX_SHORTCUTS
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.prompts import PromptsState
from webchat.state.shortcuts import ShortcutsState
from webchat.storage.queries.providers import list_all


async def test_shortcuts_are_changed_turned_off_and_reset(world: World, page: Page) -> None:
    with world.services.changes.listen(world.owner, "other tab") as told:
        await page.do(ShortcutsState.change, shortcut="palette", keys="Mod+J")
        assert told.get_nowait() == Change(SHORTCUTS, "tab")
    await page.do(ShortcutsState.change, shortcut="stop", keys="")
    assert page.var(ShortcutsState, "changed") == {"palette": "Mod+J", "stop": ""}
    await page.do(ShortcutsState.change, shortcut="palette", keys="default")
    assert await world.services.preferences.shortcuts(world.owner) == {"stop": ""}
    assert await world.services.preferences.shortcuts(world.stranger) == {}
    await page.do(ShortcutsState.reset_all)
    assert page.var(ShortcutsState, "changed") == {}
    assert page.failures == []


@pytest.mark.parametrize(
    ("shortcut", "keys"),
    [("Palette!", "Mod+J"), ("", "Mod+J"), ("palette", "Mod+"), ("palette", "Mod+J K"), ("palette", "ß"),
     ("palette", "Mod+" + "K" * 13), ("x" * 33, "Mod+J")],
)  # fmt: skip
async def test_an_invalid_shortcut_is_refused(world: World, page: Page, shortcut: str, keys: str) -> None:
    await page.do(ShortcutsState.change, shortcut=shortcut, keys=keys)
    assert "invalid shortcut" in page.var(NoticeState, "text")
    assert await world.services.preferences.shortcuts(world.owner) == {}


async def test_the_number_of_shortcuts_is_limited(world: World, page: Page) -> None:
    names = [f"{first}{second}" for first in "abcdef" for second in "abcdefghij"]
    for name in names:
        await page.do(ShortcutsState.change, shortcut=name, keys="")
    assert len(await world.services.preferences.shortcuts(world.owner)) == MAX_SHORTCUTS


async def test_models_are_made_favourites_and_remembered(world: World, page: Page) -> None:
    await world.asked("Hello")
    await page.do(ModelsState.load)
    assert page.var(ModelsState, "recent") == ["Fake:m"]
    with world.services.changes.listen(world.owner, "other tab") as told:
        await page.do(ModelsState.toggle_favourite, model="Fake:m")
        assert told.get_nowait() == Change(MODELS, "tab")
    assert page.var(ModelsState, "favourites") == ["Fake:m"]
    await page.do(ModelsState.toggle_favourite, model="Fake:m")
    assert page.var(ModelsState, "favourites") == []
    await page.do(ModelsState.toggle_favourite, model="nothing")
    assert "not available" in page.var(NoticeState, "text")
    for number in range(MAX_FAVOURITES + 1):
        await page.do(ModelsState.toggle_favourite, model=f"Fake:{number}")
    assert f"At most {MAX_FAVOURITES}" in page.var(NoticeState, "text")
    assert len(await world.services.preferences.favourites(world.owner)) == MAX_FAVOURITES
    assert await world.services.preferences.favourites(world.stranger) == []


async def test_prompts_are_managed_in_settings(world: World, page: Page) -> None:
    await page.do(PromptsState.load)
    await page.do(PromptsState.open_form, prompt_id="")
    await page.do(PromptsState.save, form={"name": "", "text": "x"})
    assert "1 to 60 characters" in page.var(PromptsState, "form_problem")
    await page.do(PromptsState.save, form={"name": "Greet", "text": "Hello\n{{name}}"})
    assert page.var(PromptsState, "form_open") is False
    (row,) = page.var(PromptsState, "rows")
    assert (row["name"], row["excerpt"]) == ("Greet", "Hello {{name}}")

    await page.do(PromptsState.open_form, prompt_id=row["id"])
    assert page.var(PromptsState, "form_text") == "Hello\n{{name}}"
    await page.do(PromptsState.save, form={"name": "Greet", "text": "Hi"})
    assert (await world.services.saved_prompts.get(world.owner, row["id"])).text == "Hi"
    await page.do(PromptsState.ask, prompt_id=row["id"])
    await page.do(PromptsState.delete, prompt_id=row["id"])
    assert page.var(PromptsState, "rows") == []
    await page.do(PromptsState.delete, prompt_id=row["id"])
    assert "no longer exists" in page.var(NoticeState, "text")
    await page.do(PromptsState.on_imported, added="3")
    assert page.var(NoticeState, "text") == "3 prompts imported."
    assert page.failures == []


def client(world: World) -> httpx.AsyncClient:
    app = Starlette(routes=[*prompt_routes.routes, *search_routes.routes])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def test_the_composer_reads_prompts(world: World, page: Page) -> None:
    await world.services.saved_prompts.save(world.owner, "", "Greet", "Hello {{name}}")
    await world.services.saved_prompts.save(world.stranger, "", "Secret", "not yours")
    async with client(world) as browser:
        (named,) = (await browser.get("/api/prompts")).json()
        assert named["name"] == "Greet"
        assert (await browser.get(f"/api/prompts/{named['id']}")).json() == {
            "name": "Greet",
            "text": "Hello {{name}}",
        }
        (theirs,) = await world.services.saved_prompts.all(world.stranger)
        assert (await browser.get(f"/api/prompts/{theirs.id}")).status_code == 404
        exported = await browser.get("/api/prompts/export")
        assert exported.headers["content-disposition"] == 'attachment; filename="prompts.json"'
        assert (await browser.post("/api/prompts", content=exported.content)).json() == {"added": 0}
        refused = await browser.post("/api/prompts", content=b"nonsense")
    assert (refused.status_code, "not a file of prompts" in refused.json()["error"]) == (400, True)


async def test_the_palette_searches_titles_and_messages(world: World, page: Page) -> None:
    asked = await world.asked("A question about zebras")
    async with client(world) as browser:
        found = (await browser.get("/api/search", params={"q": "zebra"})).json()
        refused = await browser.get("/api/search", params={"q": "role:nobody"})
        nothing = await browser.get("/api/search")
    assert found[0]["href"] == f"/c/{asked.conversation_id}"
    assert ["zebras", True] in found[0]["title"]
    assert [each for each in found if each["excerpt"] and "?message=" in each["href"]]
    assert refused.status_code == 400
    assert "no role" in refused.json()["error"]
    assert nothing.json() == []


async def test_models_tell_their_context_and_a_pause(world: World, page: Page) -> None:
    async with world.database.write() as session:
        fake = next(row for row in await list_all(session, world.owner) if row.name == "Fake")
        fake.options = {**fake.options, "context": 131_072}
        fake.model_facts = {"m": {"loaded": True}}
    health = world.services.provider_health._health
    health.failed(fake.id, RateLimitError("Fake", retry_after=60.0))
    before = time.time() * 1000
    await page.do(ModelsState.load)

    known = {row["id"]: row["known"] for row in page.var(ModelsState, "choices")}
    assert known["Fake:m"] == "131k context · loaded"
    assert page.var(ModelsState, "paused").keys() == {"Fake"}
    assert 55_000 < page.var(ModelsState, "paused")["Fake"] - before < 65_000
    health.succeeded(fake.id)
    await page.do(ModelsState.on_remote_change, conversation_id=ANSWERS)
    assert page.var(ModelsState, "paused") == {}
