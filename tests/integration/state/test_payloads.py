"""Every public handler takes whatever a client sends: it refuses, and nothing is changed or logged (S2)."""

from __future__ import annotations

import inspect
import sqlite3
from typing import Any

import pytest
import reflex as rx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.services.world import World
from tests.integration.state.page import Page
from webchat.state.account import AccountState
from webchat.state.chat import ChatState
from webchat.state.conversation_menu import ConversationMenuState
from webchat.state.deletion import DeletionState
from webchat.state.folders import FoldersState
from webchat.state.history import HistoryState
from webchat.state.imports import ImportsState
from webchat.state.links import LinksState
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.people import PeopleState
from webchat.state.preferences import PreferencesState
from webchat.state.prompts import PromptsState
from webchat.state.provider_models import ProviderModelsState
from webchat.state.providers import ProvidersState
from webchat.state.search import SearchState
from webchat.state.share import ShareState
from webchat.state.shortcuts import ShortcutsState
from webchat.state.sidebar import SidebarState
from webchat.state.trash import TrashState
from webchat.state.usage import UsageState

STATES: list[type[rx.State]] = [
    AccountState,
    ChatState,
    ConversationMenuState,
    DeletionState,
    FoldersState,
    HistoryState,
    ImportsState,
    SearchState,
    LinksState,
    ModelsState,
    NoticeState,
    PeopleState,
    PreferencesState,
    PromptsState,
    ProviderModelsState,
    ProvidersState,
    ShareState,
    ShortcutsState,
    SidebarState,
    UsageState,
    TrashState,
]
OURS = [
    (state, name)
    for state in STATES
    for name, handler in state.event_handlers.items()
    if name != "setvar" and handler.fn.__module__.startswith("webchat.")
]
NOT_SETTERS = {"setvar", "set_disabled", "set_enabled", "set_passphrase", "set_role"}
anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", "Fake:m", "\ud800", "a\0b", "<reflex.Var>x</reflex.Var>", "x" * 3000, "x" * 300_000]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["title", "name"]), inner),
    max_leaves=4,
)


def arguments(state: type[rx.State], name: str) -> list[str]:
    return [argument for argument in inspect.signature(state.event_handlers[name].fn).parameters][1:]


TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"


def tables(world: World) -> dict[str, list[Any]]:
    """What the database holds."""
    database = sqlite3.connect(world.folder / "webchat.db")
    try:
        names = [name for (name,) in database.execute(TABLES)]
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    finally:
        database.close()


def test_every_state_of_the_app_is_looked_at() -> None:
    ours = {cls for cls in rx.State.get_substates() if cls.__module__.startswith("webchat.")}

    assert ours == set(STATES)
    assert len(OURS) >= 35


def test_no_state_lets_a_client_set_its_vars() -> None:
    for state in STATES:
        setters = {name for name in state.event_handlers if name.startswith("set")}
        assert setters <= NOT_SETTERS, state


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_wrong_types_change_nothing(state: type[rx.State], world: World, page: Page) -> None:
    await world.asked("Mine")
    await page.do(HistoryState.load)
    await page.do(ProvidersState.load)
    before = tables(world)
    takes_something = [name for owner, name in OURS if owner is state and arguments(state, name)]

    for wrong in (None, 7, -1.5, True, [], ["x"], {}, {"a": {"b": 1}}, ""):
        for name in takes_something:
            await page.do(state.event_handlers[name], **dict.fromkeys(arguments(state, name), wrong))
            assert page.failures == [], (name, wrong)

    assert tables(world) == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_no_payload_is_an_unhandled_failure(world: World, page: Page, data: st.DataObject) -> None:
    state, name = data.draw(st.sampled_from(OURS))
    payload = {argument: data.draw(anything, label=argument) for argument in arguments(state, name)}

    await page.do(state.event_handlers[name], **payload)

    assert page.failures == []
