"""Validates everything a browser sends to event handlers.

Reflex calls a handler with whatever arrives over the websocket and trusts what it says about the page's
address. `read_event` only accepts what the handler declares, within limits and without characters that cannot
be sent back. Handlers check the rest themselves (ids, message sizes, ownership).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from reflex.event import EventHandler
from reflex_base.registry import RegisteredEventHandler

from webchat.errors import WebchatError
from webchat.services.limits import clean_text

MAX_FIELD = 16_384
"""Maximum characters of a text, unless it is one of `WORDS`."""
WORDS = frozenset({"text", "system_prompt"})
"""Arguments and form fields with text from users, whose handlers check its size."""
MAX_ITEMS = 10_000
"""Maximum values in a payload, including those inside lists and forms."""
MAX_DEPTH = 6
MAX_KEY = 256
"""Maximum characters of a form field's name."""
MAX_PATH = 4_096
"""Maximum characters of the page's address."""
MAX_STORED = 200
"""Maximum characters of a value from the browser's storage."""

_REFLEX = frozenset({"hydrate", "hydrate_and_load", "on_load_internal", "set_is_hydrated"})
_REFLEX_WITH_VARS = frozenset({"hydrate_and_load", "update_vars_internal"})
_REFLEX_REPORTS = frozenset({"handle_frontend_exception"})
_LONGEST_INTEGER = 2**63


class EventRefused(WebchatError):
    """A browser's event is rejected.

    Args:
        cause: for the log; never repeats what was sent.
        reason: `another_version` if an earlier version of the page may have sent it.
    """

    code = "event_refused"

    def __init__(self, cause: str, reason: Literal["", "another_version"] = "") -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event for its handler; `size` is the number of characters in its payload."""

    name: str
    payload: dict[str, Any]
    router_data: dict[str, Any]
    size: int


def read_event(data: object, handlers: Mapping[str, RegisteredEventHandler]) -> Incoming:
    """Return the event in a websocket message, cleaned, for one of the public `handlers`.

    Raises:
        EventRefused: it is not an event, its handler is not public, or the payload does not match.
    """
    if not isinstance(data, Mapping):
        raise EventRefused("an event that is not an object")
    name, payload = data.get("name"), data.get("payload")
    if not isinstance(name, str) or (registered := handlers.get(name)) is None or not is_public(registered):
        raise EventRefused("an event for an unknown handler", "another_version")
    if not isinstance(payload, Mapping | None):
        raise EventRefused("a payload that is not an object")
    cleaner = _Cleaner()
    cleaned = cleaner.form(payload or {}, depth=0)
    handler = registered.handler
    if handler.fn.__name__ in _REFLEX_WITH_VARS:
        cleaned["vars"] = _stored_vars(cleaned.get("vars"), registered)
    _check_types(handler, cleaned)
    return Incoming(name, cleaned, _router_data(data.get("router_data")), cleaner.size)


def is_public(registered: RegisteredEventHandler) -> bool:
    """Whether browsers may call a handler: ours, and the few that Reflex's page needs to load and report."""
    handler = registered.handler.fn
    if handler.__module__.startswith("webchat."):
        return True
    return handler.__name__ in _REFLEX | _REFLEX_WITH_VARS | _REFLEX_REPORTS


class _Cleaner:
    """Checks one payload and counts its values."""

    def __init__(self) -> None:
        self.size = 0
        self._items = 0

    def form(self, values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        cleaned: dict[str, Any] = {}
        for key, value in values.items():
            if not isinstance(key, str) or len(key) > MAX_KEY:
                raise EventRefused("a name that is not text or is too long")
            cleaned[clean_text(key)] = self._value(value, depth + 1, key in WORDS)
        return cleaned

    def _value(self, value: object, depth: int, words: bool = False) -> Any:
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise EventRefused("a payload with too many values")
        if isinstance(value, str):
            if len(value) > MAX_FIELD and not words:
                raise EventRefused("a text that is too long")
            self.size += len(value)
            return clean_text(value)
        if isinstance(value, Mapping):
            return self.form(value, depth)
        if isinstance(value, list):
            return [self._value(each, depth + 1) for each in value]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int) and -_LONGEST_INTEGER <= value < _LONGEST_INTEGER:
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        raise EventRefused("a number that is invalid or too large")


def _check_types(handler: EventHandler, payload: dict[str, Any]) -> None:
    declared = _declared(handler)
    if payload.keys() - declared.keys():
        raise EventRefused("an unknown argument")
    for name, (adapter, required) in declared.items():
        if name not in payload:
            if required:
                raise EventRefused("a missing argument")
            continue
        try:
            payload[name] = adapter.validate_python(payload[name], strict=True)
        except ValidationError:
            raise EventRefused("an argument of the wrong type") from None


@lru_cache(maxsize=512)
def _declared(handler: EventHandler) -> dict[str, tuple[TypeAdapter[Any], bool]]:
    """The type of each argument, and whether it is required."""
    hints = handler._get_type_hints()
    parameters = list(inspect.signature(handler.fn).parameters.values())[1:]  # without self
    return {
        each.name: (TypeAdapter(hints.get(each.name, Any)), each.default is inspect.Parameter.empty)
        for each in parameters
    }


def _stored_vars(values: object, registered: RegisteredEventHandler) -> dict[str, str]:
    """The vars that a page keeps in the browser's storage, as `state.var`, and no others."""
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise EventRefused("stored vars that are not an object")
    root = registered.states[0].get_root_state()
    kept = {}
    for name, value in values.items():
        state_name, _, var_name = name.rpartition(".")
        try:
            state = root.get_class_substate(state_name)
        except ValueError:
            continue  # from an earlier version
        if state._is_client_storage(var_name.removesuffix("_rx_state_")) and isinstance(value, str):
            kept[name] = value[:MAX_STORED]
    return kept


def _router_data(data: object) -> dict[str, Any]:
    """The page's route, address and parameters."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise EventRefused("router data that is not an object")
    kept: dict[str, Any] = {}
    for name in ("pathname", "asPath"):
        if name in data:
            path = data[name]
            if not isinstance(path, str) or not path.startswith("/") or len(path) > MAX_PATH:
                raise EventRefused("an invalid address")
            kept[name] = clean_text(path)
    query = data.get("query") or {}
    if not isinstance(query, Mapping) or len(query) > 100:
        raise EventRefused("invalid parameters")
    cleaned = _Cleaner().form(query, depth=MAX_DEPTH - 2)
    if not all(isinstance(value, str | list) for value in cleaned.values()):
        raise EventRefused("invalid parameters")
    return kept | {"query": cleaned}
