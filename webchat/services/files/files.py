"""The files of the people who use this server: received, looked at, limited and removed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from webchat.messages import Message as Turn
from webchat.services.errors import FileRefused
from webchat.services.files.kinds import DOCUMENT, MAX_SIZE, PICTURE, Kind, kind_of
from webchat.services.files.names import clean_name
from webchat.services.files.parts import MOST_PICTURES, file_parts
from webchat.services.files.reading import Reading
from webchat.services.files.tokens import picture_tokens
from webchat.services.files.views import FileView, name_of, view_of
from webchat.services.limits import title_from
from webchat.services.purge import Step
from webchat.storage.blobs import BlobStore, Incoming, files_beside
from webchat.storage.engine import Database, Session
from webchat.storage.errors import FileNotFound
from webchat.storage.queries import files, stored_files
from webchat.storage.queries.files import OwnedFile
from webchat.storage.secrets import Secrets
from webchat.storage.tables import Message, StoredFile
from webchat.storage.types import utc_now

MEGABYTE = 1024 * 1024
MAX_BODY = 100 * 1024 * 1024
"""Bytes after which a body is cut off, whatever it is."""
MOST_AT_ONCE = 10
"""Maximum files of one person that are uploaded or read at the same time."""
UNSENT_FOR = timedelta(days=7)
"""How long a file is kept that was never sent: messages wait in browsers that are offline."""
MAX_TOKENS = 10_000_000
MOST_FILES = 10
"""Maximum files of a message."""
WRITTEN_AT_ONCE = 1024 * 1024
QUICK = 0.5
"""Seconds to wait for a document's text before an upload is answered."""
PATIENCE = 3.0
"""Seconds that a message waits for its documents: less than the time after which a browser sends it again."""

log = structlog.get_logger(__name__)


class Files:
    """The files of each owner. Anything that does not belong to the owner is not found.

    Args:
        database: the contents are stored beside it.
        secrets: encrypt the names.
        per_person: maximum bytes of all files of one person.
        per_server: maximum bytes of all files.
    """

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        *,
        per_person: int = 2048 * MEGABYTE,
        per_server: int = 2048 * MEGABYTE,
        reading: Reading | None = None,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._per_person, self._per_server = per_person, per_server
        self.store: BlobStore = files_beside(database.path)
        self._reading = reading or Reading(database, self.store)
        self._arriving: Counter[str] = Counter()
        self._sweeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Remove what a crash has left, and read the documents that it has interrupted."""
        await asyncio.to_thread(self.store.clear_incoming)
        await self._reading.open()
        self._sweeping = asyncio.create_task(self.sweep(), name="sweep files")

    async def close(self) -> None:
        """Stop reading documents; the next start continues."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await self._reading.close()

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
                await self._check_room(session, owner_id, size)
            arrived = await asyncio.to_thread(self.store.begin)
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
            found = await self.save_named(session, owner_id, name, arrived, kind)
        if found.stored.state == "reading":
            reading = self._reading.begin(found.stored.hash, found.stored.media_type)
            self._arriving[owner_id] += 1
            reading.add_done_callback(lambda _: self._left(owner_id))
            await asyncio.wait([reading], timeout=QUICK)
        return await self.look(owner_id, found.file.id)

    async def save(
        self, session: Session, owner_id: str, sealed_name: str, arrived: Incoming, kind: Kind
    ) -> OwnedFile:
        """Save the rows of a file that has arrived and move it to its place, within a transaction.

        A document whose state is `reading` is read by `read_soon`.
        """
        stored = await stored_files.add(session, _stored(arrived, kind))
        # In the transaction, so that a content always has a row and `remove` never takes one that arrives.
        await asyncio.to_thread(self.store.keep, arrived)
        file = await files.add(session, owner_id, hash=stored.hash, sealed_name=sealed_name, now=utc_now())
        return OwnedFile(file, stored)

    async def save_named(
        self, session: Session, owner_id: str, name: str, arrived: Incoming, kind: Kind
    ) -> OwnedFile:
        """As `save`, if there is room.

        Raises:
            FileRefused: there is none.
        """
        await self._check_room(session, owner_id, arrived.size, arrived.hash)
        return await self.save(session, owner_id, self._secrets.encrypt(name), arrived, kind)

    def read_soon(self, found: OwnedFile) -> None:
        """Begin to read a document that was saved."""
        if found.stored.state == "reading":
            self._reading.begin(found.stored.hash, found.stored.media_type)

    async def keep_picture(self, owner_id: str, message_id: str, data: bytes) -> None:
        """Save a picture that a model has answered with, as a file of that answer.

        Raises:
            FileRefused: it is no picture that can be shown, or there is no room for it.
        """
        arrived = await asyncio.to_thread(self.store.begin)
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
                found = await self.save_named(session, owner_id, name, arrived, kind)
                await files.attach(session, owner_id, message_id, [found.file.id])
        finally:
            await asyncio.to_thread(arrived.give_up)

    async def look(self, owner_id: str, file_id: str) -> FileView:
        """What is known about a file.

        Raises:
            FileNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await files.get(session, owner_id, file_id)
        return view_of(found, self._secrets)

    async def content(self, owner_id: str, file_id: str) -> tuple[FileView, Path]:
        """A file with the path of its content.

        Raises:
            FileNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await files.get(session, owner_id, file_id)
        path = self.store.path(found.stored.hash)
        if not await asyncio.to_thread(path.is_file):  # of a backup without files
            raise FileNotFound(file_id)
        return view_of(found, self._secrets), path

    async def text(self, owner_id: str, file_id: str) -> str:
        """The text that was read from a document; empty if there is none.

        Raises:
            FileNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await files.get(session, owner_id, file_id)
        return await asyncio.to_thread(self.store.read_text, found.stored.hash)

    async def limit(self, owner_id: str, file_id: str, tokens: object) -> FileView:
        """Let models have only the first tokens of a document's text; None for all of it.

        Raises:
            FileNotFound: the owner has none with this id.
            FileRefused: it is not a number of tokens.
        """
        kept = checked_tokens(tokens)
        if tokens is not None and kept is None:
            raise FileRefused("limit", limit=MAX_TOKENS)
        async with self._database.write() as session:
            await files.limit(session, owner_id, file_id, kept)
        return await self.look(owner_id, file_id)

    async def remove(self, owner_id: str, file_id: str) -> None:
        """Remove a file that was not sent. Its content goes with the next round of `purge_step`.

        Raises:
            FileNotFound: the owner has none with this id.
            FileRefused: it was sent.
        """
        async with self._database.write() as session:
            found = await files.get(session, owner_id, file_id)
            if not await files.remove_unsent(session, owner_id, file_id):
                raise FileRefused("sent")
            await self._remove_contents(await stored_files.remove_lost(session, [found.stored.hash]))

    async def check(self, owner_id: str, file_ids: Sequence[str]) -> bool:
        """Make sure that a message can have these files, and return whether there are pictures among them.

        Raises:
            FileRefused: the owner does not have one of them, or the pictures are too large together.
        """
        async with self._database.read() as session:
            found = await files.get_many(session, owner_id, file_ids)
        if len(found) < len(file_ids):
            raise FileRefused("gone")
        pictures = [each.stored.size for each in found if each.stored.kind == PICTURE]
        if sum(pictures) > MOST_PICTURES:
            raise FileRefused("pictures_too_large", limit=MOST_PICTURES)
        return bool(pictures)

    async def wait_until_read(
        self, owner_id: str, file_ids: Sequence[str], seconds: float = PATIENCE
    ) -> None:
        """Wait until these documents of the owner are read, or it is known that they cannot be.

        Raises:
            FileRefused: that takes too long.
        """
        if not file_ids:
            return
        async with self._database.read() as session:
            found = await files.get_many(session, owner_id, file_ids)
        if not await self._reading.wait([each.stored.hash for each in found], seconds):
            raise FileRefused("still_reading")

    async def of_message(self, owner_id: str, message_id: str) -> list[FileView]:
        """The files of one of the owner's messages."""
        return (await self.of_messages(owner_id, [message_id])).get(message_id, [])

    async def of_messages(self, owner_id: str, message_ids: Collection[str]) -> dict[str, list[FileView]]:
        """The files of those of the owner's messages that have any."""
        async with self._database.read() as session:
            return await self.views_of(session, owner_id, message_ids)

    async def views_of(
        self, session: Session, owner_id: str, message_ids: Collection[str]
    ) -> dict[str, list[FileView]]:
        """As `of_messages`, in a session that is open."""
        found = await files.of_messages(session, owner_id, message_ids)
        return {id: [self.view(each) for each in several] for id, several in found.items()}

    async def views(self, owner_id: str, file_ids: Sequence[str]) -> list[FileView]:
        """The owner's files with these ids."""
        async with self._database.read() as session:
            found = await files.get_many(session, owner_id, file_ids)
        return [self.view(each) for each in found]

    async def title(self, owner_id: str, file_ids: Sequence[str]) -> str:
        """The title of a conversation that begins with these files and no text: the name of the first."""
        async with self._database.read() as session:
            found = await files.get_many(session, owner_id, file_ids[:1])
        return title_from(self.name(found[0])) if found else ""

    async def turns(self, session: Session, messages: Sequence[Message], room: int) -> list[Turn]:
        """Messages of one owner as models get them, with their files; see `webchat.services.files.parts`.

        Args:
            room: the tokens that the documents of one message may take.
        """
        ids = [each.id for each in messages]
        found = await files.of_messages(session, messages[0].owner_id, ids) if messages else {}
        turns = []
        for each in messages:
            parts = file_parts(found.get(each.id, ()), self.store, self.name, room)
            turns.append(Turn(each.role, (*parts, *(each.parts if each.content or not parts else ()))))
        return turns

    def name(self, found: OwnedFile) -> str:
        """The name of a file."""
        return name_of(found.file.sealed_name, self._secrets)

    def view(self, found: OwnedFile) -> FileView:
        """A file as its owner sees it."""
        return view_of(found, self._secrets)

    @property
    def purge_step(self) -> Step:
        """Removes files that nothing refers to, and their contents."""
        return Step("files", 50, self._find_unused, self._remove_unused)

    async def _find_unused(self, session: Session, before: datetime, count: int) -> list[str]:
        return await stored_files.find_unused(session, utc_now() - UNSENT_FOR, count)

    async def _remove_unused(self, session: Session, ids: Sequence[str], before: datetime) -> int:
        hashes = await stored_files.remove_unused(session, ids, utc_now() - UNSENT_FOR)
        await self._remove_contents(hashes)
        return len(ids)

    async def _remove_contents(self, hashes: Sequence[str]) -> None:
        for hash in hashes:
            await asyncio.to_thread(self.store.remove, hash)

    async def sweep(self) -> None:
        """Remove contents that have no row, because the process was killed before its transaction ended."""
        for hashes in await asyncio.to_thread(lambda: list(self.store.hashes())):
            async with self._database.read() as session:
                doubtful = set(hashes) - await stored_files.known(session, hashes)
            if not doubtful:
                continue
            async with self._database.write() as session:
                lost = doubtful - await stored_files.known(session, doubtful)
                await self._remove_contents(sorted(lost))
                log.info("files without a row were removed", files=len(lost))

    async def has_room(self, session: Session, owner_id: str) -> bool:
        """Whether a person's files, with those that were just added, are within the limit."""
        return await files.size_of_all(session, owner_id) <= self._per_person

    async def _check_room(self, session: Session, owner_id: str, size: int, hash: str = "") -> None:
        """Make sure that a file has room; a content that is there already needs none."""
        total = await files.size_of_all(session, owner_id)
        if total + size > self._per_person and not await files.has_content(session, owner_id, hash):
            raise FileRefused("quota", limit=self._per_person)
        total = await stored_files.size_of_all(session)
        if total + size > self._per_server and not await stored_files.known(session, [hash]):
            raise FileRefused("server_quota", limit=self._per_server)


def checked_tokens(value: object) -> int | None:
    """The value if it is a number of tokens that a text can be cut to."""
    return value if type(value) is int and 1 <= value <= MAX_TOKENS else None


def checked_files(ids: object) -> tuple[str, ...]:
    """The ids of the files of a message, without repetitions.

    Raises:
        FileRefused: there are too many, or they are no ids.
    """
    if not isinstance(ids, list | tuple) or not all(isinstance(each, str) for each in ids):
        raise FileRefused("gone")
    found = tuple(dict.fromkeys(ids))
    if len(found) > MOST_FILES:
        raise FileRefused("too_many", limit=MOST_FILES)
    return found


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
