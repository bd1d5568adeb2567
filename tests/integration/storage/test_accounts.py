"""Accounts, sessions, invitations and the audit log as rows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from webchat.storage.engine import Database
from webchat.storage.errors import UsernameTaken, UserNotFound
from webchat.storage.ids import new_id
from webchat.storage.queries import (
    audit,
    invitations,
    listing,
    providers,
    server_settings,
    sessions,
    settings,
    users,
)
from webchat.storage.queries.listing import Filters
from webchat.storage.queries.sending import Send, record_send
from webchat.storage.tables import AuditEvent, Invitation, UserSession
from webchat.storage.types import UserRole, utc_now

NOW = utc_now()
SOON = NOW + timedelta(days=1)


async def made(db: Database, username: str, role: UserRole = UserRole.MEMBER) -> str:
    async with db.write() as session:
        return (await users.add(session, username, role, "hash")).id


async def signed_in(
    db: Database, user_id: str, token_hash: str, expires_at: datetime = SOON, last_seen_at: datetime = NOW
) -> str:
    row = UserSession(
        user_id=user_id, token_hash=token_hash, expires_at=expires_at, last_seen_at=last_seen_at
    )
    async with db.write() as session:
        await sessions.add(session, row)
    return row.id


async def found(db: Database, token_hash: str) -> sessions.SignedIn | None:
    async with db.read() as session:
        valid = await sessions.still_valid(session, [token_hash], utc_now())
        one = await sessions.find(session, token_hash, utc_now())
    assert valid == ({token_hash} if one else set()), "both say the same"
    return one


async def test_username_is_unique_whatever_its_case(db: Database) -> None:
    await made(db, "Straße")

    with pytest.raises(UsernameTaken):
        await made(db, "STRASSE")


async def test_local_owner_becomes_an_account(db: Database) -> None:
    async with db.write() as session:
        local = await users.ensure_local_owner(session, "You")
        assert not await users.any_account(session)
        adopted = await users.add(session, "Ann", UserRole.ADMINISTRATOR, "hash", adopted=local.id)

    async with db.read() as session:
        assert adopted.id == local.id
        assert await users.any_account(session)
        assert await users.local_owner(session) is None
        assert (await users.host(session)) is not None


async def test_session_ends_when_it_expires_or_its_user_is_disabled(db: Database) -> None:
    user_id = await made(db, "Ann")
    await signed_in(db, user_id, "new")
    await signed_in(db, user_id, "old", expires_at=NOW - timedelta(seconds=1))

    one = await found(db, "new")
    assert one is not None
    assert one.user_id == user_id
    assert await found(db, "old") is None
    async with db.write() as session:
        await users.set_disabled(session, user_id, NOW)
    assert await found(db, "new") is None


async def test_user_keeps_a_limited_number_of_sessions(db: Database) -> None:
    user_id = await made(db, "Ann")
    for number in range(sessions.MOST + 1):
        await signed_in(db, user_id, f"token-{number}", last_seen_at=NOW + timedelta(seconds=number))

    assert await found(db, "token-0") is None
    assert await found(db, f"token-{sessions.MOST}") is not None


async def test_signing_out_everywhere_spares_one_session(db: Database) -> None:
    ann, bob = await made(db, "Ann"), await made(db, "Bob")
    kept = await signed_in(db, ann, "kept")
    await signed_in(db, ann, "other")
    await signed_in(db, bob, "bob")
    async with db.write() as session:
        assert await sessions.remove_all(session, ann, besides=kept) == 1
        assert not await sessions.remove(session, bob, kept), "not theirs"

    assert await found(db, "kept")
    assert await found(db, "bob")
    assert await found(db, "other") is None


async def test_invitation_works_once_and_until_it_expires(db: Database) -> None:
    async with db.write() as session:
        for name, expires in (("good", SOON), ("late", NOW - timedelta(seconds=1))):
            row = Invitation(token_hash=name, role=UserRole.MEMBER, expires_at=expires)
            await invitations.add(session, row)
        assert await invitations.find(session, "late", NOW) is None
        good = await invitations.find(session, "good", NOW)
        assert good is not None
        assert await invitations.use(session, good.id, NOW)
        assert not await invitations.use(session, good.id, NOW)
        assert await invitations.find(session, "good", NOW) is None


async def test_audit_log_is_bounded_by_number_and_by_kind(db: Database) -> None:
    async with db.write() as session:
        for what in ("failed", "failed", "failed", "joined", "joined", "joined", "joined"):
            await audit.add(session, AuditEvent(what=what), 6, {"failed": 1})
        events = await audit.page(session, 99)

    assert [event.what for event in events] == ["joined"] * 4 + ["failed"]


async def test_preference_of_the_server_is_replaced(db: Database) -> None:
    async with db.write() as session:
        assert await server_settings.get_value(session, "key", "unset") == "unset"
        await server_settings.set_value(session, "key", 1)
        await server_settings.set_value(session, "key", False)
        assert await server_settings.get_value(session, "key") is False


async def test_people_are_listed_with_counts(db: Database) -> None:
    ann = await made(db, "Ann", UserRole.ADMINISTRATOR)
    await made(db, "bob")
    async with db.write() as session:
        await record_send(session, ann, Send((new_id(),), "Hello", "A", "one"))
        listed = await users.everybody(session, 9)
        assert [(each.user.name, each.messages) for each in listed] == [("Ann", 1), ("bob", 0)]
        assert await users.count_administrators(session) == 1


async def test_providers_are_handed_over(db: Database) -> None:
    ann, bob = await made(db, "Ann"), await made(db, "Bob")
    async with db.write() as session:
        await providers.add(session, ann, kind="guide", name="Guide")
        await providers.add(session, bob, kind="guide", name="Guide")
        await users.hand_over_providers(session, ann, bob)
        assert [row.name for row in await providers.list_all(session, bob)] == ["Guide"]
        assert await users.with_providers(session) == [bob]


async def test_deleted_account_leaves_nothing_of_itself(db: Database) -> None:
    ann, bob = await made(db, "Ann"), await made(db, "Bob")
    async with db.write() as session:
        for owner in (ann, bob):
            await record_send(session, owner, Send((new_id(),), "Hello", "A", "one"))
            await settings.set_value(session, owner, "key", 1)
        await providers.add(session, ann, kind="guide", name="Guide", secret="key")
        assert await users.delete_account(session, ann, NOW) == "Ann"
        with pytest.raises(UserNotFound):
            await users.get(session, ann)
        assert await users.find_removable(session, NOW, 9) == [], "its conversations are still there"
        left = await users.find_left_over(session, NOW, 9)
        assert len(left) == 1
        assert await users.give_up(session, left, NOW) == 1
        assert await users.find_left_over(session, NOW, 9) == []
        assert await providers.list_all(session, ann) == []
        assert await settings.get_all(session, ann) == {}
        assert await settings.get_all(session, bob) == {"key": 1}
        assert len((await listing.list_page(session, bob, Filters(), limit=9)).conversations) == 1
