"""The settings page's handlers: providers and defaults. What is entered as a key is never sent back."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from tests.integration.services.scripted import Scripted, saying
from tests.integration.services.world import World
from tests.integration.state.page import Page, opened_page
from webchat.providers.discovery import FoundServer
from webchat.providers.errors import AuthenticationFailed, ModelLoading
from webchat.services.change_feed import MODELS, Change
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.preferences import PreferencesState
from webchat.state.provider_models import WINDOW, ProviderModelsState
from webchat.state.providers import ProvidersState
from webchat.webchat import app

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


class LoadsOnce(Scripted):
    """Is still loading its model when it is asked for the first time."""

    async def list_models(self) -> list[str]:
        if not self.closed:
            raise ModelLoading("Mine", status=503)
        return await super().list_models()


async def test_while_a_model_is_loading_the_page_says_so(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.providers.loading.PAUSE", 0)
    world.scripts["Mine"] = LoadsOnce(*saying("ready").steps)
    await page.do(ProvidersState.load)
    await add(page)

    assert [text for text in page.sent if "Mine is loading its model. Waiting…" in text]
    assert row(page, "Mine")["test_state"] == "passed"
    assert page.failures == []


async def test_s6_a_key_reaches_neither_the_browser_nor_the_state(world: World, page: Page) -> None:
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
    wrong: object
    for wrong in (None, 1, "true", []):
        await page.do(ProvidersState.set_enabled, provider_id=id, enabled=True)
        await page.do(ProvidersState.set_enabled, provider_id=id, enabled=wrong)
        assert row(page, "Faker")["enabled"] is True
    await page.do(ProvidersState.remove, provider_id=id)
    assert names(page) == ["Guide"]
    assert page.var(ProvidersState, "removed_name") == "Faker"
    await page.do(ProvidersState.undo_remove)
    assert names(page) == ["Guide", "Faker"]
    assert "Faker was restored" in page.var(NoticeState, "text")
    await page.do(ProvidersState.undo_remove)
    await page.do(ProvidersState.remove, provider_id=row(page, "Guide")["id"])
    assert "built in" in page.var(NoticeState, "text")
    assert page.failures == []


async def test_servers_on_this_machine_are_found(world: World, page: Page) -> None:
    await page.do(ProvidersState.find_local)
    assert "No model server found" in page.var(NoticeState, "text")
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

    shown = [page.var(PreferencesState, name) for name in ("system_prompt", "temperature")]
    assert shown == ["Be brief.", "0.5"]
    assert page.var(ModelsState, "default_model") == "Fake:other"
    assert page.failures == []


async def test_the_default_model_follows_a_change_in_another_tab(world: World, page: Page) -> None:
    with world.services.changes.listen(world.owner, "other") as told:
        await page.do(PreferencesState.choose_model, model="Fake:other")

        assert told.get_nowait() == Change(MODELS, page.token)
        assert page.var(ModelsState, "default_model") == "Fake:other"
    await world.services.preferences.set_model(world.owner, "Fake:m")
    await page.do(ModelsState.on_remote_change, conversation_id=MODELS)

    assert page.var(ModelsState, "default_model") == "Fake:m"
    assert page.failures == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("context", "9" * 5000, "at least 512 tokens"),
        ("context", "511", "at least 512 tokens"),
        ("context", "٤٠٩٦", "at least 512 tokens"),
        ("context", "-1", "at least 512 tokens"),
        ("context", str(10**30), "at least 512 tokens"),
        ("context", "4096.5", "at least 512 tokens"),
        ("idle", "9" * 5000, "greater than 0"),
        ("total", "nan", "greater than 0"),
        ("connect", "soon", "greater than 0"),
        ("proxy", "nowhere", "A proxy address looks like"),
        ("name", "Auto", "Auto tries all of them"),
        ("name", "bad\ud800name", "name must have"),
        ("base_url", "https://host.example/v1?api_key=abc", "own field"),
        ("base_url", "https://a.example https://b.example", "Enter one address"),
        ("secret", "two words", "not allowed in a key"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    world: World, page: Page, field: str, value: str, words: str
) -> None:
    await add(page, **{field: value})

    assert words in page.var(ProvidersState, "form_problem")
    deadline = field in ("connect", "first_text", "idle", "total")
    assert page.var(ProvidersState, "form_field") == ("deadlines" if deadline else field)
    assert page.failures == []
    assert "Mine" not in [item.name for item in await world.services.providers.all(world.owner)]


async def test_confirmation_and_undo_disappear_after_leaving_the_page(world: World, page: Page) -> None:
    await page.do(ProvidersState.open)
    id = row(page, "Fake")["id"]
    await page.do(ProvidersState.ask, provider_id=id)
    assert page.var(ProvidersState, "asking") == id
    assert names(page) == ["Guide", "Fake"], "nothing is removed before the answer"
    await page.do(ProvidersState.remove, provider_id=id)
    assert (page.var(ProvidersState, "asking"), page.var(ProvidersState, "removed_id")) == ("", id)
    await page.do(ProvidersState.open)
    assert page.var(ProvidersState, "removed_id") == ""


async def test_other_tabs_hear_of_a_provider(world: World, page: Page) -> None:
    await page.do(ProvidersState.load)
    with world.services.changes.listen(world.owner, "another tab") as news:
        await page.do(ProvidersState.remove, provider_id=row(page, "Fake")["id"])
        assert (await news.get()).conversation_id == MODELS
    await page.do(ProvidersState.undo_remove)
    async with opened_page(page.person, "another tab") as other:
        await other.do(ProvidersState.on_remote_change, conversation_id="0" * 32)
        assert other.var(ProvidersState, "rows") in (None, [])
        await other.do(ProvidersState.on_remote_change, conversation_id=MODELS)
        await other.do(ModelsState.on_remote_change, conversation_id=MODELS)
        assert names(other) == ["Guide", "Fake"]
        assert "Fake:m" in [choice["id"] for choice in other.var(ModelsState, "choices")]


# The models of one provider.


def shown(page: Page) -> list[tuple[str, bool]]:
    return [(each["name"], each["shown"]) for each in page.var(ProviderModelsState, "rows")]


async def test_models_are_named_hidden_ordered_and_removed(world: World, page: Page) -> None:
    await page.do(ProvidersState.load)
    state = ProviderModelsState
    await page.do(state.open, provider_id=row(page, "Fake")["id"])
    assert shown(page) == [("m", True), ("other", True)]
    await page.do(state.add, form={"model": " mine "})
    await page.do(state.show, name="m", shown=False)
    await page.do(state.move, name="mine", to="first")
    await page.do(state.move, name="m", to="down")
    assert shown(page) == [("mine", True), ("other", True), ("m", False)]
    offered = [choice["id"] for choice in page.var(ModelsState, "choices")]
    assert offered == ["Guide:guide", "Fake:mine", "Fake:other"]
    assert (row(page, "Fake")["models"], row(page, "Fake")["hidden_models"]) == (2, 1)

    for name, to in (("mine", "up"), ("m", "down"), ("nothing", "up"), ("m", "sideways"), (None, "up")):
        await page.do(state.move, name=name, to=to)
    assert [name for name, _ in shown(page)] == ["mine", "other", "m"]
    await page.do(state.move, name="other", to="up")
    await page.do(state.remove, name="mine")
    assert [name for name, _ in shown(page)] == ["other", "m"]
    await page.do(state.open, provider_id=row(page, "Fake")["id"])
    assert page.var(state, "provider_id") == "", "the same again closes it"
    assert page.failures == []


async def test_a_models_name_that_cannot_be_is_said_at_its_field(world: World, page: Page) -> None:
    await page.do(ProvidersState.load)
    await page.do(ProviderModelsState.open, provider_id=row(page, "Fake")["id"])
    form: object
    for form in ({"model": ""}, {"model": "m"}, {"model": 7}, {}, None, [], {"model": "a\0b"}):
        await page.do(ProviderModelsState.add, form=form)
        assert page.var(ProviderModelsState, "problem") != ""
    await page.do(ProviderModelsState.add, form={"model": "new"})
    assert page.var(ProviderModelsState, "problem") == ""
    await page.do(ProviderModelsState.open, provider_id="0" * 32)
    assert page.var(ProviderModelsState, "provider_id") == ""
    assert page.failures == []


async def test_a_long_list_of_models_is_shown_in_part_and_searched(world: World, page: Page) -> None:
    await world.add_provider("Many", [f"family-{number % 7}/model-{number}" for number in range(2000)])
    await page.do(ProvidersState.load)
    state = ProviderModelsState
    await page.do(state.open, provider_id=row(page, "Many")["id"])
    assert (len(shown(page)), page.var(state, "found"), page.var(state, "total")) == (WINDOW, 2000, 2000)

    await page.do(state.search, query="FAMILY-3 1999")
    assert shown(page) == []
    await page.do(state.search, query="family-4 1999")
    assert [name for name, _ in shown(page)] == ["family-4/model-1999"]
    await page.do(state.move, name="family-4/model-1999", to="first")
    await page.do(state.search, query="")
    assert shown(page)[0] == ("family-4/model-1999", True)
    await page.do(state.search, query="x" * 100_000)
    assert len(page.var(state, "query")) == 200
    await page.do(state.search, query="half \ud83d")
    assert page.var(state, "query") == "half \ufffd"
    assert page.failures == []


async def test_a_page_that_is_opened_asks_for_a_look(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    monkeypatch.setattr(world.services.model_refresh, "look_again", lambda: looks.append(True))
    await page.do(ModelsState.open)
    await page.do(ModelsState.on_remote_change, conversation_id=MODELS)
    assert looks == [True], "what a look found asks for no other"


@pytest.mark.parametrize("path", ["", "c/some-id", "history", "settings", "nowhere"])
def test_every_page_asks_for_a_look_when_it_is_opened(path: str) -> None:
    assert ModelsState.open in app.get_load_events(path)


async def test_preset_fills_in_name_and_address(page: Page) -> None:
    await page.do(ProvidersState.choose_preset, name="Mistral")

    form = page.var(ProvidersState, "form")
    assert (form["id"], form["name"], form["base_url"]) == ("", "Mistral", "https://api.mistral.ai/v1")
    assert page.var(ProvidersState, "form_open") is True
    assert page.var(ProvidersState, "keys_url").startswith("https://")
    await page.do(ProvidersState.choose_preset, name=["no", "name"])
    assert page.var(ProvidersState, "form")["base_url"] == ""
    assert page.var(ProvidersState, "preset") == "Other"
    assert page.failures == []


async def test_connected_while_an_own_provider_is_on(page: Page) -> None:
    await page.do(ProvidersState.load)
    await page.do(ModelsState.load)
    before = page.var(ModelsState, "connected")
    for own in page.var(ProvidersState, "rows"):
        if own["kind"] == "OpenAICompatible":
            await page.do(ProvidersState.set_enabled, provider_id=own["id"], enabled=False)

    assert (before, page.var(ModelsState, "connected")) == (True, False)
    assert page.failures == []
