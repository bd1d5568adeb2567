"""Sign-in through OpenID Connect, and what must not sign in anybody."""

from __future__ import annotations

import asyncio
import base64
import hmac
import html
import json
import re
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from limits import parse
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.integration.services.accounts.signing_in import AGENT, PASSWORD, cookie_of, join, set_up
from tests.integration.services.world import World
from tests.upstreams.http_server import Reply, SeenRequest
from tests.upstreams.openid import CLIENT_ID, CLIENT_SECRET, OpenIdIssuer
from webchat.http.accounts import account_routes
from webchat.http.base_path import BasePath
from webchat.http.gate import SignInGate
from webchat.http.openid import openid_routes
from webchat.openid import issuer as issuer_module
from webchat.openid.issuer import Issuer
from webchat.openid.values import Client
from webchat.providers.wire.deadlines import Deadlines
from webchat.services import runtime
from webchat.services.accounts import Accounts
from webchat.services.accounts import pending as pending_module
from webchat.services.accounts.admission import Admission
from webchat.services.accounts.audit import What
from webchat.services.errors import AccountInvalid
from webchat.storage.types import UserRole

pytestmark = pytest.mark.network

URL = "http://127.0.0.1:3000"
OF_EXAMPLE_ORG = Admission(domains=frozenset({"example.org"}))


async def _a_page(_request: Any) -> PlainTextResponse:
    return PlainTextResponse("the page")


@dataclass
class Site:
    world: World
    issuer: OpenIdIssuer
    accounts: Accounts
    app: Any
    administrator: str = ""
    """The `Cookie` header of Ann."""

    @asynccontextmanager
    async def browser(self, url: str = URL, address: str = "192.0.2.9") -> AsyncIterator[Browser]:
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        headers = {"Accept": "text/html", "User-Agent": AGENT}
        async with httpx.AsyncClient(transport=transport, base_url=url, headers=headers) as client:
            yield Browser(self, client)

    async def failures(self) -> list[str]:
        """What the audit log has about failed sign-ins, the newest first."""
        page = await self.accounts.audit.page()
        return [each.subject for each in page if each.what == What.SIGN_IN_FAILED]


@dataclass
class Browser:
    site: Site
    client: httpx.AsyncClient

    async def leave(self, **form: str) -> str:
        """Press the button; returns the address at the issuer."""
        page = await self.client.post("/sign-in/oidc", data=form)
        assert page.status_code == 200, page.text
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
        assert found is not None
        return html.unescape(found[1])

    async def at_issuer(self, address: str) -> str:
        """Be signed in there; returns the address where the issuer sends people back to."""
        async with httpx.AsyncClient() as outside:
            return (await outside.get(address)).headers["Location"]

    async def come_back(self, address: str) -> httpx.Response:
        parts = urlsplit(address)
        return await self.client.get(f"{parts.path}?{parts.query}")

    async def sign_in(self, **form: str) -> httpx.Response:
        return await self.come_back(await self.at_issuer(await self.leave(**form)))

    async def username(self) -> str:
        """Who has signed in here; empty for nobody."""
        token = self.client.cookies.get(self.site.accounts.cookie.name)
        if token is None:
            return ""
        person = await self.site.accounts.person_of(cookie_of(self.site.accounts, token))
        return await self.site.accounts.people.name_of(person.id)


@pytest.fixture
async def issuer() -> AsyncIterator[OpenIdIssuer]:
    async with OpenIdIssuer() as issuer:
        yield issuer


@pytest.fixture
def admission() -> Admission:
    """Whom the host lets in; a test overrides it by a parameter."""
    return OF_EXAMPLE_ORG


@pytest.fixture
async def site(world: World, issuer: OpenIdIssuer, admission: Admission) -> AsyncIterator[Site]:
    client = Client(issuer.url, CLIENT_ID, CLIENT_SECRET, "Example ID", wants_groups=bool(admission.groups))
    accounts = Accounts(world.database, issuer=Issuer(client), admission=admission)
    await accounts.open()
    object.__setattr__(world.services, "accounts", accounts)
    runtime.install(world.services)
    pages = [Route(path, _a_page) for path in ("/", "/c/abc", "/settings/account")]
    app = SignInGate(Starlette(routes=[*account_routes(), *openid_routes(()), *pages]))
    site = Site(world, issuer, accounts, app)
    site.administrator = await set_up(accounts)
    yield site
    runtime.install(None)
    await accounts.close()


def people(*domains: str, groups: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    admission = Admission(frozenset(domains), frozenset(groups))
    return pytest.mark.parametrize("admission", [admission], ids=["admission"])


def alert(response: httpx.Response) -> str:
    """What the page says went wrong."""
    found = re.search(r'<p role="alert"[^>]*>([^<]+)<', response.text)
    assert found is not None, response.text
    return html.unescape(found[1])


# Coming in.


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


# Who may come in.


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


# Answers that must not sign in anybody.


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


# Issuers that fail.


async def huge(_request: SeenRequest, reply: Reply) -> None:
    reply.head(200, {"Content-Type": "application/json"})
    for _ in range(100):
        reply.write(b" " * 100_000)
        await reply.drain()


async def silent(_request: SeenRequest, _reply: Reply) -> None:
    await asyncio.Event().wait()


async def dripping(_request: SeenRequest, reply: Reply) -> None:
    reply.head(200, {"Content-Type": "application/json"})
    while True:
        reply.write(b" ")
        await asyncio.sleep(0.01)


async def no_json(_request: SeenRequest, reply: Reply) -> None:
    reply.whole(200, b"<html>", {})


async def deep(_request: SeenRequest, reply: Reply) -> None:
    reply.whole(200, b"[" * 90_000, {})


async def a_list(_request: SeenRequest, reply: Reply) -> None:
    reply.json(200, [1])


async def broken(_request: SeenRequest, reply: Reply) -> None:
    reply.json(500, {"error": "server_error"})


async def elsewhere(_request: SeenRequest, reply: Reply) -> None:
    reply.whole(302, b"", {"Location": "/keys"})


SAID = {
    huge: "exceeded the size limit",
    silent: "within 0.2 s",
    dripping: "within 0.2 s",
    no_json: "cannot use",
    deep: "cannot use",
    a_list: "cannot use",
    broken: "server_error",
    elsewhere: "HTTP 302",
}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize("fault", SAID, ids=lambda fault: fault.__name__)
async def test_faulty_issuer_ends_on_the_sign_in_page(site: Site, path: str, fault: Any) -> None:
    assert site.accounts.openid is not None
    if fault in {silent, dripping}:
        site.accounts.openid._issuer._deadlines = Deadlines(first_text=0.2, idle=0.2, total=0.3)
    site.issuer.handlers[path] = fault
    async with site.browser() as carol:
        page = await carol.client.post("/sign-in/oidc", data={"next": "/c/abc"})
        if page.status_code == 200:
            found = re.search(r'url=([^"]+)"', page.text)
            assert found is not None
            page = await carol.come_back(await carol.at_issuer(html.unescape(found[1])))
        assert page.status_code == 502
        assert SAID[fault] in alert(page)
        assert "Nothing was changed" in alert(page)
        assert 'data-testid="sign-in-form"' in page.text
        assert 'name="next" value="/c/abc"' in page.text
        assert await carol.username() == ""
    assert len(await site.failures()) == 1


async def test_issuer_that_is_down_is_not_asked_by_everyone(site: Site) -> None:
    async def down(_request: SeenRequest, reply: Reply) -> None:
        reply.reset()

    site.issuer.handlers["/.well-known/openid-configuration"] = down
    async with site.browser() as carol:
        pages = await asyncio.gather(*(carol.client.post("/sign-in/oidc") for _ in range(5)))
        assert {page.status_code for page in pages} == {502}
        assert "Example ID" in alert(pages[0])
        assert len(site.issuer.requests) == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://[elsewhere"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": None},
    ],
    ids=str,
)
async def test_document_of_another_or_open_issuer_is_refused(site: Site, metadata: dict[str, Any]) -> None:
    site.issuer.metadata = metadata
    async with site.browser() as carol:
        page = await carol.client.post("/sign-in/oidc")
    assert (page.status_code, "cannot use" in alert(page)) == (502, True)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": 7},
        {"keys": []},
        {"keys": [{"kty": "EC"}]},
        {"keys": ["x"]},
        {"keys": [ECKey.generate_key("P-256").as_dict(private=False)] * 600},
        {"keys": [{"kty": "RSA", "kid": "first", "e": "AQAB", "n": "x" * 200_000}]},
    ],
    ids=["no list", "a number", "none", "half a key", "text", "too many", "too long"],
)
async def test_keys_that_are_none_sign_in_nobody(site: Site, document: dict[str, Any]) -> None:
    async def keys(_request: SeenRequest, reply: Reply) -> None:
        reply.json(200, document)

    site.issuer.handlers["/keys"] = keys
    async with site.browser() as carol:
        assert "could not be verified" in alert(await carol.sign_in())


async def test_many_sign_ins_from_one_address_wait(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = parse("4/10 minutes")
    assert site.accounts.openid is not None
    monkeypatch.setattr(site.accounts.openid, "_steps", limited)
    async with site.browser() as carol:
        for _ in range(2):
            assert (await carol.sign_in()).status_code == 303
        later = await carol.client.post("/sign-in/oidc")
        assert later.status_code == 429
        assert 0 < int(later.headers["Retry-After"]) <= 600
        assert (await carol.client.get("/sign-in/oidc?state=x&code=y")).status_code == 429
    async with site.browser(address="192.0.2.10") as other:
        assert (await other.sign_in()).status_code == 303


# Connecting the account of somebody who has signed in.


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
