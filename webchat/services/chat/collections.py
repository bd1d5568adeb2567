"""Organises conversations: pins, the archive, folders and tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webchat.services.chat.batches import BATCH, Change, change_in_batches, checked_ids
from webchat.services.errors import CollectionInvalid
from webchat.storage.engine import Database, Session
from webchat.storage.queries import conversations, folders, labels, listing
from webchat.storage.types import fold, utc_now

MAX_PINNED = 100
"""Pinned conversations of one owner."""
MAX_FOLDERS = 200
MAX_FOLDER_NAME = 80
"""Characters of a folder's name."""
MAX_TAGS = 20
"""Tags of one conversation."""
MAX_TAG = 50
"""Characters of a tag."""


@dataclass(frozen=True, slots=True)
class FolderSummary:
    """A folder as lists show it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The folder, empty for none, and the tags of a conversation."""

    folder_id: str
    tags: list[str]


class Collections:
    """Sorts the owner's conversations. Anything that does not belong to the owner is not found.

    Functions that take several ids change nothing unless there are all of these conversations.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pin(self, owner_id: str, conversation_ids: Sequence[str], pinned: bool = True) -> None:
        """Pin conversations, or unpin them.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        ids = checked_ids(conversation_ids)
        async with self._database.write() as session:
            await labels.set_pinned(session, owner_id, ids, utc_now() if pinned else None)
            if pinned and await listing.count_pinned(session, owner_id) > MAX_PINNED:
                raise CollectionInvalid("too_many_pinned", limit=MAX_PINNED)

    async def archive(self, owner_id: str, conversation_ids: Sequence[str], archived: bool = True) -> None:
        """Archive conversations, or list them again.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        moment = utc_now() if archived else None

        async def change(session: Session, ids: Sequence[str]) -> None:
            await labels.set_archived(session, owner_id, ids, moment)

        await self._change(owner_id, conversation_ids, change)

    async def move(self, owner_id: str, conversation_ids: Sequence[str], folder_id: str) -> None:
        """Move conversations into a folder; empty for no folder.

        Raises:
            CollectionInvalid, FolderNotFound, ConversationNotFound: nothing was changed.
        """

        async def change(session: Session, ids: Sequence[str]) -> None:
            await labels.set_folder(session, owner_id, ids, folder_id or None)

        await self._change(owner_id, conversation_ids, change)

    async def add_tag(self, owner_id: str, conversation_ids: Sequence[str], tag: object) -> str:
        """Add a tag to conversations and return it as stored.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        ids, wanted = checked_ids(conversation_ids), checked_tag(tag)
        async with self._database.read() as session:
            await _check_room_for_tag(session, owner_id, ids, wanted)

        async def change(session: Session, ids: Sequence[str]) -> None:
            await _check_room_for_tag(session, owner_id, ids, wanted)
            await labels.add_tag(session, owner_id, ids, wanted)

        await self._change(owner_id, ids, change)
        return wanted

    async def remove_tag(self, owner_id: str, conversation_ids: Sequence[str], tag: object) -> None:
        """Take a tag away from conversations.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        wanted = checked_tag(tag)

        async def change(session: Session, ids: Sequence[str]) -> None:
            await labels.remove_tag(session, owner_id, ids, wanted)

        await self._change(owner_id, conversation_ids, change)

    async def labels(self, owner_id: str, conversation_id: str) -> Labels:
        """The folder and the tags of a conversation.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await conversations.require(session, owner_id, conversation_id)
            tags = await labels.tags_of(session, owner_id, [conversation_id])
        return Labels(row.folder_id or "", tags.get(conversation_id, []))

    async def set_labels(
        self, owner_id: str, conversation_id: str, folder_id: str, tags: Sequence[object]
    ) -> Labels:
        """Give a conversation this folder and these tags and no others, and return them as stored.

        Raises:
            CollectionInvalid, FolderNotFound, ConversationNotFound: nothing was changed.
        """
        if len(tags) > MAX_TAGS:
            raise CollectionInvalid("too_many_tags", limit=MAX_TAGS)
        wanted = sorted({checked_tag(tag) for tag in tags})
        async with self._database.write() as session:
            await labels.set_folder(session, owner_id, [conversation_id], folder_id or None)
            await labels.set_tags(session, owner_id, conversation_id, wanted)
        return Labels(folder_id, wanted)

    async def tags(self, owner_id: str) -> dict[str, int]:
        """The owner's tags in alphabetical order, each with the number of conversations in the history."""
        async with self._database.read() as session:
            return await labels.count_tags(session, owner_id)

    async def folders(self, owner_id: str) -> list[FolderSummary]:
        """The owner's folders in their order."""
        async with self._database.read() as session:
            found = await folders.list_folders(session, owner_id)
        return [FolderSummary(row.id, row.name) for row in found]

    async def create_folder(self, owner_id: str, name: object) -> FolderSummary:
        """Add a folder after the others.

        Raises:
            CollectionInvalid, FolderNameTaken: nothing was changed.
        """
        wanted = _checked_name(name)
        async with self._database.write() as session:
            if len(await folders.list_folders(session, owner_id)) >= MAX_FOLDERS:
                raise CollectionInvalid("too_many_folders", limit=MAX_FOLDERS)
            row = await folders.add_folder(session, owner_id, wanted)
        return FolderSummary(row.id, row.name)

    async def rename_folder(self, owner_id: str, folder_id: str, name: object) -> str:
        """Give a folder another name and return it as stored.

        Raises:
            CollectionInvalid, FolderNotFound, FolderNameTaken: nothing was changed.
        """
        wanted = _checked_name(name)
        async with self._database.write() as session:
            await folders.rename_folder(session, owner_id, folder_id, wanted)
        return wanted

    async def reorder_folders(self, owner_id: str, folder_ids: Sequence[str]) -> None:
        """Put the folders in this order; unknown ids are ignored, folders not named come last."""
        async with self._database.write() as session:
            await folders.reorder_folders(session, owner_id, folder_ids[:MAX_FOLDERS])

    async def delete_folder(self, owner_id: str, folder_id: str) -> None:
        """Delete a folder. Its conversations stay, in no folder.

        Conversations are taken out `BATCH` at a time, so that other writers can run in between.

        Raises:
            FolderNotFound: the owner has none with this id.
        """
        while True:
            async with self._database.write() as session:
                await folders.require_folder(session, owner_id, folder_id)
                if await folders.empty_folder(session, owner_id, folder_id, BATCH) < BATCH:
                    await folders.remove_folder(session, owner_id, folder_id)
                    return

    async def _change(self, owner_id: str, conversation_ids: Sequence[str], change: Change) -> None:
        async def find(session: Session, ids: Sequence[str]) -> list[str]:
            return await labels.those_there(session, owner_id, ids)

        await change_in_batches(self._database, conversation_ids, find, change)


def checked_tag(text: object) -> str:
    """A tag as stored: in lower case, on one line, without commas or a leading `#`.

    Raises:
        CollectionInvalid: it is empty or longer than `MAX_TAG`.
    """
    words = text.replace(",", " ").lstrip("# ") if isinstance(text, str) else ""
    tag = fold(" ".join(words.split()))
    if not 0 < len(tag) <= MAX_TAG:
        raise CollectionInvalid("tag", limit=MAX_TAG)
    return tag


def _checked_name(text: object) -> str:
    name = " ".join(text.split()) if isinstance(text, str) else ""
    if not 0 < len(name) <= MAX_FOLDER_NAME:
        raise CollectionInvalid("folder_name", limit=MAX_FOLDER_NAME)
    return name


async def _check_room_for_tag(
    session: Session, owner_id: str, conversation_ids: Sequence[str], tag: str
) -> None:
    there = await labels.tags_of(session, owner_id, conversation_ids)
    if any(len(tags) >= MAX_TAGS and tag not in tags for tags in there.values()):
        raise CollectionInvalid("too_many_tags", limit=MAX_TAGS)
