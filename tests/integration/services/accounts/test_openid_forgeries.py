"""Answers of an issuer of OpenID Connect that must not sign in anybody."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from tests.integration.services.accounts.openid_site import (
    Site,
    alert,
)
from tests.upstreams.openid import CLIENT_ID, CLIENT_SECRET
from webchat.services.accounts import pending as pending_module

pytestmark = pytest.mark.network


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _by_hand(header: dict[str, str], claims: dict[str, Any]) -> str:
    """The part of a token that is signed."""
    return ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))


def _unsigned(claims: dict[str, Any]) -> str:
    return _by_hand({"alg": "none", "kid": "first"}, claims) + "."


def _signed_by_a_stranger(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "ES256", "kid": "first"}, claims, ECKey.generate_key("P-256"))


def _signed_with_an_unknown_key(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "ES256", "kid": "unknown"}, claims, ECKey.generate_key("P-256"))


def _with_the_client_secret(claims: dict[str, Any]) -> str:
    key = OctKey.import_key(CLIENT_SECRET)
    return jwt.encode({"alg": "HS256", "kid": "first"}, claims, key)


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "alg none": _unsigned,
    "another key": _signed_by_a_stranger,
    "unknown kid": _signed_with_an_unknown_key,
    "client secret": _with_the_client_secret,
    "no token": lambda claims: "words",
    "empty": lambda claims: "..",
    "huge": lambda claims: "x" * 200_000,
}


@pytest.mark.parametrize("name", FORGED)
async def test_forged_token_signs_in_nobody(
    site: Site, name: str, logged: list[MutableMapping[str, Any]]
) -> None:
    tokens: list[str] = []

    def forged(claims: dict[str, Any]) -> str:
        tokens.append(FORGED[name](claims))
        return tokens[0]

    site.issuer.sign = forged
    async with site.browser() as carol:
        refused = await carol.sign_in()
        assert (refused.status_code, await carol.username()) == (403, "")
        assert "could not be verified" in alert(refused)
    assert (await site.failures())[0] == "Example ID (token)"
    assert tokens[0] not in str(logged)


async def test_public_key_is_no_shared_secret(site: Site) -> None:
    """A token signed with HS256 and the public key as the secret, which everybody knows."""
    public = site.issuer.key.as_pem(private=False)

    def confused(claims: dict[str, Any]) -> str:
        text = _by_hand({"alg": "HS256", "kid": "first"}, claims)
        return f"{text}.{_encoded(hmac.digest(public, text.encode(), 'sha256'))}"

    site.issuer.sign = confused
    async with site.browser() as carol:
        assert "could not be verified" in alert(await carol.sign_in())
        assert await carol.username() == ""


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of-another-sign-in"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"aud": None},
        {"azp": "another-client"},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": 1_000_000_000},
        {"exp": "never"},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"iat": None},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        pytest.param({"sub": "x" * 256}, id="too long"),
        {"sub": "a\x00b"},
        {"at_hash": "of-another-token"},
    ],
    ids=str,
)
async def test_token_for_something_else_signs_in_nobody(site: Site, claims: dict[str, Any]) -> None:
    site.issuer.changes = claims
    async with site.browser() as carol:
        refused = await carol.sign_in()
        assert (refused.status_code, await carol.username()) == (403, "")
        assert "could not be verified" in alert(refused)
    assert len(await site.accounts.people.all()) == 1


async def test_userinfo_of_somebody_else_is_refused(site: Site) -> None:
    site.issuer.changes = {"email": None}
    site.issuer.userinfo = {"sub": "0002", "email": "carol@example.org", "email_verified": True}
    async with site.browser() as carol:
        assert "could not be verified" in alert(await carol.sign_in())


@pytest.mark.parametrize(
    ("claims", "userinfo"),
    [
        ({"email_verified": None, "preferred_username": None}, {"email_verified": True}),
        ({"email": None}, {"email": "carol@example.org"}),
    ],
)
async def test_address_is_verified_only_where_it_is_said(
    site: Site, claims: dict[str, Any], userinfo: dict[str, Any]
) -> None:
    site.issuer.changes, site.issuer.userinfo = claims, userinfo
    async with site.browser() as carol:
        assert "not verified" in alert(await carol.sign_in())


async def test_state_works_once_and_in_its_own_browser(site: Site) -> None:
    async with site.browser() as carol, site.browser() as eve:
        back = await carol.at_issuer(await carol.leave())
        await eve.leave()
        stolen = await eve.come_back(back)
        assert (stolen.status_code, await eve.username()) == (403, "")
        assert "began in another browser" in alert(stolen)
        assert (await carol.come_back(back)).status_code == 303
        replayed = await carol.come_back(back)
        assert (replayed.status_code, "already used" in alert(replayed)) == (403, True)
        for query in ("", "?state=x&code=y", "?state=&code=", "?error=access_denied"):
            assert (await carol.client.get(f"/sign-in/oidc{query}")).status_code == 403
    assert set(await site.failures()) == {"Example ID (expired)"}


async def test_code_works_once_and_for_its_own_sign_in(site: Site) -> None:
    async with site.browser() as carol:
        first = parse_qs(urlsplit(await carol.at_issuer(await carol.leave())).query)
        second = parse_qs(urlsplit(await carol.at_issuer(await carol.leave())).query)
        mixed = f"/sign-in/oidc?state={second['state'][0]}&code={first['code'][0]}"
        refused = await carol.client.get(mixed)
        assert (refused.status_code, await carol.username()) == (502, "")
        assert "invalid_grant" in alert(refused)


async def test_sign_in_that_took_too_long_is_over(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async with site.browser() as carol:
        back = await carol.at_issuer(await carol.leave())
        monkeypatch.setattr(pending_module, "LASTS", -1)
        assert "took too long" in alert(await carol.come_back(back))


async def test_oldest_sign_in_makes_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_module, "MOST", 2)
    async with site.browser() as carol:
        backs = [await carol.at_issuer(await carol.leave()) for _ in range(3)]
        assert [(await carol.come_back(back)).status_code for back in backs] == [403, 303, 303]


async def test_who_cancels_reads_so_and_can_sign_in_otherwise(site: Site) -> None:
    site.issuer.error = "access_denied"
    async with site.browser() as carol:
        refused = await carol.sign_in(next="/c/abc")
        assert "cancelled at Example ID" in alert(refused)
        assert 'name="next" value="/c/abc"' in refused.text
        assert 'action="/sign-in"' in refused.text
        site.issuer.error = "<b>server_error"
        assert "refused the sign-in (no code)" in alert(await carol.sign_in())
