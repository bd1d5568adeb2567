"""The languages of the interface, and in which one something is said.

English is in the sources. Every other language is a file in `languages/`, named by its tag
(https://www.rfc-editor.org/info/bcp47). Its first line is a comment with the language's name in itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

ENGLISH = "en"
FOLDER = Path(__file__).parent / "languages"
COOKIE = "webchat_language"
"""The language that somebody has chosen in Settings, for their browser."""

_MOST_LANGUAGES_ASKED = 20
"""Entries of an `Accept-Language` header that are read."""


def _name(file: Path) -> str:
    with file.open(encoding="utf-8") as lines:
        return lines.readline().removeprefix("#").strip()


LANGUAGES = {ENGLISH: "English"} | {file.stem: _name(file) for file in sorted(FOLDER.glob("*.po"))}
"""The name of each language in itself, by its tag."""

_language: ContextVar[str | None] = ContextVar("language", default=None)


def _outside_of_events() -> str | None:
    return None


_of_event: Callable[[], str | None] = _outside_of_events


def current() -> str:
    """The language of the request or event that is being handled; English outside of one."""
    return _language.get() or _of_event() or ENGLISH


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in this language.

    >>> with speaking("ru"):
    ...     current()
    'ru'
    """
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def read_from_events(of_event: Callable[[], str | None]) -> None:
    """Ask `of_event` for the language where nothing else says it; None outside of an event."""
    global _of_event
    _of_event = of_event


def chosen(cookies: str) -> str:
    """The language that a `Cookie` header names; empty if it names none of ours."""
    for part in cookies.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and value in LANGUAGES:
            return value
    return ""


def accepted(header: str) -> str:
    """The language of ours that an `Accept-Language` header prefers (RFC 4647, section 3.4, "Lookup").

    >>> accepted("de, ru-RU;q=0.9, en;q=0.8"), accepted("fr"), accepted("en, ru")
    ('ru', 'en', 'en')
    """
    asked = [part.partition(";") for part in header.split(",")[:_MOST_LANGUAGES_ASKED]]
    ours = {language.casefold(): language for language in LANGUAGES}
    for tag, _, quality in sorted(asked, key=lambda each: -_quality(each[2])):
        if _quality(quality) <= 0:
            continue
        wanted = tag.strip().casefold()
        if wanted == "*":
            return ENGLISH
        while wanted:  # "pt-BR" may be there, or only "pt"
            if wanted in ours:
                return ours[wanted]
            wanted = wanted.rpartition("-")[0]
    return ENGLISH


def wanted(headers: Mapping[str, str]) -> str:
    """The language for a browser that sends these headers, whose names are in lower case."""
    return chosen(headers.get("cookie", "")) or accepted(headers.get("accept-language", ""))


def _quality(text: str) -> float:
    value = text.strip().removeprefix("q=")
    try:
        return float(value) if value else 1.0
    except ValueError:
        return 0.0
