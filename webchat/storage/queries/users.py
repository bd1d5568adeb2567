"""The owners themselves. This is the only module that looks up users without an owner's id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import UsernameTaken, UserNotFound
from webchat.storage.queries import settings
from webchat.storage.queries._rows import built_once, change
from webchat.storage.queries.settings import PRICES
from webchat.storage.queries.trash import LONG_AGO
from webchat.storage.tables import (
    Assistant,
    AssistantLink,
    ClientId,
    Conversation,
    File,
    Folder,
    Identity,
    Invitation,
    Passkey,
    ProviderSetting,
    SavedPrompt,
    Setting,
    Share,
    User,
    UserSession,
)
from webchat.storage.types import UserRole, fold


@dataclass(frozen=True, slots=True)
class Listed:
    """An account, and how many messages were sent with it."""

    user: User
    messages: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody is an administrator, and whose providers are everyone's."""

    is_administrator: bool
    host_id: str | None
    """The first administrator; None without accounts."""


async def ensure_local_owner(session: AsyncSession, name: str = "") -> User:
    """The local owner, created with `name` if there is none; needs a write session."""
    first = await local_owner(session)
    if first is not None:
        return first
    user = User(name=name)
    session.add(user)
    await session.flush()
    return user


async def local_owner(session: AsyncSession) -> User | None:
    """The first user without a username."""
    return (await session.scalars(_local_owner())).one_or_none()


@built_once
def _local_owner() -> Select[User]:
    wanted = select(User).where(_lives(), col(User.username_folded).is_(None))
    return wanted.order_by(col(User.id)).limit(1)


async def any_account(session: AsyncSession) -> bool:
    """Whether somebody can sign in, now or after being enabled."""
    return bool(await session.scalar(_any_account()))


@built_once
def _any_account() -> Select[bool]:
    return select(exists().where(_is_account()))


async def host(session: AsyncSession, *, besides: str = "") -> User | None:
    """The first administrator, except for `besides`, whose providers are everyone's; None without
    accounts."""
    wanted = select(User).where(_is_account(), col(User.role) == UserRole.ADMINISTRATOR)
    first = wanted.where(col(User.id) != besides).order_by(col(User.id)).limit(1)
    return (await session.scalars(first)).one_or_none()


async def is_administrator(session: AsyncSession, user_id: str) -> bool:
    """Whether this is an administrator's account, or the local owner while there are no accounts."""
    return (await standing(session, user_id)).is_administrator


async def standing(session: AsyncSession, user_id: str) -> Standing:
    """What somebody may do, in one statement, as every answer begins with it."""
    found = await session.execute(_standing_statement(), {"user_id": user_id})
    host_id, role, local_owner_id, accounts = found.one()
    is_local = role is None and local_owner_id == user_id and not accounts
    return Standing(is_local or role == UserRole.ADMINISTRATOR, host_id)


@built_once
def _standing_statement() -> Select[Any]:
    administrators = select(col(User.id)).where(_is_account(), col(User.role) == UserRole.ADMINISTRATOR)
    own_role = select(col(User.role)).where(_is_account(), col(User.id) == bindparam("user_id"))
    without_username = select(col(User.id)).where(_lives(), col(User.username_folded).is_(None))
    return select(
        administrators.order_by(col(User.id)).limit(1).scalar_subquery(),
        own_role.scalar_subquery(),
        without_username.order_by(col(User.id)).limit(1).scalar_subquery(),
        exists().where(_is_account()),
    )


async def with_providers(session: AsyncSession) -> list[str]:
    """The ids of all users who have a provider."""
    rows = select(col(ProviderSetting.owner_id)).where(col(ProviderSetting.deleted_at).is_(None)).distinct()
    return list(await session.scalars(rows))


async def has_conversations(session: AsyncSession, user_id: str) -> bool:
    """Whether a user has any conversation that was not deleted."""
    mine = exists().where(col(Conversation.owner_id) == user_id, col(Conversation.deleted_at).is_(None))
    return bool(await session.scalar(select(mine)))


async def get(session: AsyncSession, user_id: str) -> User:
    """The account with this id.

    Raises:
        UserNotFound: there is none.
    """
    user = (await session.scalars(select(User).where(_is_account(), col(User.id) == user_id))).one_or_none()
    if user is None:
        raise UserNotFound(user_id)
    return user


async def by_username(session: AsyncSession, username: str) -> User | None:
    """The account with this username, in any case."""
    wanted = select(User).where(_is_account(), col(User.username_folded) == fold(username))
    return (await session.scalars(wanted)).one_or_none()


async def owner_named(session: AsyncSession, username: str) -> str:
    """The id of the account with this username; for an empty one that of the local owner, else of the first
    administrator, else an empty one.

    Raises:
        UserNotFound: there is no such account.
    """
    if not username:
        first = await local_owner(session) or await host(session)
        return first.id if first else ""
    user = await by_username(session, username)
    if user is None:
        raise UserNotFound(username)
    return user.id


async def people(session: AsyncSession, limit: int) -> list[User]:
    """The first accounts, by username; the local owner if there are none."""
    accounts = select(User).where(_is_account()).order_by(col(User.username_folded)).limit(limit)
    found = list(await session.scalars(accounts))
    local = None if found else await local_owner(session)
    return found if local is None else [local]


async def everybody(session: AsyncSession, limit: int) -> list[Listed]:
    """The first accounts, by username, with the number of messages sent from each."""
    rows = [user for user in await people(session, limit) if user.username_folded is not None]
    sent = await session.execute(
        select(col(ClientId.owner_id), func.count()).group_by(col(ClientId.owner_id))
    )
    numbers = {owner_id: number for owner_id, number in sent}
    return [Listed(user, numbers.get(user.id, 0)) for user in rows]


async def count_accounts(session: AsyncSession) -> int:
    """The number of accounts."""
    return await session.scalar(select(func.count()).select_from(User).where(_is_account())) or 0


async def count_administrators(session: AsyncSession) -> int:
    """The number of administrators who can sign in."""
    wanted = select(func.count()).select_from(User)
    able = and_(col(User.role) == UserRole.ADMINISTRATOR, col(User.disabled_at).is_(None))
    return await session.scalar(wanted.where(_is_account(), able)) or 0


async def add(
    session: AsyncSession, username: str, role: UserRole, password_hash: str | None, *, adopted: str = ""
) -> User:
    """Make an account, out of the user `adopted` if given.

    Raises:
        UsernameTaken: another account has this username.
    """
    if await by_username(session, username) is not None:
        raise UsernameTaken(username)
    user = await session.get(User, adopted) if adopted else None
    if user is None:
        user = User(name=username)
        session.add(user)
    user.name, user.username_folded = username, fold(username)
    user.role, user.password_hash = role, password_hash
    await session.flush()
    return user


async def change_account(
    session: AsyncSession,
    user_id: str,
    *,
    password_hash: str | None = None,
    role: UserRole | None = None,
) -> User:
    """Set the password or the role of an account, and return it.

    Raises:
        UserNotFound: there is none with this id.
    """
    user = await get(session, user_id)
    if password_hash is not None:
        user.password_hash = password_hash
    if role is not None:
        user.role = role
    await session.flush()
    return user


async def set_disabled(session: AsyncSession, user_id: str, at: datetime | None) -> User:
    """Disable an account, or enable it with None, and return it.

    Raises:
        UserNotFound: there is none with this id.
    """
    user = await get(session, user_id)
    user.disabled_at = at
    await session.flush()
    return user


async def set_limits(session: AsyncSession, user_id: str, limits: dict[str, Any]) -> User:
    """Set the limits that apply to one account alone, and return it.

    Raises:
        UserNotFound: there is none with this id.
    """
    user = await get(session, user_id)
    user.limits = limits or None
    await session.flush()
    return user


async def hand_over_providers(session: AsyncSession, old: str, new: str) -> None:
    """Make the providers of one user, with their prices, those of another.

    The other one keeps no provider with the same name, and no prices if there are such.
    """
    names = select(col(ProviderSetting.name)).where(col(ProviderSetting.owner_id) == old)
    same = and_(col(ProviderSetting.owner_id) == new, col(ProviderSetting.name).in_(names))
    await change(session, delete(ProviderSetting).where(same))
    moved = update(ProviderSetting).where(col(ProviderSetting.owner_id) == old)
    await change(session, moved.values(owner_id=new))
    if await settings.get_value(session, old, PRICES) is not None:
        await change(session, delete(Setting).where(_prices_of(new)))
        await change(session, update(Setting).where(_prices_of(old)).values(owner_id=new))


async def delete_account(session: AsyncSession, user_id: str, now: datetime) -> str:
    """Delete an account with its links, keys and settings, and return its username.

    Nobody can see its conversations, which `purge` removes.

    Raises:
        UserNotFound: there is none with this id.
    """
    user = await get(session, user_id)
    name = user.name
    for table, owner in (
        (UserSession, col(UserSession.user_id)),
        (Passkey, col(Passkey.user_id)),
        (Invitation, col(Invitation.user_id)),
        (Identity, col(Identity.user_id)),
        (Share, col(Share.owner_id)),
        (ProviderSetting, col(ProviderSetting.owner_id)),
        (Setting, col(Setting.owner_id)),
        (SavedPrompt, col(SavedPrompt.owner_id)),
        (AssistantLink, col(AssistantLink.owner_id)),
        (Assistant, col(Assistant.owner_id)),
    ):
        await change(session, delete(table).where(owner == user_id))
    user.name, user.username_folded, user.password_hash, user.deleted_at = "", None, None, now
    await session.flush()
    return name


async def find_left_over(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """Conversations of deleted accounts that are not deleted forever yet; `before` is not used."""
    gone = await _deleted(session)
    if not gone:
        return []  # no index has all conversations of an owner
    left = _left_over(gone)
    return list(await session.scalars(select(col(Conversation.id)).where(left).limit(limit)))


async def give_up(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
    """Mark such conversations as deleted forever; `before` is not used."""
    left = and_(col(Conversation.id).in_(ids), _left_over(await _deleted(session)))
    given_up = update(Conversation).where(left)
    return await change(session, given_up.values(deleted_at=LONG_AGO, folder_id=None))


async def find_removable(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """Deleted accounts that have neither conversations nor files left; `before` is not used."""
    gone = (await _deleted(session))[:limit]
    return [user_id for user_id in gone if not await _has_rows(session, user_id)]


async def remove(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
    """Remove such accounts; `before` is not used."""
    gone = set(await _deleted(session)).intersection(ids)
    mine = [user_id for user_id in gone if not await _has_rows(session, user_id)]
    await change(session, delete(Folder).where(col(Folder.owner_id).in_(mine)))
    return await change(session, delete(User).where(col(User.id).in_(mine)))


async def _deleted(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(col(User.id)).where(col(User.deleted_at).is_not(None))))


async def _has_rows(session: AsyncSession, user_id: str) -> bool:
    mine = or_(
        exists().where(col(Conversation.owner_id) == user_id), exists().where(col(File.owner_id) == user_id)
    )
    return bool(await session.scalar(select(mine)))


def _left_over(owners: Sequence[str]) -> ColumnElement[bool]:
    kept = or_(col(Conversation.deleted_at).is_(None), col(Conversation.deleted_at) > LONG_AGO)
    return and_(col(Conversation.owner_id).in_(owners), kept)


def _prices_of(user_id: str) -> ColumnElement[bool]:
    return and_(col(Setting.owner_id) == user_id, col(Setting.key) == PRICES)


def _lives() -> ColumnElement[bool]:
    return col(User.deleted_at).is_(None)


def _is_account() -> ColumnElement[bool]:
    return and_(_lives(), col(User.username_folded).is_not(None))
