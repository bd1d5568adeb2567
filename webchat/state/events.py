"""What handlers get from the browser and hand on to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import reflex as rx
from reflex.event import Event
from reflex.utils.format import format_event_handler


def event(handler: Any, **payload: Any) -> Event:
    """The event that calls the event handler `handler`, for another handler to yield or return.

    `handler(text)` is not for words of people and services: Reflex 0.10.1 looks for its own tags in the
    arguments, and `<reflex.Var>x</reflex.Var>` makes it search without end, which stops the whole server.
    """
    return Event(name=format_event_handler(handler), payload=payload)


def entry(form: object, name: str) -> Any:
    """What a form holds under a name, None if it does not; a form may be anything a browser sends."""
    return form.get(name) if isinstance(form, Mapping) else None


def identifier(value: object) -> str:
    """The id a browser sent, empty for what can be none: ours are short and ASCII."""
    return value if isinstance(value, str) and value.isascii() and len(value) <= 64 else ""


def update(state: rx.State, **values: Any) -> None:
    """Set the vars that differ: Reflex sends every var that is set, whole, even if it is what it was."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)
