"""Settings → Account and People: what each of them shows and does, and to whom."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from tests.integration.services.accounts.signing_in import PASSWORD, join, set_up
from tests.integration.services.world import World
from tests.integration.state.page import ADDRESS, Page, opened_page, serving
from webchat.services.accounts import Person
from webchat.services.accounts.audit import What
from webchat.services.errors import NotAllowed, SignInRefused
from webchat.state.account import AccountState
from webchat.state.account_rows import browser
from webchat.state.audit_rows import audit_row
from webchat.state.limits import EVERYONE, MemberLimitsState
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.passkeys import PasskeysState
from webchat.state.people import PeopleState
from webchat.state.providers import ProvidersState
from webchat.storage.queries import identities, passkeys
from webchat.storage.tables import Passkey, User
from webchat.words.catalogue import prepare
from webchat.words.language import speaking


@pytest.fixture
async def ann(world: World) -> AsyncIterator[Page]:
    """The page of the administrator."""
    accounts = world.services.accounts
    with serving(world):
        person = await accounts.person_of(await set_up(accounts))
        async with opened_page(person, "ann") as page:
            yield page
    await accounts.close()


@pytest.fixture
async def bob(world: World, ann: Page) -> AsyncIterator[Page]:
    """The page of a member."""
    accounts = world.services.accounts
    person = await accounts.person_of(await join(accounts, "bob"))
    async with opened_page(person, "bob") as page:
        yield page


async def test_local_owner_is_offered_an_account(world: World) -> None:
    with serving(world):
        async with opened_page(Person(world.owner, is_administrator=True)) as page:
            await page.do(AccountState.load)
            await page.do(PeopleState.load)

    assert page.var(AccountState, "setup_token")
    assert not page.var(PeopleState, "allowed")


async def test_member_manages_nobody(world: World, bob: Page) -> None:
    await bob.do(PeopleState.load)
    assert not bob.var(PeopleState, "rows")
    before = await world.services.accounts.people.all()
    for handler, arguments in (
        (PeopleState.invite, {"role": "administrator"}),
        (PeopleState.set_role, {"user_id": bob.person.id, "role": "administrator"}),
        (PeopleState.set_disabled, {"user_id": world.owner, "disabled": True}),
        (PeopleState.delete, {"user_id": world.owner}),
        (PeopleState.reset_password, {"user_id": world.owner}),
        (PeopleState.withdraw, {"invitation_id": "x"}),
        (PeopleState.let_members_add, {"allowed": True}),
    ):
        await bob.do(NoticeState.dismiss)
        await bob.do(handler, **arguments)
        assert bob.var(NoticeState, "text") == str(NotAllowed()), handler

    assert await world.services.accounts.people.all() == before
    assert not bob.var(PeopleState, "link")


async def joined(world: World) -> str:
    """Let Bob in; returns his id."""
    accounts = world.services.accounts
    return (await accounts.person_of(await join(accounts, "bob"))).id


async def test_administrator_sees_counts_and_no_words(world: World, ann: Page) -> None:
    await world.send("A secret of Bob", owner_id=await joined(world))
    await ann.do(PeopleState.load)

    rows = ann.var(PeopleState, "rows")
    assert [row["username"] for row in rows] == ["ann", "bob"]
    assert "1 message ·" in rows[1]["about"]
    assert "A secret of Bob" not in str(ann.sent)


async def test_invitation_link_is_shown_once(world: World, ann: Page) -> None:
    await ann.do(PeopleState.load)
    await ann.do(PeopleState.invite, role="member")
    link = ann.var(PeopleState, "link")
    assert link.startswith("http://webchat/invite/")
    assert (await world.services.accounts.invitations.find(link.rpartition("/")[2])).username == ""

    await ann.do(PeopleState.load)

    assert ann.var(PeopleState, "link") == ""
    assert len(ann.var(PeopleState, "invitations")) == 1


async def test_administrator_disables_and_deletes(world: World, ann: Page) -> None:
    bob = await joined(world)
    await ann.do(PeopleState.load)
    await ann.do(PeopleState.set_disabled, user_id=bob, disabled=True)
    assert ann.var(PeopleState, "rows")[1]["disabled"]
    await ann.do(PeopleState.delete, user_id=bob)

    assert [row["username"] for row in ann.var(PeopleState, "rows")] == ["ann"]
    assert ann.var(PeopleState, "events")[0]["text"] == "ann deleted: bob"


async def test_password_is_changed_and_never_kept(world: World, ann: Page) -> None:
    await ann.do(AccountState.load)
    await ann.do(AccountState.change_password, form={"current": "wrong", "password": "another password"})
    assert "current password is wrong" in ann.var(AccountState, "problem")
    await ann.do(AccountState.change_password, form={"current": PASSWORD, "password": "another password"})

    assert ann.var(AccountState, "problem") == ""
    assert "another password" not in str(ann.sent)
    with pytest.raises(SignInRefused):
        await world.services.accounts.passwords.sign_in("ann", PASSWORD, address="", user_agent="")


async def test_another_browser_is_signed_out(world: World, ann: Page) -> None:
    await world.services.accounts.passwords.sign_in("ann", PASSWORD, address="", user_agent="")
    await ann.do(AccountState.load)
    sessions = ann.var(AccountState, "sessions")
    other = next(row for row in sessions if not row["this"])

    await ann.do(AccountState.end_session, session_id=other["id"])

    assert [row["this"] for row in ann.var(AccountState, "sessions")] == [True]


async def test_ways_to_sign_in_are_shown_and_the_last_one_stays(world: World, ann: Page) -> None:
    await ann.do(AccountState.load)
    assert (ann.var(AccountState, "has_password"), ann.var(AccountState, "issuer")) == (True, "")
    async with world.database.write() as session:
        await identities.add(session, ann.person.id, "https://id.example/realm", "1")
        await session.execute(update(User).values(password_hash=None))
    await ann.do(AccountState.load)
    (row,) = ann.var(AccountState, "identities")
    assert (row["name"], row["about"]) == ("id.example", "No longer in use here")
    assert not ann.var(AccountState, "has_password")

    await ann.do(AccountState.disconnect, identity_id=row["id"])

    assert "could not sign in any more" in ann.var(NoticeState, "text")
    assert ann.var(AccountState, "identities") == [row]


async def test_member_sees_shared_providers_and_changes_none(world: World, ann: Page, bob: Page) -> None:
    await bob.do(ProvidersState.open)
    assert {row["name"] for row in bob.var(ProvidersState, "shared")} == {"Guide", "Fake"}
    assert not bob.var(ProvidersState, "rows")
    assert "127.0.0.1:9" not in str(bob.sent), "no address either"
    for handler in (ProvidersState.find_local, ProvidersState.undo_remove):
        await bob.do(handler)
    await bob.do(ProvidersState.save, form={"name": "Mine", "base_url": "http://127.0.0.1:9/v1"})
    assert bob.var(ProvidersState, "form_problem") == str(NotAllowed())

    await bob.do(ModelsState.load)
    assert bob.var(ModelsState, "connected"), "nothing asks a member to connect a model"


async def test_change_of_a_provider_is_in_the_audit_log(world: World, ann: Page) -> None:
    await ann.do(ProvidersState.save, form={"name": "New", "base_url": "http://127.0.0.1:9/v1"})

    event = (await world.services.accounts.audit.page())[0]
    assert (event.what, event.actor, event.subject) == (What.PROVIDER_CHANGED, "ann", "New")


async def test_audit_log_has_the_address_of_a_pages_events(world: World, ann: Page, bob: Page) -> None:
    before = {each.number for each in await world.services.accounts.audit.page()}
    await ann.do(PeopleState.load)
    await ann.do(PeopleState.invite, role="member")
    await ann.do(PeopleState.set_role, user_id=bob.person.id, role="administrator")
    await ann.do(PeopleState.set_disabled, user_id=bob.person.id, disabled=True)
    await ann.do(PeopleState.reset_password, user_id=bob.person.id)
    await ann.do(PeopleState.let_members_add, allowed=True)
    await ann.do(ProvidersState.save, form={"name": "New", "base_url": "http://127.0.0.1:9/v1"})
    await ann.do(MemberLimitsState.load)
    await ann.do(MemberLimitsState.edit, user_id=EVERYONE)
    await ann.do(MemberLimitsState.save, form={"messages": "5", "tokens": "", "cost": ""})
    await ann.do(AccountState.change_password, form={"current": PASSWORD, "password": f"{PASSWORD} new"})

    events = [each for each in await world.services.accounts.audit.page() if each.number not in before]
    assert {each.what for each in events} == {
        What.INVITED,
        What.ROLE_CHANGED,
        What.DISABLED,
        What.RESET_LINK_MADE,
        What.PREFERENCE_CHANGED,
        What.PROVIDER_CHANGED,
        What.LIMITS_CHANGED,
        What.PASSWORD_CHANGED,
    }
    assert {each.address for each in events} == {ADDRESS}


async def test_audit_log_of_a_russian_page_has_no_english_words(world: World, ann: Page, bob: Page) -> None:
    before = {each.number for each in await world.services.accounts.audit.page()}
    await ann.do(PeopleState.load)
    await ann.do(PeopleState.invite, role="member")
    await ann.do(PeopleState.set_role, user_id=bob.person.id, role="administrator")
    await ann.do(PeopleState.set_role, user_id=bob.person.id, role="member")
    await ann.do(PeopleState.let_members_add, allowed=True)
    await ann.do(PeopleState.let_members_add, allowed=False)
    await ann.do(MemberLimitsState.load)
    for whom, limits in ((EVERYONE, {"messages": "1500", "cost": "2"}), (bob.person.id, {"tokens": "none"})):
        await ann.do(MemberLimitsState.edit, user_id=whom)
        await ann.do(MemberLimitsState.save, form={"messages": "", "tokens": "", "cost": "", **limits})
        await ann.do(MemberLimitsState.edit, user_id=whom)
        await ann.do(MemberLimitsState.save, form={"messages": "", "tokens": "", "cost": ""})

    events = [each for each in await world.services.accounts.audit.page() if each.number not in before]
    await prepare("ru")
    with speaking("ru"):
        shown = [audit_row(each, "UTC").text for each in events]
    assert len(shown) == 9
    assert not [each for each in shown if re.search("[a-zA-Z]", re.sub(r"\b(ann|bob)\b", "", each))]


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) Version/18 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("", "A browser"),
    ],
)
def test_browser_is_named(user_agent: str, shown: str) -> None:
    assert browser(user_agent) == shown


async def test_passkeys_are_listed_renamed_and_removed(world: World, bob: Page) -> None:
    async with world.database.write() as session:
        passkey = Passkey(
            user_id=bob.person.id, credential_id="a", public_key=b"", host="localhost", name="Phone"
        )
        await passkeys.add(session, passkey)
    await bob.do(PasskeysState.added, passkey_id=passkey.id)
    (row,) = bob.var(PasskeysState, "rows")
    assert row["name"] == "Phone"
    assert "never used" in row["about"]
    assert "works at localhost only" in row["about"], "the page was opened elsewhere"
    assert bob.var(PasskeysState, "renaming") == row["id"]

    await bob.do(PasskeysState.rename, form={"name": ""})
    assert "must have 1 to" in bob.var(NoticeState, "text")
    await bob.do(PasskeysState.start_renaming, passkey_id=passkey.id)
    await bob.do(PasskeysState.rename, form={"name": "Bob’s phone"})
    assert [each["name"] for each in bob.var(PasskeysState, "rows")] == ["Bob’s phone"]

    await bob.do(PasskeysState.ask, passkey_id=passkey.id)
    await bob.do(PasskeysState.remove, passkey_id=passkey.id)
    assert bob.var(PasskeysState, "rows") == []
    assert (await world.services.accounts.audit.page())[0].what == What.PASSKEY_REMOVED
