"""Limits on user input, and functions that check them."""

from __future__ import annotations

import math

from webchat.services.errors import ParameterInvalid, PromptEmpty, PromptTooLong, TitleInvalid

MAX_PROMPT_BYTES = 256 * 1024
"""Bytes of UTF-8 in one message: far below the 1,000,000 at which a websocket message is dropped."""

MAX_TITLE = 200
"""Characters of a title."""

MAX_TEMPERATURE = 2.0


def clean_text(text: str) -> str:
    """The text in a form that a database, a log and a websocket can handle.

    UTF-16 surrogate pairs are joined; lone surrogates and NUL become U+FFFD.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


def checked_prompt(text: object, *, needed: bool = True) -> str:
    """Return the text if it can be sent; a message with files needs none.

    Raises:
        PromptEmpty, PromptTooLong: it cannot be sent.
    """
    if isinstance(text, str) and not text.strip() and not needed:
        return ""
    if not isinstance(text, str) or not text.strip():
        raise PromptEmpty
    return checked_size(text)


def checked_size(text: object) -> str:
    """Return the text if it is a string no larger than a message may be.

    Raises:
        ParameterInvalid, PromptTooLong: it is not a string, or is too large.
    """
    if not isinstance(text, str):
        raise ParameterInvalid("not_text")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_PROMPT_BYTES:
        raise PromptTooLong(size, MAX_PROMPT_BYTES)
    return text


def checked_title(text: object) -> str:
    """The title on one line.

    Raises:
        TitleInvalid: it is empty or longer than `MAX_TITLE`.
    """
    title = " ".join(text.split()) if isinstance(text, str) else ""
    if not title:
        raise TitleInvalid("empty")
    if len(title) > MAX_TITLE:
        raise TitleInvalid("too_long", limit=MAX_TITLE)
    return title


def checked_temperature(value: object) -> float | None:
    """The temperature, None for the provider's default.

    Raises:
        ParameterInvalid: it is not a number from 0 to 2.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_TEMPERATURE:
        raise ParameterInvalid("temperature", limit=MAX_TEMPERATURE)
    return float(value)


def read_temperature(text: object) -> float | None:
    """Parse a typed temperature, with a decimal point or comma; None for an empty field.

    Raises:
        ParameterInvalid: it is not a number from 0 to 2.
    """
    if not isinstance(text, str):
        return checked_temperature(text)
    if not text.strip():
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    return checked_temperature(number)


def title_from(text: str, limit: int = 60) -> str:
    """An automatic title: the first words of the first message, cut between words."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > limit // 2 else cut).rstrip(" ,;:.-") + "…"
