"""Exports conversations as files, which are written while they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from webchat.services.assistants.adding import names_by_id
from webchat.services.assistants.transfer import exported
from webchat.services.errors import CollectionInvalid
from webchat.services.files.files import Files
from webchat.services.sharing.page_renderer import PageRenderer
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.file_names import file_name
from webchat.services.transfer.html_export import html_pieces
from webchat.services.transfer.json_export import json_pieces
from webchat.services.transfer.markdown_export import markdown_pieces, zip_pieces
from webchat.services.transfer.reading import current_branches, read, whole_trees
from webchat.services.transfer.shown_messages import untitled
from webchat.services.transfer.zip_stream import zipped_with_files
from webchat.storage.engine import Database
from webchat.storage.errors import ConversationNotFound
from webchat.storage.queries import exports
from webchat.storage.types import utc_now

MAX_CHOSEN = 1_000
"""Maximum number of conversations that can be chosen; all of them can always be exported."""


@dataclass(frozen=True, slots=True)
class Download:
    """An exported file. `pieces` can be read once."""

    name: str
    media_type: str
    pieces: AsyncIterator[bytes]


class Exports:
    """Exports the conversations of an owner, in constant memory however many there are."""

    def __init__(self, database: Database, attached: Files, renderer: PageRenderer | None = None) -> None:
        self._files = attached
        self._database = database
        self._renderer = renderer or PageRenderer()

    async def close(self) -> None:
        """Stop the rendering process; exports that need it break off."""
        await self._renderer.close()

    async def export(
        self, owner_id: str, format: ExportFormat, conversation_ids: Sequence[str] | None = None
    ) -> Download:
        """One file with the owner's conversations with these ids, or with all of them if that is None.

        JSON has every branch, and of all conversations the assistants too; Markdown and HTML have what is
        shown. Markdown of several is a zip archive, and so is JSON with files. HTML has the pictures in it,
        Markdown the names of files alone.

        Raises:
            CollectionInvalid: the list of ids is empty or has more than `MAX_CHOSEN`.
            ConversationNotFound: the owner does not have one of them.
        """
        title, assistants = None, []
        assistant_names: dict[str, str] = {}
        async with self._database.read() as session:
            if conversation_ids is None:
                ids = await exports.conversation_ids(session, owner_id)
                if format is ExportFormat.JSON:
                    assistants = await exported(session, owner_id, self._files.name)
            else:
                ids = _checked(conversation_ids)
                found = await exports.get_conversations(session, owner_id, ids)
                for id in set(ids) - {row["id"] for row in found}:
                    raise ConversationNotFound(id)
                if len(found) == 1:
                    title = found[0]["title"] or untitled()
            if format is ExportFormat.JSON:
                assistant_names = await names_by_id(session, owner_id)
            chosen = None if conversation_ids is None else ids
            hashes = await exports.hashes(session, owner_id, chosen)
        outline = whole_trees if format is ExportFormat.JSON else current_branches
        pieces = read(self._database, owner_id, ids, outline)
        name = title or f"webchat {utc_now().date().isoformat()}"
        if format is ExportFormat.JSON:
            texts = _encoded(json_pieces(pieces, assistants, assistant_names, self._files.name))
            if hashes:
                archive = zipped_with_files(texts, self._files.store, hashes)
                return Download(file_name(name, "zip"), "application/zip", archive)
            return Download(file_name(name, "json"), "application/json", texts)
        if format is ExportFormat.HTML:
            number = len(ids) if title is None else None
            return Download(
                file_name(name, "html"), "text/html", html_pieces(pieces, self._renderer, number, self._files)
            )
        if title is None:
            return Download(file_name(name, "zip"), "application/zip", zip_pieces(pieces, self._files.name))
        return Download(
            file_name(name, "md"), "text/markdown", _encoded(markdown_pieces(pieces, self._files.name))
        )


def _checked(conversation_ids: Sequence[str]) -> list[str]:
    ids = sorted(set(conversation_ids))
    if not ids:
        raise CollectionInvalid("none_selected")
    if len(ids) > MAX_CHOSEN:
        raise CollectionInvalid("too_many_exported", limit=MAX_CHOSEN)
    return ids


async def _encoded(texts: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for text in texts:
        yield text.encode("utf-8", "replace")
