"""Who may call an event handler: everyone who is signed in, or administrators alone.

`TabEvents.on_event` asks here for every event of a browser. What one handler passes on to another is not
asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reflex.event import EventHandler

from webchat.services.accounts import Person
from webchat.services.errors import NotAllowed

_MARK = "_webchat_administrators_only"
_Handler = TypeVar("_Handler", bound=Callable[..., object])


def administrators_only(handler: _Handler) -> _Handler:
    """Let only administrators call a handler. Stands below `rx.event`."""
    setattr(handler, _MARK, True)
    return handler


def is_for_administrators(handler: EventHandler) -> bool:
    """Whether only administrators may call a handler."""
    return getattr(handler.fn, _MARK, False)


def check_allowed(handler: EventHandler, person: Person) -> None:
    """Make sure that a person may call a handler.

    Raises:
        NotAllowed: they may not.
    """
    if is_for_administrators(handler) and not person.is_administrator:
        raise NotAllowed
