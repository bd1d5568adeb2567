"""Helpers for the values that handlers get from the browser and pass to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import reflex as rx
from reflex.event import Event
from reflex.utils.format import format_event_handler


def event(handler: Any, **payload: Any) -> Event:
    """The event that calls the event handler `handler`, for another handler to yield or return.

    Do not use `handler(text)` for text from users or services: Reflex 0.10.1 looks for its own tags in the
    arguments, and `<reflex.Var>x</reflex.Var>` sends it into an endless loop, which blocks the whole server.
    """
    return Event(name=format_event_handler(handler), payload=payload)


def entry(form: object, name: str) -> Any:
    """The value of a form field, or None. The form can be anything a browser sends."""
    return form.get(name) if isinstance(form, Mapping) else None


def identifier(value: object) -> str:
    """The id a browser sent; empty if it cannot be valid: ids are short and ASCII."""
    return value if isinstance(value, str) and value.isascii() and len(value) <= 64 else ""


def identifiers(value: object) -> list[str]:
    """The ids of a list that a browser sent; empty texts for those that cannot be valid."""
    return [identifier(each) for each in value] if isinstance(value, list) else []


def update(state: rx.State, **values: Any) -> None:
    """Set the vars that differ, because Reflex sends every var that is set, even if it is unchanged."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)
