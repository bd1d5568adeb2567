"""The settings page's handlers: providers and defaults. What is entered as a key is never sent back."""

from __future__ import annotations

import pickle
from typing import Any

from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from tests.integration.services.scripted import Scripted, saying
from tests.integration.services.world import World
from tests.integration.state.page import Page
from webchat.providers.discovery import FoundServer
from webchat.providers.errors import AuthenticationFailed
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.preferences import PreferencesState
from webchat.state.providers import ProvidersState

CANARY = "sk-canary-0123456789abcdef"
URL = "http://127.0.0.1:9/v1"


def row(page: Page, name: str) -> dict[str, Any]:
    (found,) = [row for row in page.var(ProvidersState, "rows") if row["name"] == name]
    return dict(found)


def names(page: Page) -> list[str]:
    return [row["name"] for row in page.var(ProvidersState, "rows")]


async def add(page: Page, **form: Any) -> None:
    await page.do(ProvidersState.open_form, provider_id="")
    await page.do(ProvidersState.save, form={"name": "Mine", "base_url": URL, "secret": ""} | form)


async def test_a_provider_is_added_and_tested_at_once(world: World, page: Page) -> None:
    world.scripts["Mine"] = Scripted(*saying("ready").steps, models=["big", "small"])
    await page.do(ProvidersState.load)
    await add(page, secret=CANARY)

    added = row(page, "Mine")
    assert (added["has_secret"], added["models"], added["test_state"]) == (True, 2, "passed")
    assert added["test_result"].startswith("big answered in ")
    assert page.var(ProvidersState, "form_open") is False
    assert "Mine:small" in [choice["id"] for choice in page.var(ModelsState, "choices")]
    assert page.failures == []


async def test_a_key_reaches_neither_the_browser_nor_the_state(world: World, page: Page) -> None:
    world.scripts["Mine"] = Scripted(AuthenticationFailed("Mine", status=401), models=["m"])
    await page.do(ProvidersState.load)
    await add(page, secret=CANARY)
    await add(page, name="a:b", secret=CANARY)
    await page.do(ProvidersState.open_form, provider_id=row(page, "Mine")["id"])
    await page.do(
        ProvidersState.save, form={"name": "Mine", "base_url": "nowhere", "secret": f"{CANARY}\ud800"}
    )
    manager = page._processor._root_context.state_manager  # type: ignore[union-attr]
    states = [await manager.get_state(BaseStateToken(ident=page.token, cls=State))]
    for state in states:
        states += state.substates.values()
    pickled = b"".join(pickle.dumps(state) for state in states)

    assert row(page, "Mine")["test_state"] == "failed"
    assert page.var(ProvidersState, "form")["has_secret"] is True
    assert not [text for text in page.sent if CANARY in text]
    assert CANARY.encode() not in pickled
    assert b"Mine" in pickled
    assert page.failures == []


async def test_what_cannot_be_saved_stays_in_the_form(world: World, page: Page) -> None:
    await page.do(ProvidersState.load)
    wrong: list[Any] = [{"name": ""}, {"name": "Fake"}, {"base_url": "ftp://host"}, {"secret": "two words"}]
    wrong += [{"name": None}, {"base_url": 7}, {"secret": ["x"]}]
    for form in wrong:
        await add(page, **form)
        assert page.var(ProvidersState, "form_open") is True
        assert page.var(ProvidersState, "form_problem") != ""
    for form in (None, [], "Mine", {}):
        await page.do(ProvidersState.save, form=form)
        assert page.var(ProvidersState, "form_problem") != ""

    assert names(page) == ["Guide", "Fake"]
    assert page.failures == []


async def test_a_provider_is_changed_switched_off_and_removed(world: World, page: Page) -> None:
    await page.do(ProvidersState.load)
    id = row(page, "Fake")["id"]
    await page.do(ProvidersState.open_form, provider_id=id)
    assert page.var(ProvidersState, "form")["base_url"] == "http://127.0.0.1:9/v1"
    await page.do(ProvidersState.save, form={"name": "Faker", "base_url": URL, "secret": ""})
    await page.do(ProvidersState.set_enabled, provider_id=id, enabled=False)
    assert row(page, "Faker")["enabled"] is False
    assert [choice["id"] for choice in page.var(ModelsState, "choices")] == ["Guide:guide"]
    for wrong in (None, 1, "true", []):
        await page.do(ProvidersState.set_enabled, provider_id=id, enabled=True)
        await page.do(ProvidersState.set_enabled, provider_id=id, enabled=wrong)
        assert row(page, "Faker")["enabled"] is True
    await page.do(ProvidersState.remove, provider_id=id)
    assert names(page) == ["Guide"]
    assert page.var(ProvidersState, "removed_name") == "Faker"
    await page.do(ProvidersState.undo_remove)
    assert names(page) == ["Guide", "Faker"]
    assert "Faker is back" in page.var(NoticeState, "text")
    await page.do(ProvidersState.undo_remove)
    await page.do(ProvidersState.remove, provider_id=row(page, "Guide")["id"])
    assert "built in" in page.var(NoticeState, "text")
    assert page.failures == []


async def test_servers_on_this_machine_are_found(world: World, page: Page) -> None:
    await page.do(ProvidersState.find_local)
    assert "No model server answers" in page.var(NoticeState, "text")
    world.servers = [FoundServer("<reflex.Var>x</reflex.Var>", "http://127.0.0.1:8000/v1", ("m",))]
    await page.do(ProvidersState.find_local)

    assert "Found <reflex.Var>x</reflex.Var>." in page.var(NoticeState, "text")
    assert page.var(ProvidersState, "searching") is False
    assert page.failures == []


async def test_defaults_are_kept_and_checked(world: World, page: Page) -> None:
    await page.do(PreferencesState.load)
    await page.do(PreferencesState.choose_model, model="Fake:other")
    await page.do(PreferencesState.save, form={"system_prompt": " Be brief. ", "temperature": "0,5"})
    assert "Saved" in page.var(NoticeState, "text")
    wrong: list[Any] = [{"system_prompt": "x", "temperature": "hot"}, {"system_prompt": 7}, {}, None, [], "x"]
    for form in wrong:
        await page.do(PreferencesState.save, form=form)
        assert page.var(NoticeState, "failed") is True
    for model in ("no model", None, {"a": 1}):
        await page.do(PreferencesState.choose_model, model=model)
        assert "not available" in page.var(NoticeState, "text")
    await page.do(PreferencesState.load)

    shown = [page.var(PreferencesState, name) for name in ("model", "system_prompt", "temperature")]
    assert shown == ["Fake:other", "Be brief.", "0.5"]
    assert page.failures == []
