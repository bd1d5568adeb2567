"""Sharing from the owner's point of view: what can be published, publishing it, and managing links."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from webchat.services.errors import ShareInvalid, TitleInvalid
from webchat.services.limits import MAX_TITLE, checked_title
from webchat.services.password_hashes import PasswordHashes
from webchat.services.sharing.choice import MAX_DRAWN, Choice, ShareableMessage, copied, shareable
from webchat.services.sharing.passphrases import checked_passphrase
from webchat.services.sharing.secret_scan import find_secrets, hide
from webchat.services.sharing.tokens import expires_at, new_token, opened_token, token_hash
from webchat.snapshot import Snapshot
from webchat.storage.engine import Database, Session
from webchat.storage.queries import branches, conversations, diagrams, files
from webchat.storage.queries import shares as queries
from webchat.storage.secrets import Secrets
from webchat.storage.tables import Message, Share
from webchat.storage.types import MessageStatus, utc_now


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a link. `expiry` is one of `EXPIRY`; an empty passphrase means none."""

    title: str
    expiry: str
    passphrase: str = ""
    may_continue: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link as its owner sees it.

    `path` is the part after webchat's address. It is empty if the key file has changed and the token can no
    longer be read; the link itself still works.
    """

    id: str
    conversation_id: str
    title: str
    path: str
    messages: int
    views: int
    made_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    expired: bool
    has_passphrase: bool
    may_continue: bool
    choice: Choice


@dataclass(frozen=True, slots=True)
class Shareable:
    """The initial contents of the dialog. Secrets are removed from the title."""

    title: str
    messages: list[ShareableMessage]
    links: list[Link]
    files: int = 0
    """The number of files of the messages."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """A snapshot as stored, its number of messages, and the ids of its files."""

    json: str
    messages: int
    files: list[str]


class Sharing:
    """Creates, changes and revokes links. Anything that does not belong to the owner is not found."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        passphrases: PasswordHashes,
        public_url: str | None = None,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._passphrases = passphrases
        self._public_url = public_url
        self._search = asyncio.Lock()
        """Allows one secret scan at a time."""

    def address(self, link: Link, origin: str) -> str:
        """The full address of a link, based on the public address or else on the owner's page.

        Empty if the link's path is no longer known.
        """
        return self.public_address(link.path, origin) if link.path else ""

    def public_address(self, path: str, origin: str) -> str:
        """The full address of a path, based on the public address or else on the page of who asks."""
        return f"{self._public_url or origin}{path}"

    async def shareable(self, owner_id: str, conversation_id: str) -> Shareable:
        """What can be shared of the current branch.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            title, branch = await _branch(session, owner_id, conversation_id)
            attached = await files.of_messages(session, owner_id, [message.id for message in branch])
            rows = await queries.list_all(session, owner_id, conversation_id)
        async with self._search:
            told = [message for message in branch if message.content or message.id in attached]
            shown = await asyncio.to_thread(shareable, told)
        return Shareable(
            hide(title, find_secrets(title)),
            shown,
            [self._link(row) for row in rows],
            sum(map(len, attached.values())),
        )

    async def publish(self, owner_id: str, conversation_id: str, choice: Choice, terms: Terms) -> Link:
        """Create a link to a copy of the conversation as it is now.

        Raises:
            ConversationNotFound: the owner has none with this id.
            ServiceError: the choice or the terms are invalid; nothing was published.
        """
        title, now = _title(terms.title), utc_now()
        ends_at = expires_at(terms.expiry, now)
        passphrase_hash = await self._hash(terms.passphrase)
        token = new_token()
        snapshot = await self._snapshot(owner_id, conversation_id, choice, title, now)
        share = Share(
            owner_id=owner_id,
            conversation_id=conversation_id,
            token_hash=token_hash(token),
            sealed_token=self._secrets.encrypt(token),
            title=title,
            snapshot=snapshot.json,
            messages=snapshot.messages,
            choice=choice.stored(),
            passphrase_hash=passphrase_hash,
            may_continue=terms.may_continue is True,
            created_at=now,
            updated_at=now,
            expires_at=ends_at,
        )
        async with self._database.write() as session:
            await queries.add(session, owner_id, share)
            await files.share(session, owner_id, share.id, snapshot.files)
        return self._link(share)

    async def update(self, owner_id: str, link_id: str, choice: Choice, title: str) -> Link:
        """Update an existing link to the conversation as it is now.

        Raises:
            ShareNotFound: the owner has no such link.
            ServiceError: the choice or the title is invalid; the copy was not changed.
        """
        title, now = _title(title), utc_now()
        async with self._database.read() as session:
            conversation_id = (await queries.require(session, owner_id, link_id)).conversation_id
        snapshot = await self._snapshot(owner_id, conversation_id, choice, title, now)
        async with self._database.write() as session:
            share = await queries.update(
                session,
                owner_id,
                link_id,
                title=title,
                snapshot=snapshot.json,
                messages=snapshot.messages,
                choice=choice.stored(),
                updated_at=now,
            )
            await files.share(session, owner_id, link_id, snapshot.files)
        return self._link(share)

    async def links(self, owner_id: str) -> list[Link]:
        """Every link of the owner, newest first."""
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id)
        return [self._link(row) for row in rows]

    async def count(self, owner_id: str, conversation_id: str) -> int:
        """The number of links to a conversation, even a deleted one."""
        async with self._database.read() as session:
            return await queries.count(session, owner_id, conversation_id)

    async def change_expiry(self, owner_id: str, link_id: str, expiry: str) -> Link:
        """Set a new lifetime for a link, counted from now.

        Raises:
            ShareNotFound, ShareInvalid: nothing was changed.
        """
        ends_at = expires_at(expiry, utc_now())
        async with self._database.write() as session:
            return self._link(await queries.update(session, owner_id, link_id, expires_at=ends_at))

    async def change_passphrase(self, owner_id: str, link_id: str, passphrase: str) -> Link:
        """Set a new passphrase for all readers, including those who know the old one; empty removes it.

        Raises:
            ShareNotFound, ShareInvalid: nothing was changed.
        """
        hashed = await self._hash(passphrase)
        async with self._database.write() as session:
            return self._link(await queries.update(session, owner_id, link_id, passphrase_hash=hashed))

    async def revoke(self, owner_id: str, link_id: str) -> None:
        """Permanently remove a link and its copy.

        Raises:
            ShareNotFound: the owner has no such link.
        """
        async with self._database.write() as session:
            await queries.require(session, owner_id, link_id)
            await queries.remove(session, owner_id, link_id)

    async def _hash(self, passphrase: object) -> str | None:
        checked = checked_passphrase(passphrase)
        return await self._passphrases.hash(checked) if checked else None

    async def _snapshot(
        self, owner_id: str, conversation_id: str, choice: Choice, title: str, now: datetime
    ) -> _Copy:
        async with self._database.read() as session:
            _, branch = await _branch(session, owner_id, conversation_id)
            message_ids = [message.id for message in branch]
            attached = await files.of_messages(session, owner_id, message_ids)
            drawn = await diagrams.of_messages(session, owner_id, message_ids, MAX_DRAWN)
        ids = {id: [each.file.id for each in several] for id, several in attached.items()}
        told = [
            message for message in branch if message.content or (choice.include_files and message.id in ids)
        ]

        def made() -> _Copy:
            snapshot = Snapshot(title, now.date(), copied(told, choice, ids, drawn))
            shared = [file.id for message in snapshot.messages for file in message.files]
            return _Copy(snapshot.to_json(), len(snapshot.messages), shared)

        return await asyncio.to_thread(made)

    def _link(self, share: Share) -> Link:
        token = opened_token(self._secrets, share.sealed_token, share.title)
        return Link(
            id=share.id,
            conversation_id=share.conversation_id,
            title=share.title,
            path=f"/share/{token}" if token else "",
            messages=share.messages,
            views=share.views,
            made_at=share.created_at,
            updated_at=share.updated_at,
            expires_at=share.expires_at,
            expired=share.expires_at is not None and share.expires_at <= utc_now(),
            has_passphrase=share.passphrase_hash is not None,
            may_continue=share.may_continue,
            choice=Choice(**share.choice),
        )


async def _branch(session: Session, owner_id: str, conversation_id: str) -> tuple[str, list[Message]]:
    """The title, and the finished messages of the current branch."""
    row = await conversations.require(session, owner_id, conversation_id)
    if row.temporary:
        raise ShareInvalid("temporary")
    branch = await branches.branch(session, owner_id, conversation_id, row.current_leaf_id)
    return row.title, [message for message in branch if message.status is not MessageStatus.STREAMING]


def _title(text: object) -> str:
    try:
        return checked_title(text)
    except TitleInvalid:
        raise ShareInvalid("title", limit=MAX_TITLE) from None
