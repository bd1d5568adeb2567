"""Exports a shared conversation as a Markdown file."""

from __future__ import annotations

import re

from webchat.messages import Role
from webchat.rendering.texts import date_of, one_line, title_of
from webchat.snapshot import SharedMessage, Snapshot
from webchat.words.numbers import size
from webchat.words.text import ngettext, t

_SIGNS = re.compile(r"([\\`*_\[\]<>#&!|~$])")


def to_markdown(snapshot: Snapshot) -> str:
    """Return the conversation as Markdown, with every message unchanged."""
    parts = [
        heading(title_of(snapshot)),
        t("Shared on {day}", day=date_of(snapshot))
        + " · "
        + ngettext("{count} message", "{count} messages", len(snapshot.messages)),
    ]
    return "\n\n".join(parts) + "\n" + "".join(map(message_as_markdown, snapshot.messages))


def heading(title: str) -> str:
    """Return the heading of a file; `title` is plain text."""
    return f"# {_plain(one_line(title))}"


def message_as_markdown(message: SharedMessage) -> str:
    """Return a message with an empty line before it."""
    files = "".join(f"\n- {_plain(one_line(file.name))} ({size(file.size)})" for file in message.files)
    text = f"*{t('Redacted')}*" if message.redacted else message.text
    return f"\n{_heading(message)}\n" + "".join(f"\n{each}\n" for each in (text, files.lstrip("\n")) if each)


def _heading(message: SharedMessage) -> str:
    if message.role is Role.USER:
        return f"**{t('Question')}**"
    model = one_line(message.model)
    heading = f"**{t('Answer')}**"
    return f"{heading} ({_plain(model)})" if model else heading


def _plain(line: str) -> str:
    """Escape special characters, so that Markdown shows the line unchanged."""
    return _SIGNS.sub(r"\\\1", line)
