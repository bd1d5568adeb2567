"""Conversations as the pages see them: opening, paging, naming, deleting, their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webchat.services.catalogue import Catalogue, split_model
from webchat.services.generations import Generations
from webchat.services.limits import checked_size, checked_temperature, checked_title
from webchat.services.shown import Attempt, ShownMessage
from webchat.storage.engine import Database
from webchat.storage.errors import ConversationNotFound, MessageNotFound
from webchat.storage.queries import conversations as queries
from webchat.storage.queries import generations, messages
from webchat.storage.queries.conversations import Cursor
from webchat.storage.queries.messages import BranchWindow
from webchat.storage.tables import Conversation
from webchat.storage.types import MessageStatus


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the sidebar or the history."""

    id: str
    title: str
    model: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Part of the history, newest first; `cursor` asks for what follows, empty at the end."""

    items: list[Summary]
    cursor: str


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a branch, oldest first."""

    items: list[ShownMessage]
    has_older: bool


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with the newest part of the branch it shows."""

    id: str
    title: str
    model: str
    system_prompt: str
    temperature: float | None
    window: Window


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one message."""

    text: str
    reasoning: str


class Conversations:
    """What a person does with conversations. Everything is the owner's or not found."""

    def __init__(self, database: Database, catalogue: Catalogue, running: Generations) -> None:
        self._database = database
        self._catalogue = catalogue
        self._running = running

    async def recent(self, owner_id: str, limit: int) -> list[Summary]:
        """The conversations used last."""
        async with self._database.read() as session:
            page = await queries.list_recent(session, owner_id, limit=limit)
        return [_summary(row) for row in page.conversations]

    async def page(self, owner_id: str, title: str, model: str, cursor: str, limit: int) -> Page:
        """One page of the history; `title` and `model` filter, empty ones do not."""
        async with self._database.read() as session:
            page = await queries.history(
                session, owner_id, limit=limit, before=_read_cursor(cursor), title=title, model=model or None
            )
        return Page([_summary(row) for row in page.conversations], _write_cursor(page.next))

    async def models_used(self, owner_id: str) -> list[str]:
        """Every model the history can be filtered by."""
        async with self._database.read() as session:
            return await queries.models_used(session, owner_id)

    async def open(self, owner_id: str, conversation_id: str, limit: int) -> OpenConversation:
        """A conversation and its newest `limit` messages.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await queries.require(session, owner_id, conversation_id)
            window = await messages.branch_window(session, owner_id, row.id, row.current_leaf_id, limit=limit)
        return OpenConversation(
            id=row.id,
            title=row.title,
            model=row.model or await self._catalogue.default_model(owner_id),
            system_prompt=row.system_prompt,
            temperature=row.temperature,
            window=_window(window),
        )

    async def older(self, owner_id: str, conversation_id: str, before_id: str, limit: int) -> Window:
        """The `limit` messages right before a message of the branch that is shown.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await queries.require(session, owner_id, conversation_id)
            return _window(
                await messages.branch_window(
                    session, owner_id, row.id, row.current_leaf_id, limit=limit, before_message_id=before_id
                )
            )

    async def message(self, owner_id: str, message_id: str) -> ShownMessage:
        """One message with its generation.

        Raises:
            MessageNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await messages.get_with_generation(session, owner_id, message_id)
        if found is None:
            raise MessageNotFound(message_id)
        return found

    async def attempts(self, owner_id: str, message_id: str) -> list[Attempt]:
        """What was tried for an answer, in order.

        Raises:
            MessageNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await messages.get_with_generation(session, owner_id, message_id)
            if found is None or found.generation is None:
                raise MessageNotFound(message_id)
            return await generations.list_attempts(
                session, owner_id, found.message.conversation_id, generation_id=found.generation.id
            )

    async def words(self, owner_id: str, message_ids: Sequence[str]) -> dict[str, Words]:
        """The words of the owner's messages among these ids; those being written, as far as they are."""
        async with self._database.read() as session:
            rows = await messages.get_many(session, owner_id, message_ids)
        found = {row.id: Words(row.content, row.reasoning) for row in rows}
        for row in rows:
            live = self._running.live(owner_id, row.id) if row.status is MessageStatus.STREAMING else None
            if live is not None:
                found[row.id] = Words(live.text, live.reasoning)
        return found

    async def rename(self, owner_id: str, conversation_id: str, title: str) -> str:
        """Give a conversation a title and return it as stored.

        Raises:
            TitleInvalid, ConversationNotFound: nothing was changed.
        """
        title = checked_title(title)
        async with self._database.write() as session:
            await queries.rename(session, owner_id, conversation_id, title)
        return title

    async def delete(self, owner_id: str, conversation_id: str) -> str:
        """Take a conversation out of sight and return its title; `restore` brings it back.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.write() as session:
            row = await queries.require(session, owner_id, conversation_id)
            await queries.delete(session, owner_id, conversation_id)
        return row.title

    async def restore(self, owner_id: str, conversation_id: str) -> None:
        """Undo `delete`.

        Raises:
            ConversationNotFound: there is no such deleted conversation.
        """
        async with self._database.write() as session:
            if not await queries.restore(session, owner_id, conversation_id):
                raise ConversationNotFound(conversation_id)

    async def choose_model(self, owner_id: str, conversation_id: str | None, model: str) -> str:
        """Answer with this model from now on; a conversation that has not begun only has it checked.

        Raises:
            ModelUnknown, ConversationNotFound: nothing was changed.
        """
        split_model(model)
        await self._set(owner_id, conversation_id, model=model)
        return model

    async def change_system_prompt(self, owner_id: str, conversation_id: str | None, text: str) -> str:
        """Set what the model is told first.

        Raises:
            PromptTooLong, ConversationNotFound: nothing was changed.
        """
        await self._set(owner_id, conversation_id, system_prompt=checked_size(text))
        return text

    async def change_temperature(
        self, owner_id: str, conversation_id: str | None, value: float | None
    ) -> float | None:
        """Set the temperature, None for the provider's own.

        Raises:
            ParameterInvalid, ConversationNotFound: nothing was changed.
        """
        await self._set(owner_id, conversation_id, temperature=checked_temperature(value))
        return value

    async def _set(self, owner_id: str, conversation_id: str | None, **options: Any) -> None:
        if conversation_id is None:
            return
        async with self._database.write() as session:
            await queries.set_options(session, owner_id, conversation_id, **options)


def _summary(row: Conversation) -> Summary:
    return Summary(row.id, row.title, row.model or "", row.updated_at)


def _window(window: BranchWindow) -> Window:
    return Window(window.rows, window.has_more)


def _write_cursor(cursor: Cursor | None) -> str:
    return f"{cursor.updated_at.isoformat()} {cursor.id}" if cursor else ""


def _read_cursor(text: str) -> Cursor | None:
    moment, _, id_ = text.partition(" ")
    return Cursor(datetime.fromisoformat(moment), id_) if id_ else None
