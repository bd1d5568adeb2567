"""Shared conversations from the reader's point of view."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer

from webchat.rendering.making import Order
from webchat.rendering.packed import CompressedPage
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.files.embedding import with_pictures
from webchat.services.files.files import Files
from webchat.services.files.kinds import PICTURE
from webchat.services.files.views import FileView
from webchat.services.password_hashes import PasswordHashes
from webchat.services.sharing.continuing import ContinueLimits, write_copy
from webchat.services.sharing.page_renderer import PageRenderer
from webchat.services.sharing.passphrase_attempts import PassphraseAttempts
from webchat.services.sharing.tokens import token_hash
from webchat.snapshot import SharedFile, Snapshot
from webchat.storage.engine import Database
from webchat.storage.errors import FileNotFound, ShareNotFound, StorageError
from webchat.storage.queries import published
from webchat.storage.queries.files import OwnedFile
from webchat.storage.queries.published import Published as Published
from webchat.storage.secrets import Secrets
from webchat.storage.types import utc_now

TICKET_SECONDS = 12 * 3600
"""How long a browser does not have to enter the passphrase again."""
FLUSH_SECONDS = 2.0
"""How long views are buffered before they are saved."""


class SharedCopies:
    """Finds copies by token, checks passphrases, counts views, and lets readers continue in their own
    copy."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        passphrases: PasswordHashes,
        catalogue: Catalogue,
        attached: Files,
    ) -> None:
        self._files = attached
        self._database = database
        self._passphrases = passphrases
        self._catalogue = catalogue
        self._guesses = PassphraseAttempts(database, secrets.derive("addresses of readers"))
        self._renderer = PageRenderer()
        self._continued = ContinueLimits()
        self._tickets = URLSafeTimedSerializer(secrets.derive("tickets of share links"))
        self._views: Counter[str] = Counter()
        self._counting: asyncio.Task[None] | None = None

    async def find(self, token: str) -> Published | None:
        """The copy with this token; None if the token has expired, was revoked, or never existed."""
        async with self._database.read() as session:
            return await published.find(session, token_hash(token), utc_now())

    async def snapshot(self, copy: Published) -> Snapshot | None:
        """The contents; None if the link was just revoked."""
        async with self._database.read() as session:
            text = await published.snapshot(session, copy.id)
        return None if text is None else await asyncio.to_thread(Snapshot.from_json, text)

    async def made(self, copy: Published, order: Order) -> CompressedPage | None:
        """Render the order in another process; None if the link was just revoked.

        Raises:
            PageNotMade: too many pages are being rendered, or this one cannot be.
        """
        text: str | None = ""
        if order.kind != "png":  # the image only shows what `copy` holds
            async with self._database.read() as session:
                text = await published.snapshot(session, copy.id)
                files = await published.files(session, copy.id)
            if text is not None and files:
                text = await asyncio.to_thread(self._with_files, text, files, order)
        return None if text is None else await self._renderer.render(order, text)

    def _with_files(self, text: str, files: Sequence[OwnedFile], order: Order) -> str:
        """The copy with the names of its files, and where a page finds them. Blocks."""
        found = {each.file.id: each for each in files}
        snapshot = Snapshot.from_json(text)

        def known(file: SharedFile) -> SharedFile:
            each = found[file.id]
            address = f"{order.path}/files/{file.id}" if order.kind == "page" else ""
            is_picture = each.stored.kind == PICTURE
            return SharedFile(file.id, self._files.name(each), is_picture, each.stored.size, address)

        messages = tuple(
            replace(message, files=tuple(known(file) for file in message.files if file.id in found))
            for message in snapshot.messages
        )
        if order.kind == "html":
            messages = with_pictures(messages, found, self._files.store)
        return replace(snapshot, messages=messages).to_json()

    async def file(self, copy: Published, file_id: str) -> tuple[FileView, Path]:
        """A file of the copy with the path of its content.

        Raises:
            FileNotFound: the copy has no such file.
        """
        async with self._database.read() as session:
            found = await published.file(session, copy.id, file_id)
        path = self._files.store.path(found.stored.hash) if found is not None else Path()
        if found is None or not await asyncio.to_thread(path.is_file):
            raise FileNotFound(file_id)
        return self._files.view(found), path

    async def unlock(self, copy: Published, passphrase: str, address: str) -> str:
        """Check the passphrase and return a ticket that opens the copy until the passphrase changes.

        `address` is the reader's network address.

        Raises:
            PassphraseWrong, TooManyPassphraseAttempts: the passphrase was not accepted.
        """
        passphrase_hash = copy.passphrase_hash or ""
        await self._guesses.check(
            copy.id, address, lambda: self._passphrases.is_right(passphrase_hash, passphrase)
        )
        return str(self._tickets.dumps(_lock_of(copy)))

    def is_open(self, copy: Published, ticket: str) -> bool:
        """Whether a reader with this ticket (empty for none) may read it."""
        if copy.passphrase_hash is None:
            return True
        with suppress(BadSignature):
            return bool(self._tickets.loads(ticket, max_age=TICKET_SECONDS) == _lock_of(copy))
        return False

    def count_view(self, copy: Published) -> None:
        """Count a view without recording who it was. It is saved a moment later."""
        self._views[copy.id] += 1
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._write_views(FLUSH_SECONDS))

    async def close(self) -> None:
        """Save buffered views and stop the rendering process."""
        await self._renderer.close()
        if self._counting is not None:
            self._counting.cancel()
            with suppress(asyncio.CancelledError):
                await self._counting
        await self._write_views(0)

    async def _write_views(self, delay: float) -> None:
        await asyncio.sleep(delay)
        views, self._views = self._views, Counter()
        if not views:
            return
        try:
            async with self._database.write() as session:
                await published.count_views(session, views)
        except StorageError:
            self._views.update(views)  # the next view tries again

    async def continue_in(self, reader_id: str, copy: Published, address: str) -> str:
        """Start a conversation in the reader's history with the contents of the copy, and return its id.

        `address` is the reader's network address.

        Raises:
            ShareNotFound: it may not be continued, or was just revoked.
            TooManyCopies: it was copied too often; nothing was copied.
        """
        if not copy.may_continue:
            raise ShareNotFound(copy.id)
        self._continued.note(copy.id, address)
        snapshot = await self.snapshot(copy)
        if snapshot is None:
            raise ShareNotFound(copy.id)
        model = await self._catalogue.default_model(reader_id)
        async with self._database.read() as session:
            files = {each.file.id: each for each in await published.files(session, copy.id)}
        return await write_copy(self._database, reader_id, snapshot, model, files)


def _lock_of(copy: Published) -> str:
    """What a ticket is valid for: this copy with this passphrase. Hashed, because readers can see their
    ticket."""
    return hashlib.sha256(f"{copy.id} {copy.passphrase_hash}".encode()).hexdigest()
