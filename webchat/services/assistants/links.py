"""Links to copies of assistants, for their owner and for the people who open them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from webchat.services.assistants.assistants import add, free_name
from webchat.services.assistants.files import files_of, hand_on
from webchat.services.assistants.models import with_known_model
from webchat.services.assistants.portable import read, written
from webchat.services.assistants.values import Values, values_of
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.errors import AssistantInvalid, ShareInvalid
from webchat.services.files.files import Files
from webchat.services.files.views import FileView
from webchat.services.sharing.tokens import expires_at, new_token, opened_token, token_hash
from webchat.storage.engine import Database
from webchat.storage.errors import ShareNotFound
from webchat.storage.queries import assistant_links as queries
from webchat.storage.queries import assistants, file_lists, published
from webchat.storage.secrets import Secrets
from webchat.storage.tables import AssistantLink
from webchat.storage.types import utc_now

PATH = "/share/assistant/"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as its owner sees it; `path` is empty if its token can no longer be read."""

    id: str
    path: str
    with_prompt: bool
    files: int
    made_at: datetime
    expires_at: datetime | None
    expired: bool


class AssistantLinks:
    """Creates and revokes links to copies of assistants, and finds the copies."""

    def __init__(self, database: Database, secrets: Secrets, catalogue: Catalogue, attached: Files) -> None:
        self._database = database
        self._secrets = secrets
        self._catalogue = catalogue
        self._files = attached

    async def create(
        self,
        owner_id: str,
        assistant_id: str,
        expiry: str,
        *,
        with_prompt: bool,
        with_files: Collection[str] = (),
    ) -> Link:
        """Create a link to a copy of an assistant as it is now.

        The copy has no headers and no extra fields of requests, the system prompt only `with_prompt`, and of
        the files those whose ids are in `with_files`.

        Raises:
            AssistantNotFound, ShareInvalid: nothing was shared.
        """
        now = utc_now()
        ends_at = expires_at(expiry, now)
        token = new_token()
        async with self._database.write() as session:
            values = values_of(await assistants.require(session, owner_id, assistant_id))
            copy = written(values, with_prompt=with_prompt, with_body=False)
            link = AssistantLink(
                owner_id=owner_id,
                assistant_id=assistant_id,
                token_hash=token_hash(token),
                sealed_token=self._secrets.encrypt(token),
                copy_json=json.dumps(copy, ensure_ascii=False),
                with_prompt=with_prompt,
                created_at=now,
                expires_at=ends_at,
            )
            row = await queries.add(session, owner_id, link)
            found = [
                each for each in await files_of(session, owner_id, assistant_id) if each.file.id in with_files
            ]
            if len(found) < len(set(with_files)):
                raise ShareInvalid("file_gone")
            files = await file_lists.hand_on(session, owner_id, found, file_lists.LINK, row.id)
            return self._link(row, files)

    async def all(self, owner_id: str, assistant_id: str) -> list[Link]:
        """The links to an assistant, newest first."""
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id, assistant_id)
            found = [await file_lists.get(session, owner_id, file_lists.LINK, row.id) for row in rows]
        return [self._link(row, len(files)) for row, files in zip(rows, found, strict=True)]

    async def revoke(self, owner_id: str, link_id: str) -> None:
        """Permanently remove a link and its copy.

        Raises:
            ShareNotFound: the owner has no such link.
        """
        async with self._database.write() as session:
            await queries.remove(session, owner_id, link_id)

    async def find(self, token: str) -> Values | None:
        """The copy with this token; None if the token has expired, was revoked, or never existed."""
        async with self._database.read() as session:
            text = await published.assistant_copy(session, token_hash(token), utc_now())
        return None if text is None else (await asyncio.to_thread(read, json.loads(text))).values

    async def files(self, token: str) -> list[FileView]:
        """The files of the copy with this token."""
        async with self._database.read() as session:
            found = await published.assistant_files(session, token_hash(token), utc_now())
        return [self._files.view(each) for each in found]

    async def add_to(self, reader_id: str, token: str) -> str:
        """Add the copy with this token, with its files, to a reader's own assistants and return its id.

        Raises:
            ShareNotFound: the token does not work.
            AssistantInvalid: they have too many, or no room for its files; nothing was added.
        """
        values = await self.find(token)
        if values is None:
            raise ShareNotFound("")
        values = await with_known_model(self._catalogue, reader_id, values)
        async with self._database.write() as session:
            taken = {row.name for row in await assistants.list_all(session, reader_id)}
            row = await add(session, reader_id, replace(values, name=free_name(values.name, taken)))
            found = await published.assistant_files(session, token_hash(token), utc_now())
            await hand_on(session, reader_id, found, row.id)
            if found and not await self._files.room.is_enough(session, reader_id):
                raise AssistantInvalid("files_no_room")
            return row.id

    def _link(self, row: AssistantLink, files: int) -> Link:
        token = opened_token(self._secrets, row.sealed_token, "an assistant")
        return Link(
            row.id,
            f"{PATH}{token}" if token else "",
            row.with_prompt,
            files,
            row.created_at,
            row.expires_at,
            row.expires_at is not None and row.expires_at <= utc_now(),
        )
