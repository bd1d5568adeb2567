"""Invitations, roles, disabling, deleting, and what administrators see."""

from __future__ import annotations

import pytest

from tests.integration.services.accounts.signing_in import FROM, PASSWORD, join, set_up
from webchat.services.accounts import Accounts, invitations
from webchat.services.accounts.audit import What
from webchat.services.errors import (
    AccountInvalid,
    AccountLinkInvalid,
    NotAllowed,
    NotSignedIn,
    SignInRefused,
)
from webchat.services.purge import Purge
from webchat.services.usage import Price, prices_of_everyone
from webchat.storage.engine import Database
from webchat.storage.errors import UsernameTaken, UserNotFound
from webchat.storage.queries import conversations, providers, settings, usage
from webchat.storage.queries.settings import PRICES
from webchat.storage.tables import User
from webchat.storage.types import UserRole, utc_now


async def test_invitation_makes_one_account(accounts: Accounts) -> None:
    await set_up(accounts)
    link = await accounts.invitations.invite("member", "ann")
    assert (await accounts.invitations.find(link)).username == ""
    with pytest.raises(UsernameTaken):
        await accounts.invitations.accept(link, "ANN", PASSWORD, **FROM)
    await accounts.invitations.accept(link, "bob", PASSWORD, **FROM)

    with pytest.raises(AccountLinkInvalid):
        await accounts.invitations.accept(link, "eve", PASSWORD, **FROM)
    assert [(each.username, each.role) for each in await accounts.people.all()] == [
        ("ann", UserRole.ADMINISTRATOR),
        ("bob", UserRole.MEMBER),
    ]


async def test_withdrawn_invitation_does_not_work(accounts: Accounts) -> None:
    await set_up(accounts)
    link = await accounts.invitations.invite("member", "ann")
    (one,) = await accounts.invitations.open_ones()

    await accounts.invitations.withdraw(one.id, "ann")

    with pytest.raises(AccountLinkInvalid):
        await accounts.invitations.find(link)


async def test_reset_link_sets_a_password_and_ends_sessions(accounts: Accounts) -> None:
    await set_up(accounts)
    cookie = await join(accounts, "bob")
    bob = await accounts.person_of(cookie)
    first = await accounts.invitations.reset(bob.id, "ann")
    link = await accounts.invitations.reset(bob.id, "ann")
    with pytest.raises(AccountLinkInvalid):
        await accounts.invitations.find(first)

    assert (await accounts.invitations.find(link)).username == "bob"
    await accounts.invitations.accept(link, "eve", "another password", **FROM)

    with pytest.raises(NotSignedIn):
        await accounts.person_of(cookie)
    with pytest.raises(SignInRefused):
        await accounts.passwords.sign_in("bob", PASSWORD, **FROM)
    await accounts.passwords.sign_in("bob", "another password", **FROM)


async def test_disabled_account_keeps_out_at_once_and_comes_back(accounts: Accounts) -> None:
    await set_up(accounts)
    cookie = await join(accounts, "bob")
    bob = await accounts.person_of(cookie)

    await accounts.people.set_disabled(bob.id, True, "ann")

    with pytest.raises(NotSignedIn):
        await accounts.person_of(cookie)
    with pytest.raises(SignInRefused, match="disabled"):
        await accounts.passwords.sign_in("bob", PASSWORD, **FROM)
    with pytest.raises(SignInRefused) as guess:
        await accounts.passwords.sign_in("bob", "wrong", **FROM)
    assert guess.value.reason == "", "whoever guesses is told nothing"
    await accounts.people.set_disabled(bob.id, False, "ann")
    await accounts.passwords.sign_in("bob", PASSWORD, **FROM)


async def test_last_administrator_stays(accounts: Accounts) -> None:
    ann = await accounts.person_of(await set_up(accounts))
    for change in (
        accounts.people.set_disabled(ann.id, True, "ann"),
        accounts.people.set_role(ann.id, "member", "ann"),
        accounts.people.delete(ann.id, "ann"),
    ):
        with pytest.raises(AccountInvalid) as refused:
            await change
        assert refused.value.reason == "last_administrator"


async def test_new_role_counts_at_once(accounts: Accounts) -> None:
    await set_up(accounts)
    cookie = await join(accounts, "bob")
    bob = await accounts.person_of(cookie)
    await accounts.people.set_role(bob.id, "administrator", "ann")

    assert (await accounts.person_of(cookie)).is_administrator


async def test_everyones_providers_stay_when_their_administrator_goes(
    accounts: Accounts, database: Database
) -> None:
    ann = await accounts.person_of(await set_up(accounts))
    bob = await accounts.person_of(await join(accounts, "bob", "administrator"))
    async with database.write() as session:
        await providers.add(session, ann.id, kind="guide", name="Guide")
        await settings.set_value(session, ann.id, PRICES, {"Guide:guide": [1.0, 2.0]})
        await settings.set_value(session, bob.id, PRICES, {"Other:x": [3.0, 4.0]})
    assert await accounts.provider_rights.owner_for(bob) == ann.id

    await accounts.people.delete(ann.id, "bob")

    assert await accounts.provider_rights.owner_for(bob) == bob.id
    async with database.read() as session:
        assert [row.name for row in await providers.list_all(session, bob.id)] == ["Guide"]
        assert await prices_of_everyone(session) == {"Guide:guide": Price(1.0, 2.0)}


async def test_members_may_add_providers_where_allowed(accounts: Accounts) -> None:
    await set_up(accounts)
    bob = await accounts.person_of(await join(accounts, "bob"))
    with pytest.raises(NotAllowed):
        await accounts.provider_rights.owner_for(bob)

    await accounts.provider_rights.let_members_add(True, "ann")

    assert await accounts.provider_rights.owner_for(bob) == bob.id


async def test_deleted_account_is_gone_with_its_conversations(accounts: Accounts, database: Database) -> None:
    await set_up(accounts)
    cookie = await join(accounts, "bob")
    bob = await accounts.person_of(cookie)
    stopped: list[str] = []

    async def stop(user_id: str) -> None:
        stopped.append(user_id)

    accounts.people.stop_answers = stop
    async with database.write() as session:
        await conversations.create(session, bob.id, title="Bob's")
        await usage.count_answer(session, bob.id, "A", "one", now=utc_now())

    assert await accounts.people.delete(bob.id, "ann") == "bob"
    await Purge(database, sleep=at_once).round()

    assert stopped == [bob.id]
    with pytest.raises(NotSignedIn):
        await accounts.person_of(cookie)
    with pytest.raises(UserNotFound):
        await accounts.people.named("bob")
    async with database.read() as session:
        assert await session.get(User, bob.id) is None, "nothing refers to them any more"
    await join(accounts, "bob")


async def at_once(_seconds: float) -> None:
    pass


async def test_audit_log_says_who_did_what(accounts: Accounts) -> None:
    await set_up(accounts)
    bob = await accounts.person_of(await join(accounts, "=bob@example.org".removeprefix("=")))
    await accounts.people.set_disabled(bob.id, True, "ann")
    lines = "".join([piece async for piece in accounts.audit.as_csv()]).splitlines()

    assert [event.what for event in reversed(await accounts.audit.page())] == [
        What.SET_UP,
        What.INVITED,
        What.JOINED,
        What.DISABLED,
    ]
    assert lines[0] == "when,who,what,about,address"
    assert lines[1].endswith(",ann,disabled,bob@example.org,")
    assert lines[-1].endswith(",ann,set_up,ann,192.0.2.1")


async def test_csv_runs_no_formula(accounts: Accounts) -> None:
    await accounts.audit.note(What.SIGN_IN_FAILED, subject="=1+1")

    assert ",'=1+1," in "".join([piece async for piece in accounts.audit.as_csv()])


async def test_account_is_found_by_its_username(accounts: Accounts) -> None:
    await set_up(accounts)

    found = await accounts.people.named("ANN")

    assert (found.username, found.role) == ("ann", UserRole.ADMINISTRATOR)
    with pytest.raises(UserNotFound):
        await accounts.people.named("bob")


async def test_added_account_waits_for_its_password(accounts: Accounts) -> None:
    await set_up(accounts)
    added = await accounts.people.add("bob", "member", "the command")
    with pytest.raises(UsernameTaken):
        await accounts.people.add("BOB", "member", "the command")
    with pytest.raises(AccountInvalid):
        await accounts.people.add("eve", "owner", "the command")
    with pytest.raises(SignInRefused):
        await accounts.passwords.sign_in("bob", PASSWORD, **FROM)

    link = await accounts.invitations.reset(added, "the command")
    await accounts.invitations.accept(link, "bob", PASSWORD, **FROM)

    assert await accounts.passwords.sign_in("bob", PASSWORD, **FROM)
    assert await accounts.people.name_of(added) == "bob"
    assert await accounts.people.name_of("nobody") == ""


async def test_number_of_accounts_is_limited(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    await set_up(accounts)
    monkeypatch.setattr(invitations, "MOST_PEOPLE", 2)
    await accounts.people.add("bob", "member", "ann")

    with pytest.raises(AccountInvalid):
        await accounts.people.add("eve", "member", "ann")
    with pytest.raises(AccountInvalid):
        await join(accounts, "eve")
    assert [each.username for each in await accounts.people.all()] == ["ann", "bob"]
