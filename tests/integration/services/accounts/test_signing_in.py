"""Setup, signing in and out, and how soon it counts."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.integration.services.accounts.signing_in import FROM, PASSWORD, cookie_of, join, set_up
from webchat.services.accounts import Accounts
from webchat.services.accounts.audit import What
from webchat.services.accounts.credentials import token_hash
from webchat.services.accounts.sessions import UNUSED_FOR, Sessions
from webchat.services.errors import (
    AccountInvalid,
    AccountLinkInvalid,
    NotSignedIn,
    SignInRefused,
    TooManySignIns,
)
from webchat.storage.engine import Database
from webchat.storage.queries import conversations, sessions, users
from webchat.storage.types import utc_now


async def signed_in(accounts: Accounts, username: str = "ann", address: str = "192.0.2.1") -> str:
    token = await accounts.passwords.sign_in(username, PASSWORD, address=address, user_agent="")
    return cookie_of(accounts, token)


async def test_everybody_is_the_local_owner_until_setup(accounts: Accounts) -> None:
    person = await accounts.person_of("")
    cookie = await set_up(accounts)

    assert person.is_administrator
    assert (await accounts.person_of(cookie)).id == person.id, "the conversations are theirs now"
    with pytest.raises(NotSignedIn):
        await accounts.person_of("")


async def test_nobody_comes_in_before_setup_where_accounts_are_needed(database: Database) -> None:
    accounts = Accounts(database, needs_accounts=True)
    await accounts.open()

    assert accounts.awaits_setup
    with pytest.raises(NotSignedIn):
        await accounts.person_of("")
    await set_up(accounts)
    assert not accounts.awaits_setup


async def test_setup_link_works_once(accounts: Accounts) -> None:
    link = accounts.setup_token or ""
    with pytest.raises(AccountLinkInvalid):
        await accounts.set_up("wrong", "ann", PASSWORD, adopt=True, **FROM)
    await set_up(accounts)

    with pytest.raises(AccountLinkInvalid):
        await accounts.set_up(link, "eve", PASSWORD, adopt=True, **FROM)
    again = Accounts(accounts._database)
    await again.open()
    assert again.setup_token is None, "nor is there another one after a restart"


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        ("", PASSWORD, "username"),
        ("a b", PASSWORD, "username"),
        ("a" * 65, PASSWORD, "username"),
        ("ann", "short", "password"),
        ("ann", "x" * 201, "password"),
        ("long-username", "Long-Username", "password_is_name"),
        (None, PASSWORD, "not_text"),
    ],
)
async def test_unusable_credentials_leave_the_link_working(
    accounts: Accounts, username: object, password: object, reason: str
) -> None:
    with pytest.raises(AccountInvalid) as refused:
        await accounts.set_up(accounts.setup_token or "", username, password, adopt=True, **FROM)

    assert refused.value.reason == reason
    await set_up(accounts)


async def test_conversations_are_only_taken_over_when_wanted(accounts: Accounts, database: Database) -> None:
    local = await accounts.person_of("")
    async with database.write() as session:
        await conversations.create(session, local.id, title="Mine")
    assert await accounts.has_local_conversations()

    person = await accounts.person_of(await set_up(accounts, adopt=False))

    assert person.id != local.id


async def test_signs_in_with_the_password_in_any_composition(accounts: Accounts) -> None:
    await accounts.set_up(accounts.setup_token or "", "ann", "passwörd é", adopt=True, **FROM)

    token = await accounts.passwords.sign_in("ANN", "passwo\u0308rd e\u0301", **FROM)

    assert (await accounts.person_of(cookie_of(accounts, token))).is_administrator


@pytest.mark.parametrize(
    ("username", "password"), [("ann", "wrong"), ("bob", PASSWORD), (None, None), ("ann", None)]
)
async def test_wrong_credentials_are_refused_alike(
    accounts: Accounts, username: object, password: object
) -> None:
    await set_up(accounts)

    with pytest.raises(SignInRefused) as refused:
        await accounts.passwords.sign_in(username, password, **FROM)

    assert refused.value.reason == ""
    assert (await accounts.audit.page())[0].what == What.SIGN_IN_FAILED


async def test_stranger_locks_nobody_out(accounts: Accounts) -> None:
    await set_up(accounts)
    for _ in range(10):
        with pytest.raises(SignInRefused):
            await accounts.passwords.sign_in("ann", "wrong", address="198.51.100.7", user_agent="")

    with pytest.raises(TooManySignIns):
        await signed_in(accounts, address="198.51.100.7")
    await signed_in(accounts, address="192.0.2.1")


async def test_token_is_stored_hashed(accounts: Accounts, database: Database) -> None:
    cookie = await set_up(accounts)
    token = accounts.cookie.token_in(cookie)

    async with database.read() as session:
        assert await sessions.find(session, token_hash(token), utc_now())
        assert await sessions.find(session, token, utc_now()) is None
    assert token.encode() not in database.path.read_bytes()


async def test_sign_out_counts_at_once(accounts: Accounts) -> None:
    cookie, other = await set_up(accounts), await signed_in(accounts)
    person = await accounts.person_of(cookie)

    await accounts.sign_out(person)

    with pytest.raises(NotSignedIn):
        await accounts.person_of(cookie)
    assert (await accounts.person_of(other)).id == person.id


async def test_new_password_ends_the_other_sessions(accounts: Accounts) -> None:
    cookie, other = await set_up(accounts), await signed_in(accounts)
    person = await accounts.person_of(cookie)
    with pytest.raises(AccountInvalid):
        await accounts.passwords.change(person, "wrong", "another password")

    await accounts.passwords.change(person, PASSWORD, "another password")

    assert await accounts.person_of(cookie) == person
    with pytest.raises(NotSignedIn):
        await accounts.person_of(other)
    with pytest.raises(SignInRefused):
        await signed_in(accounts)


async def test_one_session_is_ended_by_its_owner_only(accounts: Accounts) -> None:
    ann, bob = await set_up(accounts), await join(accounts, "bob")
    of_bob = (await accounts.person_of(bob)).session

    await accounts.end_session(await accounts.person_of(ann), of_bob)

    assert (await accounts.person_of(bob)).session == of_bob


async def test_change_by_another_process_ends_watched_sessions(
    accounts: Accounts, database: Database
) -> None:
    cookie = await set_up(accounts)
    person = await accounts.person_of(cookie)
    with accounts.watch(cookie) as over:
        async with database.write() as session:
            await users.set_disabled(session, person.id, utc_now())
        await asyncio.wait_for(over.wait(), 10)

    with pytest.raises(NotSignedIn):
        await accounts.person_of(cookie)


async def test_setup_ends_what_the_local_owner_watches(accounts: Accounts) -> None:
    with accounts.watch("") as over:
        assert not over.is_set()
        await set_up(accounts)
        assert over.is_set()


async def test_session_lasts_as_long_as_it_is_used(accounts: Accounts, database: Database) -> None:
    cookie = await set_up(accounts)
    token, now = accounts.cookie.token_in(cookie), utc_now()
    for days in (20, 40, 60):
        seen = Sessions(database, clock=lambda days=days: now + timedelta(days=days))  # type: ignore[misc]
        assert await seen.find(token), days
        await asyncio.gather(*seen._tasks)
    unused = Sessions(database, clock=lambda: now + timedelta(days=60) + UNUSED_FOR)

    assert await unused.find(token) is None


async def test_secure_cookie_has_a_name_no_other_host_can_set(database: Database) -> None:
    plain, secure = Accounts(database).cookie, Accounts(database, secure=True).cookie

    assert secure.name.startswith("__Host-")
    assert secure.token_in(f"{plain.name}=evil; {secure.name}=mine") == "mine"
    assert secure.token_in(f"{plain.name}=evil") == ""
