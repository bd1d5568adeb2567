"""The door every event from a browser comes through: what it lets in, cleans and refuses."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reflex.istate.data import RouterData
from reflex_base.registry import RegistrationContext

from tests.integration.state.page import Page
from tests.integration.state.test_s2_payloads import OURS
from webchat.services.limits import MAX_PROMPT_BYTES
from webchat.state.chat import ChatState
from webchat.state.connection import _clean_dumps
from webchat.state.history import HistoryState
from webchat.state.incoming import (
    MAX_DEPTH,
    MAX_FIELD,
    MAX_ITEMS,
    MAX_PATH,
    EventRefused,
    Incoming,
    read_event,
)
from webchat.state.preferences import PreferencesState

EXAMPLES = int(os.environ.get("WEBCHAT_EVENT_EXAMPLES", "10"))
"""Events made up for each handler."""

HANDLERS = RegistrationContext.get().event_handlers
CHAT = ChatState.get_full_name()
HISTORY = HistoryState.get_full_name()
ROOT = "reflex___state____state"
HALF = "half \ud83d of it\0"
anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from([HALF, "x" * (MAX_FIELD + 1), 10**40, [HALF] * 20, {"a": {"b": {"c": {}}}}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def read(name: str, router_data: object = None, /, **payload: Any) -> Incoming:
    return read_event({"name": name, "payload": payload, "router_data": router_data}, HANDLERS)


def can_be_sent(value: object) -> bool:
    return "\0" not in str(value) and bool(json.dumps(value, ensure_ascii=False).encode())


@pytest.mark.parametrize("name", sorted(HANDLERS))
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_every_handler_gets_what_it_declares_or_nothing(name: str, data: st.DataObject) -> None:
    arguments = list(HANDLERS[name].handler._parameters)[1:]
    payload = {each: data.draw(anything) for each in arguments}
    try:
        incoming = read(name, data.draw(anything), **payload)
    except EventRefused:
        return

    assert can_be_sent(incoming.payload)
    assert can_be_sent(incoming.router_data)
    hints = HANDLERS[name].handler._get_type_hints()
    for argument, value in incoming.payload.items():
        if hints.get(argument) in {str, bool}:
            assert type(value) is hints[argument]


@pytest.mark.parametrize(("state", "name"), OURS, ids=lambda each: str(each))
def test_every_handler_of_ours_takes_what_its_page_sends(state: Any, name: str) -> None:
    handler = state.event_handlers[name]
    right = {str: "words", bool: True, str | None: None, list[str]: ["one"], dict[str, Any]: {"title": HALF}}
    right[list[str] | None] = None
    payload = {each: right[handler._get_type_hints()[each]] for each in list(handler._parameters)[1:]}

    assert read(f"{state.get_full_name()}.{name}", {"pathname": "/", "asPath": "/"}, **payload).name


@pytest.mark.parametrize("name", [name for name in HANDLERS if name.endswith(".setvar")])
def test_setters_of_reflex_are_not_public(name: str) -> None:
    with pytest.raises(EventRefused, match="another version"):
        read(name, var_name="title", value="mine")


@pytest.mark.parametrize("data", [None, 7, "words", [], {}, {"name": 5}, {"name": "no.such"}, {"name": []}])
def test_what_is_no_event_is_refused(data: object) -> None:
    with pytest.raises(EventRefused):
        read_event(data, HANDLERS)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"model": None},
        {"model": 7},
        {"model": ["m"]},
        {"model": "m", "more": 1},
        {"model": "x" * (MAX_FIELD + 1)},
        {"\ud800": "m"},
    ],
)
def test_a_payload_its_handler_does_not_declare_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(EventRefused, match="Nothing was changed"):
        read(f"{CHAT}.choose_model", **payload)


def test_halves_of_characters_are_cleaned_wherever_they_stand() -> None:
    form = {"title": HALF, "more": [HALF, {HALF: HALF}]}

    cleaned = read(f"{HISTORY}.rename", form=form).payload["form"]

    clean = "half \ufffd of it\ufffd"
    assert cleaned == {"title": clean, "more": [clean, {clean: clean}]}
    assert read(f"{CHAT}.choose_model", model="\ud83d\ude00").payload == {"model": "😀"}


def test_a_message_may_be_as_long_as_its_handler_allows() -> None:
    words = "x" * (MAX_PROMPT_BYTES + 1)  # the handler says how much is too much

    assert read(f"{CHAT}.send_message", text=words, client_id="1").payload["text"] == words
    with pytest.raises(EventRefused):
        read(f"{CHAT}.send_message", text="x", client_id=words)


def test_a_payload_is_neither_deep_nor_endless() -> None:
    deep: Any = "x"
    for _ in range(MAX_DEPTH + 1):
        deep = {"a": deep}
    for form in (deep, {"a": ["x"] * MAX_ITEMS}, {"k" * 300: "x"}, {"a": 10**30}, {"a": float("nan")}):
        with pytest.raises(EventRefused):
            read(f"{HISTORY}.rename", form=form)


@pytest.mark.parametrize(
    "router_data",
    [
        {"pathname": "/", "asPath": 5},
        {"pathname": 5, "asPath": "/"},
        {"pathname": "/", "asPath": "no path"},
        {"pathname": "/", "asPath": "/" + "x" * MAX_PATH},
        {"pathname": "/", "query": 5},
        {"pathname": "/", "query": {"a": 5}},
        {"pathname": "/", "query": {str(number): "x" for number in range(200)}},
        "/",
        ["/"],
    ],
)
def test_router_data_that_is_none_is_refused(router_data: object) -> None:
    with pytest.raises(EventRefused, match="Nothing was changed"):
        read(f"{CHAT}.open_new", router_data)


@settings(deadline=None)
@given(path=st.text(st.characters(exclude_categories=()), max_size=40), query=anything)
def test_reflex_can_read_every_address_that_is_let_in(path: str, query: Any) -> None:
    try:
        incoming = read(f"{CHAT}.open_new", {"pathname": f"/{path}", "asPath": f"/{path}", "query": query})
    except EventRefused:
        return

    headers = {"origin": "http://127.0.0.1:3000"}
    assert RouterData.from_router_data(incoming.router_data | {"headers": headers}).url


def test_halves_of_characters_in_an_address_are_cleaned() -> None:
    where = {"pathname": f"/{HALF}", "asPath": f"/c/{HALF}", "query": {HALF: HALF, "conversation": [HALF]}}

    clean = "half \ufffd of it\ufffd"
    assert read(f"{CHAT}.open_new", where).router_data == {
        "pathname": f"/{clean}",
        "asPath": f"/c/{clean}",
        "query": {clean: clean, "conversation": [clean]},
    }


def test_only_stored_vars_can_be_set_by_a_page() -> None:
    values = {
        f"{HISTORY}.time_zone_rx_state_": "Europe/Berlin" + HALF + "x" * 900,
        f"{HISTORY}.deleted_title_rx_state_": "mine",
        f"{PreferencesState.get_full_name()}.system_prompt": "mine",
        "no.such.state": "x",
        f"{HISTORY}.time_zone": 5,
    }

    kept = read(f"{ROOT}.hydrate_and_load", vars=values, hashes=["a"]).payload["vars"]

    assert list(kept) == [f"{HISTORY}.time_zone_rx_state_"]
    assert len(kept[f"{HISTORY}.time_zone_rx_state_"]) == 200


def test_what_leaves_can_be_sent_whatever_its_source() -> None:
    def encode(value: Any, **options: Any) -> str:
        return json.dumps(value, ensure_ascii=False, **options)

    assert json.loads(_clean_dumps(encode, {"title": "\ud800 ä"}).encode()) == {"title": "\ufffd ä"}
    assert json.loads(_clean_dumps(encode, {"title": "a\0b"})) == {"title": "a\0b"}


async def test_a_notice_of_a_failure_that_fails_is_not_answered(page: Page) -> None:
    bad = page.event(ChatState.open_new)
    bad.router_data["asPath"] = 5

    failed = await page._processor.enqueue(page.token, bad)
    with suppress(TypeError, AttributeError):
        await failed
    while tasks := list(page._processor._tasks.values()):
        assert len(page.failures) < 10
        await asyncio.wait(tasks)

    assert len(page.failures) == 2  # the event, and the notice that carries its router data
