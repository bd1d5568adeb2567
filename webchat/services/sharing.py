"""Sharing as the owner of a conversation does it: what can be published, publishing, and their links."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from webchat.messages import Role
from webchat.rendering.snapshot import SharedMessage, Snapshot
from webchat.services.errors import ShareInvalid
from webchat.services.limits import checked_title
from webchat.services.passphrases import Passphrases, checked_passphrase
from webchat.services.secret_scan import excerpt, find_secrets, hide
from webchat.storage.engine import Database
from webchat.storage.errors import SecretUnreadable
from webchat.storage.queries import conversations, messages
from webchat.storage.queries import shares as queries
from webchat.storage.secrets import SecretBox
from webchat.storage.tables import Message, Share
from webchat.storage.types import MessageStatus, utc_now

EXPIRY: dict[str, timedelta | None] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "never": None,
}
"""How long a link can live."""
MAX_SNAPSHOT_BYTES = 2 * 1024 * 1024
_TOKEN_BYTES = 32
_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """Something in a message that looks secret. `key` names it; `excerpt` shows part of it."""

    key: str
    kind: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class ShareableMessage:
    """One message as the choice shows it: its beginning, and what looks secret in it."""

    id: str
    role: Role
    excerpt: str
    secrets: list[FoundSecret]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which part of a branch is published.

    `up_to` is the last message, empty for the newest; `left_out` are absent from the copy, `redacted` stand
    there without their words, `hidden` are the keys of secrets that are taken out.
    """

    up_to: str = ""
    left_out: Sequence[str] = ()
    redacted: Sequence[str] = ()
    hidden: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a link allows; `expiry` is one of `EXPIRY`, an empty passphrase asks for none."""

    title: str
    expiry: str
    passphrase: str = ""
    may_continue: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link as its owner sees it.

    `path` is what follows the address of webchat. It is empty if the key file was changed, so that the token
    cannot be read any more; the link works all the same.
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
    """What the dialog begins with; a title that holds a secret comes without it."""

    title: str
    messages: list[ShareableMessage]
    links: list[Link]


def token_hash(token: str) -> str:
    """What is stored of a token: its SHA-256 in hexadecimal digits. It is random enough to need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class Sharing:
    """Makes, changes and revokes links. Everything is the owner's or not found."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        passphrases: Passphrases,
        public_url: str | None = None,
    ) -> None:
        self._database = database
        self._box = box
        self._passphrases = passphrases
        self._public_url = public_url

    def address(self, link: Link, origin: str) -> str:
        """The whole address of a link: below the public one, else below that of the page the owner is on."""
        return f"{self._public_url or origin}{link.path}"

    async def shareable(self, owner_id: str, conversation_id: str) -> Shareable:
        """What there is to share of the branch that is shown.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            title, branch = await _branch(session, owner_id, conversation_id)
            rows = await queries.list_all(session, owner_id, conversation_id)
        shown = await asyncio.to_thread(lambda: [_shown(message) for message in branch])
        return Shareable(hide(title, find_secrets(title)), shown, [self._link(row) for row in rows])

    async def publish(self, owner_id: str, conversation_id: str, choice: Choice, terms: Terms) -> Link:
        """Make a link to a copy of the conversation as it is now.

        Raises:
            ConversationNotFound: the owner has none with this id.
            ServiceError: the choice or the terms cannot be; nothing was published.
        """
        title, now = checked_title(terms.title), utc_now()
        expires_at = _expires_at(terms.expiry, now)
        passphrase_hash = await self._hash(terms.passphrase)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        snapshot = await self._snapshot(owner_id, conversation_id, choice, title, now)
        share = Share(
            owner_id=owner_id,
            conversation_id=conversation_id,
            token_hash=token_hash(token),
            sealed_token=self._box.encrypt(token),
            title=title,
            snapshot=snapshot.to_json(),
            messages=len(snapshot.messages),
            choice=_stored(choice),
            passphrase_hash=passphrase_hash,
            may_continue=terms.may_continue is True,
            created_at=now,
            updated_at=now,
            expires_at=expires_at,
        )
        async with self._database.write() as session:
            await queries.add(session, owner_id, share)
        return self._link(share)

    async def update(self, owner_id: str, link_id: str, choice: Choice, title: str) -> Link:
        """Put the conversation as it is now behind a link that is there; who has it sees that from now on.

        Raises:
            ShareNotFound: the owner has no such link.
            ServiceError: the choice or the title cannot be; the copy is what it was.
        """
        title, now = checked_title(title), utc_now()
        async with self._database.read() as session:
            conversation_id = (await queries.require(session, owner_id, link_id)).conversation_id
        snapshot = await self._snapshot(owner_id, conversation_id, choice, title, now)
        async with self._database.write() as session:
            share = await queries.update(
                session,
                owner_id,
                link_id,
                title=title,
                snapshot=snapshot.to_json(),
                messages=len(snapshot.messages),
                choice=_stored(choice),
                updated_at=now,
            )
        return self._link(share)

    async def links(self, owner_id: str) -> list[Link]:
        """Every link of the owner, newest first."""
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id)
        return [self._link(row) for row in rows]

    async def count(self, owner_id: str, conversation_id: str) -> int:
        """How many links to a conversation there are, a deleted one too."""
        async with self._database.read() as session:
            return await queries.count(session, owner_id, conversation_id)

    async def change_expiry(self, owner_id: str, link_id: str, expiry: str) -> Link:
        """Let a link live so long from now on.

        Raises:
            ShareNotFound, ShareInvalid: nothing was changed.
        """
        expires_at = _expires_at(expiry, utc_now())
        async with self._database.write() as session:
            return self._link(await queries.update(session, owner_id, link_id, expires_at=expires_at))

    async def change_passphrase(self, owner_id: str, link_id: str, passphrase: str) -> Link:
        """Ask readers for another passphrase, those who know the old one too; empty asks for none.

        Raises:
            ShareNotFound, ShareInvalid: nothing was changed.
        """
        hashed = await self._hash(passphrase)
        async with self._database.write() as session:
            return self._link(await queries.update(session, owner_id, link_id, passphrase_hash=hashed))

    async def revoke(self, owner_id: str, link_id: str) -> None:
        """Remove a link and its copy for good.

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
    ) -> Snapshot:
        async with self._database.read() as session:
            _, branch = await _branch(session, owner_id, conversation_id)
        branch = _chosen(branch, choice)
        if not branch:
            raise ShareInvalid("There is nothing left to share: leave at least one message in.")
        readable = (message for message in branch if message.id not in choice.redacted)
        if sum(_size(message) for message in readable) > MAX_SNAPSHOT_BYTES:
            limit = MAX_SNAPSHOT_BYTES // (1024 * 1024)
            raise ShareInvalid(f"More than {limit} MiB cannot be shared at once: leave some messages out.")
        return Snapshot(title, now.date(), await asyncio.to_thread(_shared, branch, choice))

    def _link(self, share: Share) -> Link:
        try:
            token = self._box.decrypt(share.sealed_token, provider=f"the link to “{share.title}”")
        except SecretUnreadable:
            token = ""
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


async def _branch(session: AsyncSession, owner_id: str, conversation_id: str) -> tuple[str, list[Message]]:
    """The title, and the messages of the shown branch that have words and change no more."""
    row = await conversations.require(session, owner_id, conversation_id)
    branch = await messages.branch(session, owner_id, conversation_id, row.current_leaf_id)
    return row.title, [
        message for message in branch if message.content and message.status is not MessageStatus.STREAMING
    ]


def _shown(message: Message) -> ShareableMessage:
    # What is too large to be shared is not looked through: that would keep everything else waiting.
    found = find_secrets(message.content) if _size(message) <= MAX_SNAPSHOT_BYTES else []
    return ShareableMessage(
        id=message.id,
        role=message.role,
        excerpt=" ".join(message.content[: 4 * _EXCERPT].split())[:_EXCERPT],
        secrets=[
            FoundSecret(_key(message.id, each.start, each.end), each.kind, excerpt(message.content, each))
            for each in found
        ],
    )


def _key(message_id: str, start: int, end: int) -> str:
    return f"{message_id}:{start}:{end}"


def _chosen(branch: Sequence[Message], choice: Choice) -> list[Message]:
    """The messages that are in the copy, redacted or not."""
    if choice.up_to:
        ids = [message.id for message in branch]
        if choice.up_to not in ids:
            raise ShareInvalid("The last message to share is not shown any more. Open the dialog again.")
        branch = branch[: ids.index(choice.up_to) + 1]
    left_out = set(choice.left_out)
    return [message for message in branch if message.id not in left_out]


def _shared(branch: Sequence[Message], choice: Choice) -> tuple[SharedMessage, ...]:
    """The messages as they stand in the copy."""
    redacted, hidden = set(choice.redacted), set(choice.hidden)
    shared = []
    for message in branch:
        model = "" if message.role is Role.USER else _model_name(message.model or "")
        if message.id in redacted:
            shared.append(SharedMessage(message.role, "", model, redacted=True))
            continue
        found = find_secrets(message.content)
        out = [each for each in found if _key(message.id, each.start, each.end) in hidden]
        shared.append(SharedMessage(message.role, hide(message.content, out), model))
    return tuple(shared)


def _size(message: Message) -> int:
    """Bytes of UTF-8."""
    return len(message.content.encode("utf-8", "replace"))


def _model_name(model: str) -> str:
    """The model's own name: its provider, and folders of a model file, are the owner's affair."""
    return model.partition(":")[2].replace("\\", "/").rsplit("/", 1)[-1]


def _expires_at(expiry: object, now: datetime) -> datetime | None:
    if not isinstance(expiry, str) or expiry not in EXPIRY:
        raise ShareInvalid("Choose how long the link is to live from the list. Nothing was changed.")
    lifetime = EXPIRY[expiry]
    return None if lifetime is None else now + lifetime


def _stored(choice: Choice) -> dict[str, Any]:
    return {
        "up_to": choice.up_to,
        "left_out": list(choice.left_out),
        "redacted": list(choice.redacted),
        "hidden": list(choice.hidden),
    }
