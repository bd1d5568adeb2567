"""Reads values of unknown type: each function takes anything and returns what it was asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from webchat.services.assistants.values import MAX_NAME

RAW_CHARACTERS = 100_000
"""Maximum characters of JSON kept of a part that cannot be shown."""
RAW_DEPTH = 100
"""Maximum nesting of such a part."""
_EARLIEST, _LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 100_000_000_000
"""A number of this size is a time in milliseconds: in seconds it would be in the year 5138."""


def text(value: object) -> str:
    """The value if it is text, else an empty text."""
    return value if isinstance(value, str) else ""


def assistant_name(value: object) -> str:
    """The value as the name of an assistant; empty if it cannot be one."""
    name = " ".join(text(value).split())
    return name if len(name) <= MAX_NAME else ""


def identifier(value: object) -> str | None:
    """The value as the id of something; None if it cannot be one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def mapping(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def moment(value: object) -> datetime | None:
    """The time meant by seconds or milliseconds since 1970 or an ISO 8601 text; None if there is none."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            seconds = float(value)
            seconds /= 1000 if abs(seconds) >= _MILLISECONDS_FROM else 1
            found = datetime.fromtimestamp(seconds, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if _EARLIEST <= found <= _LATEST else None


def number(value: object) -> float | None:
    """The value if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if abs(found) < float("inf") else None


class LeftOut(dict[str, Any]):
    """What is kept of a part that is too large or nested too deeply: why, and its size."""


def raw(value: object) -> Any:
    """A part that cannot be shown, as plain JSON; `LeftOut` if it is too large to keep."""
    if _depth(value) > RAW_DEPTH:
        return LeftOut(left_out="nested too deeply")
    kept = json.dumps(value, default=_plain, ensure_ascii=False)
    if len(kept) > RAW_CHARACTERS:
        kind = {"type": value["type"]} if isinstance(value, dict) and _is_short(value.get("type")) else {}
        return LeftOut(kind, left_out="too large", characters=len(kept))
    return json.loads(kept)


def fenced(code: str, language: str = "") -> str:
    """A text as a block of code in Markdown."""
    fence = "```"
    while fence in code:
        fence += "`"
    return f"{fence}{language}\n{code}\n{fence}"


def _is_short(value: object) -> bool:
    return isinstance(value, str) and len(value) < 100


def _depth(value: object) -> int:
    """How deeply a value is nested, counted no further than the limit."""
    level, depth = [value], 0
    while level and depth <= RAW_DEPTH:
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level = inner
        depth += 1
    return depth


def _plain(value: object) -> float | str:
    found = number(value)
    return str(value) if found is None else found
