"""The values of an assistant, and checks of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webchat.services.errors import AssistantInvalid
from webchat.services.parameters import Stored

if TYPE_CHECKING:
    from webchat.storage.tables import Assistant

MAX_ASSISTANTS = 100
"""Assistants of one owner."""
MAX_NAME = 60
MAX_DESCRIPTION = 300
MAX_SYMBOL = 16
"""Characters of a symbol: some emoji are joined from several."""
MAX_PROMPT = 20_000
"""Characters of a system prompt."""
MAX_TOTAL = 1_000_000
"""Characters of the system prompts of all assistants of one owner."""
MAX_STARTERS = 6
MAX_STARTER = 500
"""Characters of a starter."""
MAX_FILES = 10
MAX_FILES_SIZE = 32 * 1024 * 1024
"""Bytes of the files of an assistant together."""
COLOURS = ("teal", "blue", "violet", "pink", "red", "orange", "green", "grey")


@dataclass(frozen=True, slots=True)
class Values:
    """What an assistant is made of.

    `picture` is a WebP image or None. An empty `symbol` stands for the first letter of the name, an empty
    `model`, `system_prompt` or `temperature` for the default of whoever uses it.
    """

    name: str
    description: str = ""
    symbol: str = ""
    colour: str = COLOURS[0]
    picture: bytes | None = None
    model: str = ""
    system_prompt: str = ""
    temperature: float | None = None
    parameters: Stored = field(default_factory=dict)
    starters: tuple[str, ...] = ()


def values_of(row: Assistant) -> Values:
    """The values of a row and its picture."""
    return Values(
        row.name,
        row.description,
        row.symbol,
        row.colour,
        row.picture,
        row.model or "",
        row.system_prompt,
        row.temperature,
        row.parameters or {},
        tuple(row.starters),
    )


def columns_of(values: Values) -> dict[str, object]:
    """The columns that hold the values."""
    return {
        "name": values.name,
        "description": values.description,
        "symbol": values.symbol,
        "colour": values.colour,
        "picture": values.picture,
        "has_picture": values.picture is not None,
        "model": values.model or None,
        "system_prompt": values.system_prompt,
        "temperature": values.temperature,
        "parameters": values.parameters or None,
        "starters": list(values.starters),
    }


def checked_name(text: object) -> str:
    """The name on one line.

    Raises:
        AssistantInvalid: it is empty or longer than `MAX_NAME`.
    """
    line = _line(text)
    if not 0 < len(line) <= MAX_NAME:
        raise AssistantInvalid("name", limit=MAX_NAME)
    return line


def checked_description(text: object) -> str:
    """The description on one line.

    Raises:
        AssistantInvalid: it is longer than `MAX_DESCRIPTION`.
    """
    line = _line(text)
    if len(line) > MAX_DESCRIPTION:
        raise AssistantInvalid("description", limit=MAX_DESCRIPTION)
    return line


def checked_prompt(text: object) -> str:
    """The system prompt without spaces around it.

    Raises:
        AssistantInvalid: it is longer than `MAX_PROMPT`.
    """
    prompt = text.strip() if isinstance(text, str) else ""
    if len(prompt) > MAX_PROMPT:
        raise AssistantInvalid("system_prompt", limit=MAX_PROMPT)
    return prompt


def checked_starters(texts: object) -> tuple[str, ...]:
    """The starters, without empty ones.

    Raises:
        AssistantInvalid: there are more than `MAX_STARTERS`, or one is longer than `MAX_STARTER`.
    """
    found = [each.strip() for each in texts if isinstance(each, str)] if isinstance(texts, list) else []
    kept = tuple(filter(None, found))
    if len(kept) > MAX_STARTERS or any(len(each) > MAX_STARTER for each in kept):
        raise AssistantInvalid("starters", most=MAX_STARTERS, limit=MAX_STARTER)
    return kept


def read_symbol(text: object) -> str:
    """The symbol; empty if it cannot be one."""
    symbol = _line(text)
    return symbol if len(symbol) <= MAX_SYMBOL else ""


def read_colour(text: object) -> str:
    """The colour; the first one if it is unknown."""
    return text if isinstance(text, str) and text in COLOURS else COLOURS[0]


def _line(text: object) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""
