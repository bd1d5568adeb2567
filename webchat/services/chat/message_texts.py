"""The texts of messages, which the page loads apart from their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from webchat.messages import Role
from webchat.services.answers.running import RunningAnswers
from webchat.services.chat.versions import version_of
from webchat.services.chat.window import OPENING, opening_window
from webchat.services.files.files import Files
from webchat.services.files.views import FileView
from webchat.storage.engine import Database
from webchat.storage.queries import conversations, messages
from webchat.storage.types import MessageStatus


@dataclass(frozen=True, slots=True)
class MessageText:
    """The text of one message."""

    role: Role
    text: str
    reasoning: str
    raw: Sequence[Any] = ()
    """Parts of an imported message that cannot be shown."""
    files: Sequence[FileView] = ()
    version: str | None = None
    """Its `version_of`; None where nobody asks for it."""
    is_streaming: bool = False
    """Whether more is to come."""


class MessageTexts:
    """Reads the texts of messages. Anything that does not belong to the owner is not found."""

    def __init__(self, database: Database, running: RunningAnswers, files: Files) -> None:
        self._database = database
        self._running = running
        self._files = files

    async def read(
        self, owner_id: str, message_ids: Sequence[str], most: int | None = None
    ) -> dict[str, MessageText]:
        """The text of the owner's messages with these ids; for running answers, the text so far.

        Args:
            owner_id: whose messages.
            message_ids: the order of the result.
            most: maximum characters; the first message that exceeds it and all after it are left out. The
                first message is always included.
        """
        found: dict[str, MessageText] = {}
        async with self._database.read() as session:
            if most is not None:
                sizes = await messages.sizes(session, owner_id, message_ids)
                for id in sizes:
                    if live := await self._running.find(owner_id, id):
                        sizes[id] = live.size
                message_ids = _within(message_ids, sizes, most)
            rows = await messages.get_many(session, owner_id, message_ids)
            attached = await self._files.views_of(session, owner_id, [row.id for row in rows])
        for row in rows:
            streaming = row.status is MessageStatus.STREAMING
            live = await self._running.find(owner_id, row.id) if streaming else None
            found[row.id] = (
                MessageText(
                    row.role, live.text, live.reasoning, files=attached.get(row.id, ()), is_streaming=True
                )
                if live
                else MessageText(
                    row.role,
                    row.content,
                    row.reasoning,
                    row.raw or (),
                    attached.get(row.id, ()),
                    is_streaming=streaming,
                )
            )
        return found

    async def read_opening(
        self, owner_id: str, conversation_id: str, around: str, most: int
    ) -> dict[str, MessageText]:
        """The text of the finished messages that a conversation opens with, newest first, with versions.

        Args:
            owner_id: whose conversation.
            conversation_id: the conversation; nothing is found of one that does not exist.
            around: the message it is opened at; empty for its end.
            most: maximum characters, as of `read`.
        """
        async with self._database.read() as session:
            row = await conversations.get(session, owner_id, conversation_id)
            if row is None:
                return {}
            window = await opening_window(session, row, OPENING, around)
        versions = {
            shown.message.id: version_of(shown)
            for shown in reversed(window.items)
            if shown.message.status is not MessageStatus.STREAMING
        }
        found = await self.read(owner_id, list(versions), most)
        return {id: replace(text, version=versions[id]) for id, text in found.items()}


def _within(message_ids: Sequence[str], sizes: Mapping[str, int], most: int) -> list[str]:
    """The first existing ids whose messages have at most `most` characters in total, but at least one."""
    there = [id for id in message_ids if id in sizes]
    total = accumulate(sizes[id] for id in there)
    return [
        id for number, (id, size) in enumerate(zip(there, total, strict=True)) if size <= most or not number
    ]
