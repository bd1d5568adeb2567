"""Saves files: those that browsers upload, those of imports, and the pictures of answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from webchat.services.errors import FileRefused
from webchat.services.files.kinds import DOCUMENT, MAX_SIZE, PICTURE, Kind, kind_of
from webchat.services.files.limits import MAX_BODY, MOST_FILES
from webchat.services.files.names import clean_name
from webchat.services.files.reading import Reading
from webchat.services.files.room import Room
from webchat.services.files.tokens import picture_tokens
from webchat.services.files.views import FileView, view_of
from webchat.storage.blobs import BlobStore, Incoming
from webchat.storage.engine import Database, Session
from webchat.storage.queries import files, stored_files
from webchat.storage.queries.files import OwnedFile
from webchat.storage.secrets import Secrets
from webchat.storage.tables import StoredFile
from webchat.storage.types import utc_now

MOST_AT_ONCE = 10
"""Maximum files of one person that are uploaded or read at the same time."""
WRITTEN_AT_ONCE = 1024 * 1024
QUICK = 0.5
"""Seconds to wait for a document's text before an upload is answered."""


class Saving:
    """Saves the files of each owner, as far as there is room.

    Args:
        secrets: encrypt the names.
        store: gets the contents.
        reading: reads the documents among them.
        room: what files may take.
    """

    def __init__(
        self, database: Database, secrets: Secrets, store: BlobStore, reading: Reading, room: Room
    ) -> None:
        self._database, self._secrets, self._store = database, secrets, store
        self._reading, self._room = reading, room
        self._arriving: Counter[str] = Counter()

    async def receive(
        self, owner_id: str, name: str, pieces: AsyncIterator[bytes], size: int = 0
    ) -> FileView:
        """Save a file and, if it is a document, begin to read its text.

        Args:
            owner_id: whose file.
            name: its name in the browser; not trusted.
            pieces: its content.
            size: how large the browser says it is.

        Raises:
            FileRefused: it is too large, of a kind that is not accepted, or there is no room for it.
        """
        if self._arriving[owner_id] >= MOST_AT_ONCE:
            raise FileRefused("at_once")
        if size > MAX_BODY:
            raise FileRefused("too_large", limit=MAX_BODY)
        self._arriving[owner_id] += 1
        try:
            async with self._database.read() as session:
                await self._room.check(session, owner_id, size)
            arrived = await asyncio.to_thread(self._store.begin)
            try:
                await _write(arrived, pieces)
                kind = await asyncio.to_thread(kind_of, arrived.path)
                return await self._keep(owner_id, clean_name(name), arrived, kind)
            finally:
                await asyncio.to_thread(arrived.give_up)
        finally:
            self._left(owner_id)

    def _left(self, owner_id: str) -> None:
        self._arriving[owner_id] -= 1
        self._arriving += Counter()  # without zeros

    async def _keep(self, owner_id: str, name: str, arrived: Incoming, kind: Kind) -> FileView:
        async with self._database.write() as session:
            found = await self.save(session, owner_id, name, arrived, kind)
        if found.stored.state == "reading":
            reading = self._reading.begin(found.stored.hash, found.stored.media_type)
            self._arriving[owner_id] += 1
            reading.add_done_callback(lambda _: self._left(owner_id))
            await asyncio.wait([reading], timeout=QUICK)
        async with self._database.read() as session:
            return view_of(await files.get(session, owner_id, found.file.id), self._secrets)

    async def save(
        self, session: Session, owner_id: str, name: str, arrived: Incoming, kind: Kind
    ) -> OwnedFile:
        """Save the rows of a file that has arrived and move it to its place, within a transaction.

        A document whose state is `reading` is read by `read_soon`.

        Raises:
            FileRefused: there is no room for it.
        """
        await self._room.check(session, owner_id, arrived.size, arrived.hash)
        stored = await stored_files.add(session, _stored(arrived, kind))
        # In the transaction, so that a content always has a row and `remove` never takes one that arrives.
        await asyncio.to_thread(self._store.keep, arrived)
        file = await files.add(
            session, owner_id, hash=stored.hash, sealed_name=self._secrets.encrypt(name), now=utc_now()
        )
        return OwnedFile(file, stored)

    def read_soon(self, found: OwnedFile) -> None:
        """Begin to read a document that was saved."""
        if found.stored.state == "reading":
            self._reading.begin(found.stored.hash, found.stored.media_type)

    async def keep_picture(self, owner_id: str, message_id: str, data: bytes) -> None:
        """Save a picture that a model has answered with, as a file of that answer.

        Raises:
            FileRefused: it is no picture that can be shown, or there is no room for it.
        """
        arrived = await asyncio.to_thread(self._store.begin)
        try:
            await asyncio.to_thread(arrived.write, data)
            await asyncio.to_thread(arrived.finish)
            kind = await asyncio.to_thread(kind_of, arrived.path)
            if kind.kind != PICTURE:
                raise FileRefused("type")
            async with self._database.write() as session:
                there = (await files.of_messages(session, owner_id, [message_id])).get(message_id, [])
                if len(there) >= MOST_FILES or any(each.stored.hash == arrived.hash for each in there):
                    return  # some services repeat their pictures
                name = f"picture-{len(there) + 1}.{kind.media_type.partition('/')[2]}"
                found = await self.save(session, owner_id, name, arrived, kind)
                await files.attach(session, owner_id, message_id, [found.file.id])
        finally:
            await asyncio.to_thread(arrived.give_up)


def _stored(arrived: Incoming, kind: Kind) -> StoredFile:
    is_picture = kind.kind == PICTURE
    return StoredFile(
        hash=arrived.hash,
        kind=kind.kind,
        media_type=kind.media_type,
        size=arrived.size,
        width=kind.width,
        height=kind.height,
        state="ready" if is_picture else "reading",
        tokens=picture_tokens(kind.width, kind.height) if is_picture else 0,
    )


async def _write(arrived: Incoming, pieces: AsyncIterator[bytes]) -> None:
    waiting: list[bytes] = []
    held = size = 0
    async for piece in pieces:
        size += len(piece)
        if size > MAX_BODY:
            raise FileRefused("too_large", limit=MAX_SIZE[DOCUMENT])
        waiting.append(piece)
        held += len(piece)
        if held >= WRITTEN_AT_ONCE:
            await asyncio.to_thread(arrived.write, b"".join(waiting))
            waiting, held = [], 0
    await asyncio.to_thread(arrived.write, b"".join(waiting))
    await asyncio.to_thread(arrived.finish)
