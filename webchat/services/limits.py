"""How much of anything webchat takes from a person at once."""

from __future__ import annotations

from webchat.services.errors import ParameterInvalid, PromptEmpty, PromptTooLong, TitleInvalid

MAX_PROMPT_BYTES = 256 * 1024
"""Bytes of UTF-8 in one message: far below the 1,000,000 at which a websocket message is dropped."""

MAX_TITLE = 200
"""Characters of a title."""

MAX_TEMPERATURE = 2.0


def checked_prompt(text: object) -> str:
    """The text, if it can be sent.

    Raises:
        PromptEmpty, PromptTooLong: it cannot.
    """
    if not isinstance(text, str) or not text.strip():
        raise PromptEmpty
    return checked_size(text)


def checked_size(text: str) -> str:
    """The text, if it is no larger than a message may be.

    Raises:
        PromptTooLong: it is.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_PROMPT_BYTES:
        raise PromptTooLong(size, MAX_PROMPT_BYTES)
    return text


def checked_title(title: str) -> str:
    """The title on one line.

    Raises:
        TitleInvalid: it is empty or longer than `MAX_TITLE`.
    """
    title = " ".join(title.split())
    if not title:
        raise TitleInvalid("A title needs at least one character. The old one was kept.")
    if len(title) > MAX_TITLE:
        raise TitleInvalid(f"A title has at most {MAX_TITLE} characters. The old one was kept.")
    return title


def checked_temperature(value: float | None) -> float | None:
    """The temperature, None for the provider's own.

    Raises:
        ParameterInvalid: it is not between 0 and 2.
    """
    if value is not None and not 0 <= value <= MAX_TEMPERATURE:
        raise ParameterInvalid("The temperature is a number from 0 to 2. The old value was kept.")
    return value


def read_temperature(text: str) -> float | None:
    """The temperature a person typed, with a point or a comma; None for an empty field.

    Raises:
        ParameterInvalid: it is no number between 0 and 2.
    """
    text = text.strip()
    if not text:
        return None
    try:
        return checked_temperature(float(text.replace(",", ".")))
    except ValueError:
        raise ParameterInvalid("The temperature is a number from 0 to 2. The old value was kept.") from None


def title_from(text: str, limit: int = 60) -> str:
    """An automatic title: the first words of the first message, cut between words."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > limit // 2 else cut).rstrip(" ,;:.-") + "…"
