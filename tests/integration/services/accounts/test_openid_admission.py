"""Whom the host lets in of those whom an issuer of OpenID Connect knows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.services.accounts.openid_site import (
    Site,
    alert,
    people,
)
from tests.integration.services.accounts.signing_in import join
from webchat.storage.types import UserRole

pytestmark = pytest.mark.network


@people()
async def test_without_domains_or_groups_only_known_or_invited_people_enter(site: Site) -> None:
    async with site.browser() as carol:
        refused = await carol.sign_in()
        assert refused.status_code == 403
        assert "not connected with an account here" in alert(refused)
        link = await site.accounts.invitations.invite("administrator", "ann")
        assert "Continue with Example ID" in (await carol.client.get(f"/invite/{link}")).text
        assert (await carol.sign_in(invitation=link)).status_code == 303
        assert await carol.username() == "carol"
    assert (await site.accounts.people.named("carol")).role is UserRole.ADMINISTRATOR

    site.issuer.person["sub"] = "0002"
    async with site.browser() as second:
        used = await second.sign_in(invitation=link)
        assert (used.status_code, await second.username()) == (403, "")
        assert "link does not work" in alert(used)


@people()
async def test_link_for_a_new_password_is_no_invitation(site: Site) -> None:
    await join(site.accounts, "bob")
    bob = (await site.accounts.people.named("bob")).id
    link = await site.accounts.invitations.reset(bob, "ann")
    async with site.browser() as carol:
        assert "Continue with" not in (await carol.client.get(f"/invite/{link}")).text
        assert (await carol.sign_in(invitation=link)).status_code == 403
    await site.accounts.invitations.find(link)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"email": "carol@elsewhere.example"}, "not allowed"),
        ({"email": "carol@example.org.evil.example"}, "not allowed"),
        ({"email": "example.org"}, "not allowed"),
        ({"email": "@example.org"}, "not allowed"),
        ({"email": "carol@elsewhere.example@example.org"}, "not allowed"),
        ({"email": None}, "not allowed"),
        ({"email": ["carol@example.org"]}, "not allowed"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email_verified": "true"}, "not verified"),
    ],
)
async def test_other_domains_and_unverified_addresses_are_refused(
    site: Site, claims: dict[str, Any], words: str
) -> None:
    site.issuer.changes = claims
    link = await site.accounts.invitations.invite("member", "ann")
    async with site.browser() as carol:
        refused = await carol.sign_in(invitation=link)
        assert refused.status_code == 403
        assert words in alert(refused)
    assert len(await site.accounts.people.all()) == 1


@people("example.org", groups=("staff", "family"))
@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"groups": ["other", "family"]}, 303),
        ({"groups": ["Staff"]}, 403),
        ({"groups": "staff"}, 403),
        ({"groups": []}, 403),
        ({"groups": None}, 403),
        ({"groups": ["staff"], "email": "carol@elsewhere.example"}, 403),
    ],
)
async def test_domain_and_group_must_both_fit(site: Site, claims: dict[str, Any], status: int) -> None:
    site.issuer.changes = claims
    async with site.browser() as carol:
        assert (await carol.sign_in()).status_code == status
    asked = [each for each in site.issuer.requests if each.path == "/authorize"]
    assert "groups" in asked[0].query["scope"].split()


@people(groups=("staff",))
async def test_who_left_the_group_is_refused_though_known(site: Site) -> None:
    site.issuer.changes = {"groups": ["staff"]}
    async with site.browser() as carol:
        await carol.sign_in()
    site.issuer.changes = {}
    async with site.browser() as carol:
        assert (await carol.sign_in()).status_code == 403


async def test_same_address_at_the_issuer_is_no_way_to_an_account(site: Site) -> None:
    """Somebody who has the e-mail address or the name of another is not them."""
    await join(site.accounts, "carol@example.org")
    site.issuer.person["preferred_username"] = "ann"
    async with site.browser() as stranger:
        await stranger.sign_in()
        assert await stranger.username() == "ann-2"
    site.issuer.person |= {"sub": "0002", "preferred_username": "carol"}
    async with site.browser() as another:
        await another.sign_in()
        assert await another.username() == "carol"


async def test_disabled_and_deleted_accounts_stay_closed(site: Site) -> None:
    async with site.browser() as carol:
        await carol.sign_in()
        mine = (await site.accounts.people.named("carol")).id
        await site.accounts.people.set_disabled(mine, True, "ann")
        refused = await carol.sign_in()
        assert (refused.status_code, "disabled" in alert(refused)) == (403, True)
        await site.accounts.people.delete(mine, "ann")
        assert await site.accounts.identities.of(mine) == []
        assert (await carol.sign_in()).status_code == 303
    assert (await site.accounts.people.named("carol")).id != mine, "nothing of the deleted one is theirs"
