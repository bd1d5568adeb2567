"""Changes to a conversation's tree: switching branches, and deleting a question with its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webchat.messages import Role
from webchat.services.answers.running import RunningAnswers
from webchat.storage.engine import Database, Session
from webchat.storage.errors import MessageNotFound, StillAnswering
from webchat.storage.queries import branches, conversations, messages
from webchat.storage.queries.branch_tree import TreeMessage, tree_messages
from webchat.storage.tables import Message
from webchat.storage.types import MessageStatus

TREE_PAGE = 1000
"""Messages in one page of the tree."""
TREE_CHARACTERS = 120
"""Characters of each message in the tree."""


@dataclass(frozen=True, slots=True)
class TreePage:
    """Some messages of a conversation's tree, newest first.

    `leaf` is the last message of the current branch. `next` is where the next page begins, if there is one.
    """

    leaf: str
    messages: list[TreeMessage]
    next: str


class Branches:
    """Operations on branches. Anything that does not belong to the owner is not found."""

    def __init__(self, database: Database, running: RunningAnswers) -> None:
        self._database = database
        self._running = running

    async def switch_branch(self, owner_id: str, message_id: str) -> str:
        """Switch to the newest branch through a message and return the conversation's id.

        Switching to one of several compared answers ends the comparison.

        Raises:
            NotFound: the message is gone.
        """
        async with self._database.write() as session:
            message = await messages.get(session, owner_id, message_id)
            if message is None:
                raise MessageNotFound(message_id)
            leaf = await branches.newest_leaf(session, owner_id, message_id)
            await conversations.set_current_leaf(session, owner_id, message.conversation_id, leaf)
            row = await conversations.require(session, owner_id, message.conversation_id)
            if message_id in (row.compared_ids or "").split():
                row.compared_ids = None
        return message.conversation_id

    async def tree_page(self, owner_id: str, conversation_id: str, before: str) -> TreePage:
        """The messages of all branches below the id `before` (empty: from the newest).

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await conversations.require(session, owner_id, conversation_id)
            found = await tree_messages(
                session, owner_id, row.id, before=before, limit=TREE_PAGE, characters=TREE_CHARACTERS
            )
        return TreePage(row.current_leaf_id or "", found, found[-1].id if len(found) == TREE_PAGE else "")

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
            if not restored:
                return
            last = restored[-1]
            if await conversations.get(session, owner_id, last.conversation_id) is None:
                return
            shown = await self._shown_from(session, owner_id, last.conversation_id, last.depth)
            if all(each.id != last.id for each in shown):
                leaf = await branches.newest_leaf(session, owner_id, last.id)
                await conversations.set_current_leaf(session, owner_id, last.conversation_id, leaf)

    async def _show_another_version(self, session: Session, owner_id: str, deleted: Message) -> None:
        if await self._shown_from(session, owner_id, deleted.conversation_id, deleted.depth + 1):
            return
        beside = await branches.sibling_ids(session, owner_id, deleted.conversation_id, [deleted.id])
        if versions := beside[deleted.id]:
            leaf = await branches.newest_leaf(session, owner_id, versions[-1])
            await conversations.set_current_leaf(session, owner_id, deleted.conversation_id, leaf)

    async def _shown_from(
        self, session: Session, owner_id: str, conversation_id: str, depth: int
    ) -> list[Message]:
        """The messages of the current branch from a given depth, oldest first; a branch may be very long."""
        leaf_id = (await conversations.require(session, owner_id, conversation_id)).current_leaf_id
        leaf = await messages.get(session, owner_id, leaf_id) if leaf_id else None
        if leaf is None:
            return []
        window = await branches.branch_window(
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
