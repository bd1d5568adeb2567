"""Connecting the account of somebody who has signed in with an issuer of OpenID Connect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.integration.services.accounts.openid_site import (
    Browser,
    Site,
    alert,
)
from tests.integration.services.accounts.signing_in import PASSWORD, cookie_of
from webchat.services.accounts.audit import What
from webchat.services.errors import AccountInvalid

pytestmark = pytest.mark.network


async def test_account_is_connected_and_disconnected(site: Site) -> None:
    async with signed_in_with_password(site) as ann:
        back = await ann.sign_in(connect="yes")
        assert (back.status_code, back.headers["Location"]) == (303, "/settings/account")
        assert "already connected" in alert(await ann.sign_in(connect="yes"))
    async with site.browser() as ann:
        await ann.sign_in()
        assert await ann.username() == "ann"
    person = await site.accounts.person_of(site.administrator)
    (row,) = await site.accounts.identities.of(person.id)
    await site.accounts.identities.disconnect(person, row.id)
    assert await site.accounts.identities.of(person.id) == []
    whats = [each.what for each in await site.accounts.audit.page()]
    assert {What.CONNECTED, What.DISCONNECTED} <= set(whats)


@asynccontextmanager
async def signed_in_with_password(site: Site) -> AsyncIterator[Browser]:
    async with site.browser() as ann:
        await ann.client.post("/sign-in", data={"username": "ann", "password": PASSWORD})
        yield ann


async def test_nobody_connects_what_belongs_to_another(site: Site) -> None:
    async with site.browser() as carol:
        await carol.sign_in()
    async with signed_in_with_password(site) as ann:
        refused = await ann.sign_in(connect="yes")
        assert (refused.status_code, await ann.username()) == (403, "ann")
        assert "another account here" in alert(refused)
        assert 'href="/settings/account"' in refused.text


async def test_connecting_needs_the_session_in_which_it_began(site: Site) -> None:
    async with signed_in_with_password(site) as ann:
        back = await ann.at_issuer(await ann.leave(connect="yes"))
        await ann.client.post("/sign-in", data={"username": "ann", "password": PASSWORD})
        assert (await ann.come_back(back)).status_code == 403
        back = await ann.at_issuer(await ann.leave(connect="yes"))
        await ann.client.post("/sign-out")
        assert (await ann.come_back(back)).status_code == 403
        assert (await ann.client.post("/sign-in/oidc", data={"connect": "yes"})).status_code == 403
    person = await site.accounts.person_of(site.administrator)
    assert await site.accounts.identities.of(person.id) == []


async def test_last_way_in_stays(site: Site) -> None:
    async with site.browser() as carol:
        await carol.sign_in()
        token = carol.client.cookies[site.accounts.cookie.name]
    person = await site.accounts.person_of(cookie_of(site.accounts, token))
    (row,) = await site.accounts.identities.of(person.id)
    with pytest.raises(AccountInvalid, match="could not sign in any more"):
        await site.accounts.identities.disconnect(person, row.id)
    others = await site.accounts.person_of(site.administrator)
    await site.accounts.identities.disconnect(others, row.id)
    assert len(await site.accounts.identities.of(person.id)) == 1


async def test_nothing_is_offered_where_no_issuer_is_set(site: Site) -> None:
    site.accounts.openid = None
    async with site.browser() as carol:
        assert "Continue with" not in (await carol.client.get("/sign-in")).text
        assert (await carol.client.post("/sign-in/oidc")).status_code == 404
        assert (await carol.client.get("/sign-in/oidc?state=x&code=y")).status_code == 404
