"""Text helpers shared by the page, the Markdown file and the image."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import date

from webchat.messages import Role
from webchat.snapshot import Snapshot
from webchat.words.dates import day_month_year
from webchat.words.text import t

_DESCRIPTION_LENGTH = 160
_UNSHOWABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Clean a text for HTML: uniform line ends, no NUL, no lone surrogates."""
    return _UNSHOWABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def escaped(text: str) -> str:
    """Escape a text for HTML, between tags or in a quoted attribute."""
    return html.escape(clean(text))


def one_line(text: str) -> str:
    """The text on one line, without control and format characters, which could reverse words."""
    shown = "".join(
        " " if sign.isspace() or unicodedata.category(sign) == "Cc" else sign
        for sign in clean(text)
        if unicodedata.category(sign) != "Cf" or sign in "\u200c\u200d"
    )
    return " ".join(shown.split())


def untitled() -> str:
    """The title of a conversation that has none, or must not be shown."""
    return t("A shared conversation")


def title_of(snapshot: Snapshot) -> str:
    """The snapshot's title on one line, never empty."""
    return one_line(snapshot.title) or untitled()


def date_of(snapshot: Snapshot) -> str:
    """The date it was shared, such as `3 November 2026`."""
    return written(snapshot.shared_on)


def written(day: date) -> str:
    """A date, such as `3 November 2026`."""
    return day_month_year(day)


def description_of(snapshot: Snapshot) -> str:
    """The beginning of the first question that is not redacted."""
    for message in snapshot.messages:
        if message.role is Role.USER and not message.redacted:
            # A long text is cut before it is processed character by character.
            question = one_line(message.text[: 10 * _DESCRIPTION_LENGTH])
            if len(question) <= _DESCRIPTION_LENGTH:
                return question
            return question[: _DESCRIPTION_LENGTH - 1].rstrip() + "…"
    return ""
