"""Whom a handler runs for. `TabEvents` found out who it is before it let the event in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import reflex as rx
from reflex_base.constants import RouteVar
from reflex_base.event.context import EventContext

from webchat.hosts import network_of
from webchat.services.accounts import Person
from webchat.services.accounts.audit import read_addresses_from
from webchat.services.errors import NotAllowed
from webchat.services.runtime import services
from webchat.words.language import read_from_events

_PERSON = "webchat_person"
"""The entry of an event's routing data; what a handler yields inherits it."""


_LANGUAGE = "webchat_language"


def carry_person(router_data: dict[str, Any], person: Person) -> None:
    """Let the event with this routing data run for `person`."""
    router_data[_PERSON] = asdict(person)


def carry_language(router_data: dict[str, Any], language: str) -> None:
    """Let the event with this routing data be answered in `language`."""
    router_data[_LANGUAGE] = language


def _language_of_event() -> str | None:
    try:
        found: str | None = EventContext.get().router_data.get(_LANGUAGE)
    except LookupError:
        return None
    return found


def _address_of_event() -> str:
    try:
        return network_of(str(EventContext.get().router_data.get(RouteVar.CLIENT_IP, "")))
    except LookupError:
        return ""


read_from_events(_language_of_event)
read_addresses_from(_address_of_event)


def person_of(_state: rx.State) -> Person:
    """The person who sent the event that is being handled.

    Raises:
        LookupError: the event did not come from a browser.
    """
    return Person(**EventContext.get().router_data[_PERSON])


def owner_of(state: rx.State) -> str:
    """The id of the person who sent the event that is being handled.

    Raises:
        LookupError: the event did not come from a browser.
    """
    return person_of(state).id


def address_of(state: rx.State) -> str:
    """The network address of the browser that a handler runs for."""
    return state.router.session.client_ip


def is_administrator(state: rx.State) -> bool:
    """Whether the person who sent the event manages this webchat."""
    return person_of(state).is_administrator


def check_administrator(state: rx.State) -> None:
    """Make sure that a handler for administrators runs for one, whoever called it.

    Raises:
        NotAllowed: it does not.
    """
    if not is_administrator(state):
        raise NotAllowed


async def provider_owner(state: rx.State) -> str:
    """Whose providers the person changes: administrators those of everyone, members their own.

    Raises:
        NotAllowed: members may not have any.
    """
    return await services().accounts.provider_rights.owner_for(person_of(state))


def tab_of(state: rx.State) -> str:
    """The id of the browser tab that a handler runs for."""
    return state.router.session.client_token
