"""Conversations as the pages see them: opening, paging, naming, deleting, their parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from webchat.messages import Role
from webchat.services.answers.running import RunningAnswers
from webchat.services.catalogue.catalogue import Catalogue, split_model
from webchat.services.limits import checked_size, checked_temperature, checked_title
from webchat.storage.engine import Database, Session
from webchat.storage.errors import ConversationNotFound, MessageNotFound, StillAnswering
from webchat.storage.queries import conversations as queries
from webchat.storage.queries import generations, messages
from webchat.storage.queries.conversations import Cursor
from webchat.storage.queries.messages import BranchMessage, BranchWindow
from webchat.storage.tables import Attempt, Conversation, Message
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
    """A page of the history, newest first; `cursor` points to the next page and is empty at the end."""

    items: list[Summary]
    cursor: str


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a branch, oldest first.

    `start_id` points to the page before. `places` has the ids of all versions, oldest first, for each message
    that has several.
    """

    items: list[BranchMessage]
    has_older: bool
    start_id: str
    places: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with the newest page of its current branch."""

    id: str
    title: str
    model: str
    system_prompt: str
    temperature: float | None
    queued: str
    """The message queued behind the running answer; empty if there is none."""
    window: Window


@dataclass(frozen=True, slots=True)
class MessageText:
    """The text of one message."""

    text: str
    reasoning: str
    raw: Sequence[Any] = ()
    """Parts of an imported message that cannot be shown."""


class Conversations:
    """Operations on conversations. Anything that does not belong to the owner is not found."""

    def __init__(self, database: Database, catalogue: Catalogue, running: RunningAnswers) -> None:
        self._database = database
        self._catalogue = catalogue
        self._running = running

    async def recent(self, owner_id: str, limit: int) -> list[Summary]:
        """The most recently used conversations."""
        async with self._database.read() as session:
            page = await queries.list_recent(session, owner_id, limit=limit)
        return [_summary(row) for row in page.conversations]

    async def page(self, owner_id: str, title: str, model: str, cursor: str, limit: int) -> Page:
        """One page of the history, filtered by `title` and `model` unless they are empty."""
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
            window = await _window(session, row, limit)
        return OpenConversation(
            id=row.id,
            title=row.title,
            model=(
                await self._catalogue.current_id(owner_id, row.model)
                if row.model
                else await self._catalogue.default_model(owner_id)
            ),
            system_prompt=row.system_prompt,
            temperature=row.temperature,
            queued=row.queued_text or "",
            window=window,
        )

    async def older(self, owner_id: str, conversation_id: str, before_id: str, limit: int) -> Window:
        """The `limit` messages right before a message of the current branch.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await queries.require(session, owner_id, conversation_id)
            return await _window(session, row, limit, before_id)

    async def message(self, owner_id: str, message_id: str) -> BranchMessage:
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
        """The attempts for an answer, in order.

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

    async def words(
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
        for row in rows:
            streaming = row.status is MessageStatus.STREAMING
            live = await self._running.find(owner_id, row.id) if streaming else None
            found[row.id] = (
                MessageText(live.text, live.reasoning)
                if live
                else MessageText(row.content, row.reasoning, row.raw or ())
            )
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
        """Delete a conversation and return its title; `restore` undoes this.

        Its running answers are stopped and saved.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.write() as session:
            row = await queries.require(session, owner_id, conversation_id)
            await queries.delete(session, owner_id, conversation_id)
        # Done last, because nothing can start in a deleted conversation.
        await self._running.stop_conversation(owner_id, conversation_id)
        return row.title

    async def restore(self, owner_id: str, conversation_id: str) -> None:
        """Undo `delete`.

        Raises:
            ConversationNotFound: there is no such deleted conversation.
        """
        async with self._database.write() as session:
            if not await queries.restore(session, owner_id, conversation_id):
                raise ConversationNotFound(conversation_id)

    async def switch_branch(self, owner_id: str, message_id: str) -> str:
        """Switch to the newest branch through a message and return the conversation's id.

        Raises:
            NotFound: the message is gone.
        """
        async with self._database.write() as session:
            message = await messages.get(session, owner_id, message_id)
            if message is None:
                raise MessageNotFound(message_id)
            leaf = await messages.newest_leaf(session, owner_id, message_id)
            await queries.set_current_leaf(session, owner_id, message.conversation_id, leaf)
        return message.conversation_id

    async def delete_pair(self, owner_id: str, message_id: str) -> list[str]:
        """Delete a question and its answer, given the id of either, and return both ids.

        If only another version of the question remains in their place, switch to that one.

        Raises:
            NotFound: the message is gone.
            StillAnswering: the answer is being written.
        """
        async with self._database.write() as session:
            pair = await self._pair(session, owner_id, message_id)
            if any(message.status is MessageStatus.STREAMING for message in pair):
                raise StillAnswering
            ids = [message.id for message in pair]
            await messages.delete(session, owner_id, ids)
            await self._show_another_version(session, owner_id, pair[0])
            below = await messages.children(session, owner_id, pair[0].conversation_id, pair[0].id)
        # Another version of the answer may be running on a hidden branch, where it could not be stopped.
        for other in below:
            if other.status is MessageStatus.STREAMING:
                await self._running.stop(owner_id, other.id)
        return ids

    async def restore_messages(self, owner_id: str, message_ids: Sequence[str]) -> None:
        """Undo `delete_pair` and switch to the restored branch."""
        async with self._database.write() as session:
            await messages.restore(session, owner_id, message_ids)
            restored = await messages.get_many(session, owner_id, message_ids)
            if not restored or await queries.get(session, owner_id, restored[-1].conversation_id) is None:
                return
            last = restored[-1]
            shown = await self._shown_from(session, owner_id, last.conversation_id, last.depth)
            if all(each.id != last.id for each in shown):
                leaf = await messages.newest_leaf(session, owner_id, last.id)
                await queries.set_current_leaf(session, owner_id, last.conversation_id, leaf)

    async def _show_another_version(self, session: Session, owner_id: str, deleted: Message) -> None:
        if await self._shown_from(session, owner_id, deleted.conversation_id, deleted.depth + 1):
            return
        beside = await messages.sibling_ids(session, owner_id, deleted.conversation_id, [deleted.id])
        if versions := beside[deleted.id]:
            leaf = await messages.newest_leaf(session, owner_id, versions[-1])
            await queries.set_current_leaf(session, owner_id, deleted.conversation_id, leaf)

    async def _shown_from(
        self, session: Session, owner_id: str, conversation_id: str, depth: int
    ) -> list[Message]:
        """The messages of the current branch from a given depth, oldest first; a branch may be very long."""
        leaf_id = (await queries.require(session, owner_id, conversation_id)).current_leaf_id
        leaf = await messages.get(session, owner_id, leaf_id) if leaf_id else None
        if leaf is None:
            return []
        window = await messages.branch_window(
            session, owner_id, conversation_id, leaf.id, limit=leaf.depth - depth + 1
        )
        return [row.message for row in window.rows]

    async def _pair(self, session: Session, owner_id: str, message_id: str) -> list[Message]:
        message = await messages.get(session, owner_id, message_id)
        if message is None:
            raise MessageNotFound(message_id)
        branch = await self._shown_from(session, owner_id, message.conversation_id, message.depth - 1)
        place = next((at for at, each in enumerate(branch) if each.id == message_id), None)
        if place is None:
            return [message]
        asked = message.role is Role.USER
        pair = branch[place : place + 2] if asked else branch[max(place - 1, 0) : place + 1]
        return [each for each in pair if each.id == message_id or each.role is not message.role]

    async def choose_model(self, owner_id: str, conversation_id: str | None, model: str) -> str:
        """Use this model from now on. For a conversation that does not exist yet, only check it.

        Raises:
            ModelUnknown, ConversationNotFound: nothing was changed.
        """
        split_model(model)
        await self._set(owner_id, conversation_id, model=model)
        return model

    async def change_system_prompt(self, owner_id: str, conversation_id: str | None, text: str) -> str:
        """Set the system prompt.

        Raises:
            PromptTooLong, ConversationNotFound: nothing was changed.
        """
        await self._set(owner_id, conversation_id, system_prompt=checked_size(text))
        return text

    async def change_temperature(
        self, owner_id: str, conversation_id: str | None, value: float | None
    ) -> float | None:
        """Set the temperature; None for the provider's default.

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


def _within(message_ids: Sequence[str], sizes: Mapping[str, int], most: int) -> list[str]:
    """The first existing ids whose messages have at most `most` characters in total, but at least one."""
    there = [id for id in message_ids if id in sizes]
    total = accumulate(sizes[id] for id in there)
    return [
        id for number, (id, size) in enumerate(zip(there, total, strict=True)) if size <= most or not number
    ]


def _summary(row: Conversation) -> Summary:
    return Summary(row.id, row.title, row.model or "", row.updated_at)


async def _window(session: Session, row: Conversation, limit: int, before_id: str | None = None) -> Window:
    """The newest `limit` messages of the current branch, or those before a given message."""
    found = await _branch_window(session, row, limit, before_id)
    while found.has_more and not found.rows:  # all rows were deleted
        found = await _branch_window(session, row, limit, found.start_id)
    ids = [shown.message.id for shown in found.rows]
    siblings = await messages.sibling_ids(session, row.owner_id, row.id, ids)
    places = {message_id: place for message_id, place in siblings.items() if len(place) > 1}
    return Window(found.rows, found.has_more, found.start_id or "", places)


async def _branch_window(
    session: Session, row: Conversation, limit: int, before_id: str | None
) -> BranchWindow:
    return await messages.branch_window(
        session, row.owner_id, row.id, row.current_leaf_id, limit=limit, before_message_id=before_id
    )


def _write_cursor(cursor: Cursor | None) -> str:
    return f"{cursor.updated_at.isoformat()} {cursor.id}" if cursor else ""


def _read_cursor(text: str) -> Cursor | None:
    moment, _, id_ = text.partition(" ")
    return Cursor(datetime.fromisoformat(moment), id_) if id_ else None
