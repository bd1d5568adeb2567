"""The advanced parameters of a provider or a conversation: what the user enters, and how it is stored.

Stored, they are a JSON object with the names of `Parameters`. The values of headers are encrypted one by one,
because they may be keys, and are never shown again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from webchat.messages import MOST_TOKENS
from webchat.providers.parameters import RESERVED_HEADERS, Parameters
from webchat.providers.wire.openai_format import OWN_FIELDS
from webchat.services.errors import AdvancedInvalid

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
"""How much a model may reason, by the values of OpenAI's `reasoning_effort`."""
KEPT = "•••"
"""Stands for the stored value of a header."""

MOST_STOPS = 16
LONGEST_STOP = 200
LARGEST_SEED = 2**53 - 1
MOST_HEADERS = 20
LONGEST_HEADER_NAME = 100
LONGEST_HEADER = 2000
MOST_BODY_BYTES = 16 * 1024
DEEPEST_BODY = 32
"""Levels of nesting."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MOST_DIGITS = 20
_MOST_CHARACTERS = 64 * 1024
"""Characters of a field that are looked at."""

Stored = dict[str, Any]
FIELDS = Parameters.__slots__


def read_parameters(entered: Mapping[str, object], stored: Stored, seal: Callable[[str], str]) -> Stored:
    """Read what the user entered, by the names of the fields. Empty fields set nothing; missing ones keep
    what is stored.

    Args:
        entered: texts; `stop` has one text and `headers` one header on each line.
        stored: what is stored so far; a header whose value is `KEPT` keeps its value.
        seal: encrypts the value of a header.

    Raises:
        AdvancedInvalid: a value cannot be accepted; its `field` says which.
    """
    entered = {**shown_parameters(stored), **entered}
    texts = {name: _text(name, entered[name]) for name in FIELDS}
    found = {
        "max_tokens": _whole("max_tokens", texts["max_tokens"], 1, MOST_TOKENS),
        "top_p": _share(texts["top_p"]),
        "stop": _stops(texts["stop"]),
        "seed": _whole("seed", texts["seed"], -LARGEST_SEED, LARGEST_SEED),
        "effort": _effort(texts["effort"]),
        "headers": _headers(texts["headers"], stored.get("headers") or {}, seal),
        "body": _body(texts["body"]),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def shown_parameters(stored: Stored | None) -> dict[str, str]:
    """Stored parameters as their fields show them, without the values of headers."""
    there = stored or {}
    return {
        "max_tokens": str(there.get("max_tokens", "")),
        "top_p": f"{there['top_p']:.15g}" if "top_p" in there else "",
        "stop": "\n".join(map(_escaped, there.get("stop", ()))),
        "seed": str(there.get("seed", "")),
        "effort": there.get("effort", ""),
        "headers": "\n".join(f"{name}: {KEPT}" for name in there.get("headers", ())),
        "body": _written(there["body"]) if "body" in there else "",
    }


def opened_parameters(stored: Stored | None, unseal: Callable[[str], str]) -> Parameters:
    """Stored parameters as requests take them; `unseal` decrypts the value of a header."""
    there = dict(stored or {})
    headers = {name: unseal(sealed) for name, sealed in there.pop("headers", {}).items()}
    return Parameters(**there | {"stop": tuple(there.get("stop", ())), "headers": headers})


def without_headers(stored: Stored | None) -> Stored:
    """What may leave the database: headers may hold keys."""
    return {name: value for name, value in (stored or {}).items() if name != "headers"}


def imported_parameters(value: object) -> Stored:
    """The parameters in a file, without those that could not be entered. Headers are never imported."""
    stored = without_headers(value if isinstance(value, dict) else {})
    found: Stored = {}
    for name in (each for each in FIELDS if stored.get(each) is not None):
        with suppress(AdvancedInvalid, AttributeError, TypeError, ValueError, RecursionError):
            found |= read_parameters({name: shown_parameters({name: stored[name]})[name]}, {}, str)
    return found


def _written(body: object) -> str:
    """Fields as JSON on several lines, or on one if they are long."""
    lines = json.dumps(body, ensure_ascii=False, indent=2)
    return lines if len(lines) <= MOST_BODY_BYTES else json.dumps(body, ensure_ascii=False)


def keeps_headers(before: Stored, after: Stored) -> bool:
    """Whether the value of a header is still there."""
    return bool(set((before.get("headers") or {}).values()) & set((after.get("headers") or {}).values()))


def _text(field: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
        raise AdvancedInvalid("not_text", field)
    return value.strip("\r\n") if field == "stop" else value.strip()


def _whole(field: str, text: str, least: int, most: int) -> int | None:
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        raise AdvancedInvalid(field, field, least=least, most=most)
    number = int(text)
    if not least <= number <= most:
        raise AdvancedInvalid(field, field, least=least, most=most)
    return number


def _share(text: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise AdvancedInvalid("top_p", "top_p")
    return number


def _stops(text: str) -> list[str]:
    found = [_unescaped(line) for line in text.splitlines() if line.strip()]
    if len(found) > MOST_STOPS or any(len(each) > LONGEST_STOP for each in found):
        raise AdvancedInvalid("stop", "stop", most=MOST_STOPS, longest=LONGEST_STOP)
    return found


def _unescaped(line: str) -> str:
    """A line with `\\n` and `\\t` for the characters that cannot be typed into one."""
    parts = {"\\\\": "\\", "\\n": "\n", "\\t": "\t"}
    return re.sub(r"\\[\\nt]", lambda found: parts[found[0]], line)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _effort(text: str) -> str:
    if text and text not in EFFORTS:
        raise AdvancedInvalid("effort", "effort")
    return text


def _headers(text: str, stored: Mapping[str, str], seal: Callable[[str], str]) -> dict[str, str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_HEADERS:
        raise AdvancedInvalid("too_many_headers", "headers", most=MOST_HEADERS)
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or len(name) > LONGEST_HEADER_NAME or not _HEADER_NAME.fullmatch(name):
            raise AdvancedInvalid("header", "headers", line=line.partition(":")[0][:LONGEST_HEADER_NAME])
        if name.lower() in RESERVED_HEADERS:
            raise AdvancedInvalid("header_reserved", "headers", name=name)
        if name.lower() in map(str.lower, found):
            raise AdvancedInvalid("header_twice", "headers", name=name)
        if value == KEPT and name in stored:
            found[name] = stored[name]
            continue
        if not value or len(value) > LONGEST_HEADER or not all(" " <= letter <= "~" for letter in value):
            raise AdvancedInvalid("header_value", "headers", name=name, longest=LONGEST_HEADER)
        found[name] = seal(value)
    return found


def _body(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = json.loads(text)
        size = len(json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise AdvancedInvalid("body", "body") from None
    if not isinstance(found, dict) or _depth(found) > DEEPEST_BODY:
        raise AdvancedInvalid("body", "body")
    if size > MOST_BODY_BYTES:
        raise AdvancedInvalid("body_size", "body", limit=MOST_BODY_BYTES)
    if reserved := sorted(OWN_FIELDS & set(found)):
        raise AdvancedInvalid("body_reserved", "body", name=reserved[0])
    return found


def _depth(value: object) -> int:
    """The levels of nesting, at most one more than `DEEPEST_BODY`."""
    level, depth = [value], 0
    while level and depth <= DEEPEST_BODY:
        inner = [each for each in level if isinstance(each, dict | list)]
        level = [item for each in inner for item in (each.values() if isinstance(each, dict) else each)]
        depth += bool(inner)
    return depth
