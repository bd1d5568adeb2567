"""Signing in with an issuer of OpenID Connect."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette

from tests.integration.services.accounts.openid_site import (
    URL,
    Site,
)
from tests.integration.services.accounts.signing_in import PASSWORD
from tests.upstreams.openid import CLIENT_SECRET
from webchat.http.accounts import account_routes
from webchat.http.base_path import BasePath
from webchat.http.gate import SignInGate
from webchat.http.openid import openid_routes
from webchat.openid import issuer as issuer_module
from webchat.services.accounts.audit import What
from webchat.storage.types import UserRole

pytestmark = pytest.mark.network


async def test_first_sign_in_makes_an_account_and_later_ones_find_it(site: Site) -> None:
    async with site.browser() as carol:
        form = await carol.client.get("/sign-in?next=/c/abc")
        assert "Continue with Example ID" in form.text
        welcome = await carol.sign_in(next="/c/abc")
        assert (welcome.status_code, welcome.headers["Location"]) == (303, "/c/abc")
        assert (await carol.client.get("/c/abc")).text == "the page"
        assert await carol.username() == "carol"
    site.issuer.person |= {"preferred_username": "caroline", "email": "caroline@example.org"}
    async with site.browser() as again:
        await again.sign_in()
        assert await again.username() == "carol", "by the subject, whatever else has changed"

    account = await site.accounts.people.named("carol")
    assert (account.role, account.can_sign_in) == (UserRole.MEMBER, True)
    events = [(each.what, each.actor, each.subject) for each in await site.accounts.audit.page()]
    assert events[:2] == [(What.SIGNED_IN, "carol", "Example ID"), (What.JOINED, "carol", "Example ID")]


async def test_session_cookie_is_that_of_a_password(site: Site) -> None:
    async with site.browser() as carol:
        by_issuer = (await carol.sign_in()).headers.get_list("set-cookie")
        by_password = await carol.client.post("/sign-in", data={"username": "ann", "password": PASSWORD})
    values = [re.sub("=[^;]+", "=", each, count=1) for each in by_issuer]
    assert values == [
        re.sub("=[^;]+", "=", each, count=1) for each in by_password.headers.get_list("set-cookie")
    ]


async def test_cookie_of_a_sign_in_is_out_of_reach_of_scripts(site: Site) -> None:
    async with site.browser() as carol:
        page = await carol.client.post("/sign-in/oidc")
    (cookie,) = page.headers.get_list("set-cookie")
    parts = {part.strip() for part in cookie.split(";")}
    assert {"HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax"} <= parts
    assert "script-src" not in page.headers["Content-Security-Policy"]


async def test_issuer_gets_a_challenge_and_a_nonce_and_no_secret(site: Site) -> None:
    async with site.browser() as carol:
        asked = parse_qs(urlsplit(await carol.leave()).query)
    assert asked["redirect_uri"] == [f"{URL}/sign-in/oidc"]
    assert asked["code_challenge_method"] == ["S256"]
    assert min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert CLIENT_SECRET not in json.dumps(asked)


@pytest.mark.parametrize(
    ("claims", "username"),
    [
        ({"preferred_username": "ann"}, "ann-2"),
        ({"preferred_username": "Carol Jones"}, "Carol-Jones"),
        ({"preferred_username": "carol@corp.example"}, "carol"),
        ({"preferred_username": None}, "carol"),
        ({"preferred_username": "<b>"}, "b"),
        ({"preferred_username": "💬"}, "member"),
        ({"preferred_username": "x" * 200}, "x" * 58),
        ({"preferred_username": 7}, "carol"),
    ],
)
async def test_username_is_free_and_clean(site: Site, claims: dict[str, Any], username: str) -> None:
    site.issuer.changes = claims
    async with site.browser() as carol:
        assert (await carol.sign_in()).status_code == 303
        assert await carol.username() == username


async def test_public_address_and_its_path_are_where_people_come_back(site: Site) -> None:
    routes = [*account_routes(), *openid_routes(["https://a.example/chat", "https://b.example/chat/"])]
    site.app = BasePath(SignInGate(Starlette(routes=routes)), "/chat")
    for url, expected in (
        ("https://a.example", "https://a.example/chat/sign-in/oidc"),
        ("https://b.example", "https://b.example/chat/sign-in/oidc"),
        ("https://c.example", "https://a.example/chat/sign-in/oidc"),
    ):
        async with site.browser(url) as carol:
            form = await carol.client.get("/chat/sign-in")
            assert 'action="/chat/sign-in/oidc"' in form.text
            page = await carol.client.post("/chat/sign-in/oidc", data={"next": "/c/abc"})
            address = html.unescape(re.findall(r'href="([^"]+)">Continue', page.text)[0])
            assert parse_qs(urlsplit(address).query)["redirect_uri"] == [expected]
            back = await carol.come_back(await carol.at_issuer(address))
            assert back.headers["Location"] == "/chat/c/abc"


async def test_issuer_may_tell_the_rest_when_asked_for_it(site: Site) -> None:
    site.issuer.changes = dict.fromkeys(("preferred_username", "email", "email_verified"))
    site.issuer.userinfo = {"email": "dan@example.org", "email_verified": True, "sub": "0001"}
    async with site.browser() as dan:
        await dan.sign_in()
        assert await dan.username() == "dan"


async def test_secret_goes_in_the_body_where_the_issuer_wants_it(site: Site) -> None:
    site.issuer.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    async with site.browser() as carol:
        assert (await carol.sign_in()).status_code == 303
    (exchange,) = [each for each in site.issuer.requests if each.path == "/token"]
    assert "authorization" not in exchange.headers


async def test_documents_are_fetched_once_and_keys_again_when_they_change(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.browser() as carol:
        for _ in range(2):
            assert (await carol.sign_in()).status_code == 303
        monkeypatch.setattr(issuer_module, "KEYS_AGAIN", 0)
        site.issuer.change_key()
        assert (await carol.sign_in()).status_code == 303
    fetched = [each.path for each in site.issuer.requests if each.method == "GET"]
    assert fetched.count("/.well-known/openid-configuration") == 1
    assert fetched.count("/keys") == 2
