"""The HTML export: one file that looks like a share page, opens from disk and runs no script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing

from webchat.rendering import exported_file
from webchat.rendering.making import Order
from webchat.rendering.packed import CompressedPage
from webchat.services.files.embedding import with_pictures
from webchat.services.files.files import Files
from webchat.services.sharing.page_renderer import PageRenderer
from webchat.services.transfer.one_ahead import one_ahead
from webchat.services.transfer.reading import Piece
from webchat.services.transfer.shown_messages import shown_messages, untitled
from webchat.snapshot import Snapshot
from webchat.storage.queries.files import OwnedFile
from webchat.storage.types import utc_now


async def html_pieces(
    pieces: AsyncGenerator[Piece], renderer: PageRenderer, conversations: int | None, attached: Files
) -> AsyncIterator[bytes]:
    """The file, with its pictures; `conversations` is their number, None for a file with a single one.

    Raises:
        PageNotMade: the messages could not be rendered, not even as plain text.
    """
    today = utc_now().date()
    if conversations is not None:
        yield _bytes(exported_file.collection(conversations, today))
    async with aclosing(one_ahead(_rendered(one_ahead(pieces), renderer, attached))) as ready:
        async for piece, made in ready:
            row = piece.conversation
            title = row["title"] or untitled()
            if piece.is_first and conversations is None:
                yield _bytes(exported_file.single(title, piece.total, today))
            elif piece.is_first:
                yield _bytes(exported_file.conversation(title, piece.total, row["updated_at"].date()))
            for part in made.pieces():
                yield part
            if piece.is_last and conversations is not None:
                yield _bytes(exported_file.CONVERSATION_END)
    yield _bytes(exported_file.END)


async def _rendered(
    pieces: AsyncGenerator[Piece], renderer: PageRenderer, attached: Files
) -> AsyncGenerator[tuple[Piece, CompressedPage]]:
    """The messages of each piece as HTML."""
    today = utc_now().date()
    async for piece in pieces:
        found = {each.file.id: each for message in piece.messages for each in message.files}

        def made(piece: Piece = piece, found: Mapping[str, OwnedFile] = found) -> str:
            shown = shown_messages(piece.messages, attached.name)
            return Snapshot("", today, with_pictures(shown, found, attached.store)).to_json()

        yield piece, await renderer.render(Order("articles"), await asyncio.to_thread(made))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
