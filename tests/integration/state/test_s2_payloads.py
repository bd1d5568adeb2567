"""S2: every public handler takes whatever a client sends. It fails at nothing and touches nobody else's rows.

`uv run python -m tests.benchmarks.event_payloads` tries ten thousand payloads for each handler.
"""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import reflex as rx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reflex_base.registry import RegistrationContext

from tests.integration.services.world import World
from tests.integration.state.page import Page, opened_page
from tests.integration.state.possessions import SECRET, Planted, rows_of
from webchat.services.accounts import Person
from webchat.state.account import AccountState
from webchat.state.assistant_form import AssistantFormState
from webchat.state.assistant_import import AssistantImportState
from webchat.state.assistant_links import AssistantLinksState
from webchat.state.assistants import AssistantsState
from webchat.state.chat import ChatState
from webchat.state.conversation_menu import ConversationMenuState
from webchat.state.deletion import DeletionState
from webchat.state.folders import FoldersState
from webchat.state.history import HistoryState
from webchat.state.imports import ImportsState
from webchat.state.incoming import EventRefused, read_event
from webchat.state.limits import MemberLimitsState
from webchat.state.links import LinksState
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.passkeys import PasskeysState
from webchat.state.people import PeopleState
from webchat.state.preferences import PreferencesState
from webchat.state.prompts import PromptsState
from webchat.state.provider_models import ProviderModelsState
from webchat.state.providers import ProvidersState
from webchat.state.repeat import RepeatState
from webchat.state.search import SearchState
from webchat.state.server import ServerState
from webchat.state.share import ShareState
from webchat.state.shortcuts import ShortcutsState
from webchat.state.sidebar import SidebarState
from webchat.state.trash import TrashState
from webchat.state.usage import UsageState

STATES: list[type[rx.State]] = [
    AccountState,
    PasskeysState,
    PeopleState,
    AssistantFormState,
    AssistantImportState,
    AssistantLinksState,
    AssistantsState,
    ChatState,
    ConversationMenuState,
    DeletionState,
    FoldersState,
    HistoryState,
    ImportsState,
    RepeatState,
    SearchState,
    LinksState,
    MemberLimitsState,
    ModelsState,
    NoticeState,
    PreferencesState,
    PromptsState,
    ProviderModelsState,
    ProvidersState,
    ServerState,
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
NOT_SETTERS = {"setvar", "set_enabled", "set_passphrase", "set_role", "set_disabled"}
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


def test_s2_every_state_of_the_app_is_looked_at() -> None:
    ours = {cls for cls in rx.State.get_substates() if cls.__module__.startswith("webchat.")}

    assert ours == set(STATES)
    assert len(OURS) >= 35


def test_s2_no_state_lets_a_client_set_its_vars() -> None:
    for state in STATES:
        setters = {name for name in state.event_handlers if name.startswith("set")}
        assert setters <= NOT_SETTERS, state


async def test_s2_wrong_types_change_nothing(world: World, page: Page) -> None:
    await world.asked("Mine")
    await page.do(HistoryState.load)
    await page.do(ProvidersState.load)
    before = tables(world)

    for state in STATES:
        takes_something = [name for owner, name in OURS if owner is state and arguments(state, name)]
        for wrong in (None, 7, -1.5, True, [], ["x"], {}, {"a": {"b": 1}}, ""):
            for name in takes_something:
                await page.do(state.event_handlers[name], **dict.fromkeys(arguments(state, name), wrong))
                assert page.failures == [], (state, name, wrong)
        assert tables(world) == before, state


# As someone else than the owner of what is there.

EXAMPLES = settings().max_examples // 3
"""Payloads that the handlers of one state share."""
FIELDS = [
    *("title", "name", "base_url", "secret", "proxy", "context", "forget_secret", "headers", "body", "seed"),
    *("tags", "tag", "folder", "link_id", "passphrase", "expiry", "may_continue", "days", "text", "model"),
    *("system_prompt", "temperature", "input", "output", "shift_key", "connect", "total", "max_tokens"),
    *("messages", "tokens", "cost"),
    *("description", "symbol", "colour", "picture", "starters", "with_prompt"),
]
TEXTS = [
    *("", " ", "0", "-1", "1e309", "Fake:m", "Auto:auto", "Guide:guide", "a:b:c", "null", "../../etc/passwd"),
    *("\ud800", "a\0b", "<reflex.Var>x</reflex.Var>", "{{x}}", "%s%n", "' OR 1=1 --", "x" * 3000, "\u202e"),
    *("http://127.0.0.1:9/v1", "https://[", "javascript:alert(1)", "9" * 5000, "week", "on", "\x1b[2J"),
]


@dataclass
class Visitor:
    """A tab of the stranger, what they may send, and what the owner had before."""

    page: Page
    fitting: dict[Any, st.SearchStrategy[Any]]
    before: dict[str, list[Any]]


@pytest.fixture
async def visitor(planted: Planted, planted_world: World) -> AsyncIterator[Visitor]:
    world = planted_world
    own = {row[0] for rows in rows_of(world, world.stranger).values() for row in rows}
    pool = [*planted.ids.all.values(), *(each for each in own if isinstance(each, str))]
    async with opened_page(Person(world.stranger)) as page:
        yield Visitor(page, fitting(pool), rows_of(world, world.owner))


def fitting(pool: list[str]) -> dict[Any, st.SearchStrategy[Any]]:
    """Values of each declared type, which come through to the handler, and at times any others."""
    text = st.sampled_from(pool) | st.sampled_from(TEXTS) | st.text(max_size=40)
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        str: text,
        bool: st.booleans(),
        str | None: st.none() | text,
        list[str]: st.lists(text, max_size=5),
        list[str] | None: st.none() | st.lists(text, max_size=5),
        dict[str, Any]: st.dictionaries(st.sampled_from(FIELDS), text | anything, max_size=6),
    }
    return {hint: values | anything for hint, values in by_type.items()}


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_s2_no_payload_fails_or_reaches_what_others_have(
    state: type[rx.State], planted: Planted, planted_world: World, visitor: Visitor, data: st.DataObject
) -> None:
    page, ids, world = visitor.page, planted.ids, planted_world
    name = data.draw(st.sampled_from([name for owner, name in OURS if owner is state]))
    handler = state.event_handlers[name]
    hints = handler._get_type_hints()
    payload = {each: data.draw(visitor.fitting[hints[each]], label=each) for each in arguments(state, name)}
    event = {"name": f"{state.get_full_name()}.{name}", "payload": payload}
    try:
        incoming = read_event(event, RegistrationContext.get().event_handlers)
    except EventRefused:
        return

    await page.do(handler, f"/c/{ids.conversation}?message={ids.answer}", **incoming.payload)

    assert page.failures == []
    assert rows_of(world, world.owner) == visitor.before
    assert SECRET not in str(page.sent)
    page.sent.clear()
