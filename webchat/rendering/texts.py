"""Text helpers shared by the page, the Markdown file and the image."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import date

from webchat.messages import Role
from webchat.snapshot import Snapshot

UNTITLED = "A shared conversation"
_DESCRIPTION_LENGTH = 160
_UNSHOWABLE = re.compile("[\x00\ud800-\udfff]")
# `strftime` depends on the server's locale.
_MONTHS = {
    1: "January", 2: "February", 3: "March", 4: "April", 5: "May", 6: "June", 7: "July", 8: "August",
    9: "September", 10: "October", 11: "November", 12: "December",
}  # fmt: skip


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


def title_of(snapshot: Snapshot) -> str:
    """The snapshot's title on one line, never empty."""
    return one_line(snapshot.title) or UNTITLED


def date_of(snapshot: Snapshot) -> str:
    """The date it was shared, such as `3 November 2026`."""
    return written(snapshot.shared_on)


def written(day: date) -> str:
    """A date, such as `3 November 2026`."""
    return f"{day.day} {_MONTHS[day.month]} {day.year}"


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
