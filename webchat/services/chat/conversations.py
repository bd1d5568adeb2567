"""Conversations as the pages see them: listing, opening, paging, naming and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webchat.services.answers.running import RunningAnswers
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.chat.collections import MAX_PINNED
from webchat.services.chat.cursors import read_cursor, write_cursor
from webchat.services.chat.repeats import Progress, progress_of
from webchat.services.chat.summaries import Page, Summary, summary
from webchat.services.chat.window import Window, opening_window, window_after, window_around, window_of
from webchat.services.files.files import Files
from webchat.services.files.views import FileView
from webchat.services.limits import checked_title
from webchat.services.parameters import Stored
from webchat.storage.engine import Database
from webchat.storage.errors import ConversationNotFound, MessageNotFound
from webchat.storage.queries import branches, file_lists, labels, listing, messages
from webchat.storage.queries import conversations as queries
from webchat.storage.queries.attempts import list_attempts
from webchat.storage.queries.branches import BranchMessage
from webchat.storage.queries.comparisons import compared_answers
from webchat.storage.queries.listing import Filters
from webchat.storage.tables import Attempt


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with the newest page of its current branch."""

    id: str
    title: str
    model: str
    system_prompt: str
    temperature: float | None
    parameters: Stored
    """The advanced parameters; see `webchat.services.parameters`."""
    queued: str
    """The message queued behind the running answer; empty if there is none."""
    queued_files: list[FileView]
    """Its files; it may have no text then."""
    window: Window
    temporary: bool = False
    models: Sequence[str] = ()
    """The models that answer the next message side by side; empty while `model` does."""
    compared: Sequence[BranchMessage] = ()
    """The answers that stand side by side in place of the last message."""
    repeated: Progress | None = None
    """How far it has repeated another conversation; None if it does not."""
    assistant_id: str = ""
    """The assistant it was begun with, which may be gone; empty if with none."""
    files: Sequence[FileView] = ()
    """The files it was begun with."""


class Conversations:
    """Operations on conversations. Anything that does not belong to the owner is not found."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        running: RunningAnswers,
        attached: Files,
    ) -> None:
        self._files = attached
        self._database = database
        self._catalogue = catalogue
        self._running = running

    async def pinned(self, owner_id: str) -> list[Summary]:
        """The pinned conversations, except archived ones."""
        async with self._database.read() as session:
            page = await listing.list_page(session, owner_id, Filters(pinned=True), limit=MAX_PINNED)
        return [summary(row) for row in page.conversations]

    async def unpinned(self, owner_id: str, cursor: str, limit: int) -> Page:
        """One page of all that is neither pinned nor archived."""
        before = read_cursor(cursor)
        async with self._database.read() as session:
            page = await listing.list_page(
                session, owner_id, Filters(pinned=False), limit=limit, before=before
            )
        return Page([summary(row) for row in page.conversations], write_cursor(page.next))

    async def page(
        self,
        owner_id: str,
        model: str,
        cursor: str,
        limit: int,
        *,
        folder_id: str = "",
        tag: str = "",
        archived: bool = False,
    ) -> Page:
        """One page of the history, with all filters that are not empty; `archived` lists the archive."""
        before = read_cursor(cursor)
        filters = Filters(folder_id, tag, model, archived)
        async with self._database.read() as session:
            page = await listing.list_page(session, owner_id, filters, limit=limit, before=before)
            tags = await labels.tags_of(session, owner_id, [row.id for row in page.conversations])
        items = [summary(row, tags.get(row.id, ())) for row in page.conversations]
        return Page(items, write_cursor(page.next))

    async def models_used(self, owner_id: str) -> list[str]:
        """Every model the history can be filtered by."""
        async with self._database.read() as session:
            return await queries.models_used(session, owner_id)

    async def open(
        self, owner_id: str, conversation_id: str, limit: int, around: str = ""
    ) -> OpenConversation:
        """A conversation and its newest `limit` messages, or those `around` a message of the current branch.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await queries.require(session, owner_id, conversation_id)
            window = await opening_window(session, row, limit, around)
            compared = [] if window.has_newer else await compared_answers(session, owner_id, row)
            answers = [
                await branches.get_with_generation(session, owner_id, answer.id) for answer in compared
            ]
            repeated = await progress_of(session, row)
            begun_with = await file_lists.get(session, owner_id, file_lists.CONVERSATION, row.id)
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
            parameters=row.parameters or {},
            queued=row.queued_text or "",
            queued_files=await self._files.views(owner_id, row.queued_files) if row.queued_files else [],
            window=window,
            temporary=row.temporary,
            models=[await self._catalogue.current_id(owner_id, model) for model in row.compared_models or ()],
            compared=[answer for answer in answers if answer is not None],
            repeated=repeated,
            assistant_id=row.assistant_id or "",
            files=[self._files.view(each) for each in begun_with],
        )

    async def older(self, owner_id: str, conversation_id: str, before_id: str, limit: int) -> Window:
        """The `limit` messages right before a message of the current branch.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await queries.require(session, owner_id, conversation_id)
            return await window_of(session, row, limit, before_id)

    async def newer(self, owner_id: str, conversation_id: str, after_id: str, limit: int) -> Window:
        """The `limit` messages right after a message of the current branch.

        Raises:
            ConversationNotFound, MessageNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await queries.require(session, owner_id, conversation_id)
            message = await messages.require(session, owner_id, conversation_id, after_id)
            return await window_after(session, row, limit, message)

    async def show(self, owner_id: str, message_id: str) -> None:
        """Make sure that a message is on the current branch of its conversation, switching if need be.

        Raises:
            NotFound: the message is gone.
        """
        async with self._database.read() as session:
            message = await messages.get(session, owner_id, message_id)
            if message is None or message.deleted_at is not None:
                raise MessageNotFound(message_id)
            row = await queries.require(session, owner_id, message.conversation_id)
            if await window_around(session, row, 1, message) is not None:
                return
        async with self._database.write() as session:
            leaf = await branches.newest_leaf(session, owner_id, message_id)
            await queries.set_current_leaf(session, owner_id, message.conversation_id, leaf)

    async def message(self, owner_id: str, message_id: str) -> BranchMessage:
        """One message with its generation.

        Raises:
            MessageNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await branches.get_with_generation(session, owner_id, message_id)
        if found is None:
            raise MessageNotFound(message_id)
        return found

    async def attempts(self, owner_id: str, message_id: str) -> list[Attempt]:
        """The attempts for an answer, in order.

        Raises:
            MessageNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await branches.get_with_generation(session, owner_id, message_id)
            if found is None or found.generation is None:
                raise MessageNotFound(message_id)
            return await list_attempts(
                session, owner_id, found.message.conversation_id, generation_id=found.generation.id
            )

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
