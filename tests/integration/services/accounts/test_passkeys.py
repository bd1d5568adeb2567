"""Passkeys: adding them, signing in with them, and what is refused."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

from tests.authenticator import Authenticator
from tests.integration.services.accounts.signing_in import FROM, PASSWORD, cookie_of, join, set_up
from webchat.services.accounts import Accounts, Person
from webchat.services.accounts.attempts import GUESSES
from webchat.services.accounts.audit import What
from webchat.services.accounts.authenticators import Site
from webchat.services.accounts.challenges import MINUTES, Challenges
from webchat.services.accounts.passkeys import LONGEST_NAME, MOST, Passkeys
from webchat.services.errors import PasskeyInvalid, SignInRefused, TooManySignIns
from webchat.storage.engine import Database
from webchat.storage.errors import PasskeyNotFound
from webchat.storage.tables import Passkey

HERE = Site("chat.example.org", "https://chat.example.org")
ELSEWHERE = Site("example.com", "https://example.com")


@pytest.fixture
async def ann(accounts: Accounts) -> Person:
    return await accounts.person_of(await set_up(accounts))


@pytest.fixture
async def bob(accounts: Accounts, ann: Person) -> Person:
    return await accounts.person_of(await join(accounts, "bob"))


async def added(
    accounts: Accounts, person: Person, device: Authenticator | None = None, name: str = "Key"
) -> Authenticator:
    """A device whose passkey the person has added."""
    device = device or Authenticator(HERE.origin)
    options = await accounts.passkeys.creation_options(person, HERE)
    await accounts.passkeys.add(person, HERE, device.make(options), name, "192.0.2.1")
    return device


async def sign_in(accounts: Accounts, text: str, site: Site = HERE, address: str = "192.0.2.1") -> Person:
    token = await accounts.passkeys.sign_in(site, text, address=address, user_agent="")
    return await accounts.person_of(cookie_of(accounts, token))


async def options(accounts: Accounts, site: Site = HERE) -> dict[str, Any]:
    return await accounts.passkeys.request_options(site)


async def logged(accounts: Accounts) -> list[tuple[str, str, str]]:
    return [(each.what, each.actor, each.subject) for each in await accounts.audit.page()]


def changed(text: str, **values: Any) -> str:
    """What a browser sends, with other values in it."""
    content = json.loads(text)
    for name, value in values.items():
        (content["response"] if name in content["response"] else content)[name] = value
    return json.dumps(content)


# Signing in.


@pytest.mark.parametrize("counts", [True, False])
async def test_passkey_signs_in_again_and_again(accounts: Accounts, ann: Person, counts: bool) -> None:
    device = await added(accounts, ann, Authenticator(HERE.origin, counts))

    first = await sign_in(accounts, device.use(await options(accounts)))
    second = await sign_in(accounts, device.use(await options(accounts)))

    assert first.id == second.id == ann.id
    assert first.session != second.session
    assert (await logged(accounts))[0] == (What.SIGNED_IN_BY_PASSKEY, "ann", "ann")
    (row,) = await accounts.passkeys.of(ann.id)
    assert (row.name, row.host, row.sign_count) == ("Key", HERE.host, 2 * counts)
    assert row.last_used_at is not None


async def refused(accounts: Accounts, text: str, site: Site = HERE, reason: str = "passkey") -> None:
    with pytest.raises(SignInRefused) as caught:
        await sign_in(accounts, text, site)
    assert caught.value.reason == reason
    assert (await logged(accounts))[0][0] == What.SIGN_IN_FAILED


async def test_challenge_works_once(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann, Authenticator(HERE.origin, counts=False))
    sent = device.use(await options(accounts))
    await sign_in(accounts, sent)

    await refused(accounts, sent)
    assert (await logged(accounts))[0] == (What.SIGN_IN_FAILED, "", "ann, with a passkey")


async def test_challenge_must_be_of_this_server(accounts: Accounts, ann: Person, database: Database) -> None:
    device = await added(accounts, ann)
    others = await Passkeys(database, accounts.sessions, accounts.audit, accounts._attempts).request_options(
        HERE
    )

    await refused(accounts, device.use(others))
    await refused(accounts, device.use({"challenge": "AAAA", "rpId": HERE.host}))


async def test_challenge_for_adding_does_not_sign_in(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann)
    to_add = await accounts.passkeys.creation_options(ann, HERE)

    await refused(accounts, device.use({"challenge": to_add["challenge"], "rpId": HERE.host}))


async def test_challenge_expires(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann)
    now = [1_000_000.0]
    accounts.passkeys._challenges = Challenges(lambda: now[0])
    early, late = await options(accounts), await options(accounts)
    now[0] += MINUTES * 60
    await sign_in(accounts, device.use(early))
    now[0] += 1

    with pytest.raises(PasskeyInvalid) as caught:
        await sign_in(accounts, device.use(late))
    assert caught.value.reason == "expired"


async def test_foreign_origin_is_refused(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann)
    device.origin = "https://chat.example.org.evil.test"

    await refused(accounts, device.use(await options(accounts)))


async def test_wrong_host_is_refused(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann)

    await refused(accounts, device.use(await options(accounts), host="example.org"))
    await refused(accounts, device.use(await options(accounts)), ELSEWHERE)


async def test_signature_must_be_of_the_passkey(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann)
    other = Authenticator(HERE.origin, credential_id=device.credential_id, user_id=device.user_id)

    await refused(accounts, other.use(await options(accounts)))
    sent = device.use(await options(accounts))
    await refused(accounts, changed(sent, signature="AAAA"))


@pytest.mark.parametrize("behind", [0, 1])
async def test_copied_passkey_is_refused(accounts: Accounts, ann: Person, behind: int) -> None:
    device = await added(accounts, ann)
    await sign_in(accounts, device.use(await options(accounts)))
    await sign_in(accounts, device.use(await options(accounts)))
    device.count -= 1 + behind

    await refused(accounts, device.use(await options(accounts)))


async def test_passkey_of_another_person_signs_in_nobody(
    accounts: Accounts, ann: Person, bob: Person
) -> None:
    of_ann, of_bob = await added(accounts, ann), await added(accounts, bob)

    await refused(accounts, of_bob.use(await options(accounts), claims=of_ann.user_id))
    await refused(accounts, of_bob.use(await options(accounts), claims=b""))
    of_bob.credential_id = of_ann.credential_id
    await refused(accounts, of_bob.use(await options(accounts)))


async def test_unknown_passkey_is_refused(accounts: Accounts, ann: Person) -> None:
    device = Authenticator(HERE.origin, user_id=ann.id.encode())

    await refused(accounts, device.use(await options(accounts)))
    assert (await logged(accounts))[0] == (What.SIGN_IN_FAILED, "", "an unknown passkey")


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", '{"response": 1}', "[" * 10_000, "x" * 20_000, '{"id": {}, "response": {}}'],
)
async def test_nonsense_is_refused(accounts: Accounts, ann: Person, text: str) -> None:
    await refused(accounts, text)
    with pytest.raises(PasskeyInvalid):
        await accounts.passkeys.add(ann, HERE, text, "Key")


@pytest.mark.parametrize("field", ["clientDataJSON", "authenticatorData", "signature", "rawId", "type", "id"])
@pytest.mark.parametrize("value", ["", "AAAA", "!", 1, None, {}, []])
async def test_damaged_answer_is_refused(accounts: Accounts, ann: Person, field: str, value: Any) -> None:
    device = await added(accounts, ann)

    await refused(accounts, changed(device.use(await options(accounts)), **{field: value}))


async def test_disabled_account_does_not_sign_in(accounts: Accounts, ann: Person, bob: Person) -> None:
    device = await added(accounts, bob)
    await accounts.people.set_disabled(bob.id, True, "ann")
    await refused(accounts, device.use(await options(accounts)), reason="disabled")

    await accounts.people.set_disabled(bob.id, False, "ann")
    assert (await sign_in(accounts, device.use(await options(accounts)))).id == bob.id


async def test_deleted_account_leaves_no_passkey(
    accounts: Accounts, ann: Person, bob: Person, database: Database
) -> None:
    device = await added(accounts, bob)
    await accounts.people.delete(bob.id, "ann")

    await refused(accounts, device.use(await options(accounts)))
    with closing(sqlite3.connect(database.path)) as file:
        assert file.execute("SELECT count(*) FROM passkey").fetchone() == (0,)


async def test_removed_passkey_signs_in_nobody(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann, name="Phone")
    (row,) = await accounts.passkeys.of(ann.id)
    await accounts.passkeys.remove(ann, row.id, "192.0.2.1")

    assert (await logged(accounts))[0] == (What.PASSKEY_REMOVED, "ann", "Phone")
    await refused(accounts, device.use(await options(accounts)))


async def test_new_password_from_a_link_removes_passkeys(
    accounts: Accounts, ann: Person, bob: Person
) -> None:
    device = await added(accounts, bob)
    link = await accounts.invitations.reset(bob.id, "ann")
    await accounts.invitations.accept(link, "bob", "another password", **FROM)

    await refused(accounts, device.use(await options(accounts)))


async def test_failed_attempts_are_limited_like_passwords(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann)
    for _ in range(GUESSES):
        await refused(accounts, device.use(await options(accounts), host="example.com"))

    with pytest.raises(TooManySignIns):
        await sign_in(accounts, device.use(await options(accounts)))
    with pytest.raises(TooManySignIns):
        await accounts.passwords.sign_in("ann", PASSWORD, **FROM)
    assert (await sign_in(accounts, device.use(await options(accounts)), address="192.0.2.7")).id == ann.id


# Adding.


async def not_added(accounts: Accounts, person: Person, text: str, reason: str, site: Site = HERE) -> None:
    before = await accounts.passkeys.of(person.id)
    with pytest.raises(PasskeyInvalid) as caught:
        await accounts.passkeys.add(person, site, text, "Key")
    assert caught.value.reason == reason
    assert await accounts.passkeys.of(person.id) == before


async def test_added_passkey_is_in_the_audit_log(accounts: Accounts, ann: Person) -> None:
    await added(accounts, ann, name="  Ann’s \n phone ")

    assert (await logged(accounts))[0] == (What.PASSKEY_ADDED, "ann", "Ann’s phone")


async def test_options_name_the_person_and_their_passkeys(accounts: Accounts, ann: Person) -> None:
    device = await added(accounts, ann)

    found = await accounts.passkeys.creation_options(ann, HERE)

    assert found["rp"] == {"name": "webchat", "id": HERE.host}
    assert found["user"]["name"] == "ann"
    assert found["authenticatorSelection"]["residentKey"] == "required"
    assert found["authenticatorSelection"]["userVerification"] == "preferred"
    (known,) = found["excludeCredentials"]
    assert known["id"] == json.loads(device.use(await options(accounts)))["id"]
    assert (await accounts.passkeys.creation_options(ann, ELSEWHERE))["excludeCredentials"] == []
    to_sign_in = await options(accounts)
    assert to_sign_in["allowCredentials"] == []
    assert to_sign_in["userVerification"] == "preferred"


async def test_answer_adds_one_passkey_once(accounts: Accounts, ann: Person, bob: Person) -> None:
    device = Authenticator(HERE.origin)
    sent = device.make(await accounts.passkeys.creation_options(ann, HERE))
    await accounts.passkeys.add(ann, HERE, sent, "Key")

    await not_added(accounts, ann, sent, "not_accepted")
    again = device.make(await accounts.passkeys.creation_options(ann, HERE))
    await not_added(accounts, ann, again, "known")
    of_bob = device.make(await accounts.passkeys.creation_options(bob, HERE))
    await not_added(accounts, bob, of_bob, "known")


async def test_challenge_is_of_one_session(accounts: Accounts, ann: Person, bob: Person) -> None:
    of_bob = await accounts.passkeys.creation_options(bob, HERE)
    await not_added(accounts, ann, Authenticator(HERE.origin).make(of_bob), "not_accepted")
    token = await accounts.passwords.sign_in("ann", PASSWORD, **FROM)
    in_another_browser = await accounts.person_of(cookie_of(accounts, token))
    of_ann = await accounts.passkeys.creation_options(ann, HERE)
    await not_added(accounts, in_another_browser, Authenticator(HERE.origin).make(of_ann), "not_accepted")


async def test_passkey_for_another_site_is_not_added(accounts: Accounts, ann: Person) -> None:
    options = await accounts.passkeys.creation_options(ann, HERE)
    await not_added(accounts, ann, Authenticator("https://evil.test").make(options), "not_accepted")
    device = Authenticator(HERE.origin)
    await not_added(accounts, ann, device.make(options, host="example.org"), "not_accepted")
    await not_added(accounts, ann, device.make(options), "not_accepted", ELSEWHERE)


async def test_too_many_passkeys(accounts: Accounts, ann: Person, database: Database) -> None:
    last = await accounts.passkeys.creation_options(ann, HERE)
    async with database.write() as session:
        for number in range(MOST):
            row = Passkey(
                user_id=ann.id, credential_id=str(number), public_key=b"", host=HERE.host, name="Key"
            )
            session.add(row)

    await not_added(accounts, ann, Authenticator(HERE.origin).make(last), "too_many")
    with pytest.raises(PasskeyInvalid):
        await accounts.passkeys.creation_options(ann, HERE)


async def test_local_owner_has_no_passkeys(accounts: Accounts) -> None:
    local = await accounts.person_of("")

    with pytest.raises(PasskeyInvalid) as caught:
        await accounts.passkeys.creation_options(local, HERE)
    assert caught.value.reason == "no_account"
    await not_added(accounts, local, "{}", "no_account")


# Changing.


@pytest.mark.parametrize("name", ["", " ", "x" * (LONGEST_NAME + 1), 7, None])
async def test_name_of_a_passkey_is_checked(accounts: Accounts, ann: Person, name: object) -> None:
    await added(accounts, ann)
    (row,) = await accounts.passkeys.of(ann.id)

    with pytest.raises(PasskeyInvalid):
        await accounts.passkeys.rename(ann, row.id, name)
    await accounts.passkeys.rename(ann, row.id, "Phone")
    assert [each.name for each in await accounts.passkeys.of(ann.id)] == ["Phone"]


async def test_nobody_changes_the_passkeys_of_others(accounts: Accounts, ann: Person, bob: Person) -> None:
    device = await added(accounts, bob)
    (row,) = await accounts.passkeys.of(bob.id)

    with pytest.raises(PasskeyNotFound):
        await accounts.passkeys.rename(ann, row.id, "Mine")
    with pytest.raises(PasskeyNotFound):
        await accounts.passkeys.remove(ann, row.id)
    assert await accounts.passkeys.of(ann.id) == []
    assert (await sign_in(accounts, device.use(await options(accounts)))).id == bob.id


def test_library_is_loaded_only_where_a_passkey_is_used() -> None:
    script = "import sys, webchat.services.accounts; assert 'webauthn' not in sys.modules"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
