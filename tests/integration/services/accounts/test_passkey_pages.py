"""The routes of passkeys, and where passkeys work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.authenticator import Authenticator
from tests.integration.services.accounts.signing_in import AGENT, set_up
from tests.integration.services.world import World
from webchat.http.accounts import account_routes
from webchat.http.base_path import BasePath
from webchat.http.gate import SignInGate
from webchat.http.headers import SecurityHeaders, content_security_policy
from webchat.http.origin import OriginGuard, OriginPolicy
from webchat.http.passkey_site import passkey_site
from webchat.http.passkeys import passkey_routes
from webchat.services import runtime
from webchat.services.accounts.attempts import GUESSES
from webchat.services.accounts.authenticators import LONGEST_ANSWER, Site
from webchat.services.errors import PasskeyInvalid
from webchat.services.rate_limits import LIMITS, Action

PAGE = {"Accept": "text/html", "User-Agent": AGENT}
BASE = "/chat"
PUBLIC = "https://home.example.org"


async def _a_page(_request: Any) -> PlainTextResponse:
    return PlainTextResponse("the page")


def app(base: str = "", public: tuple[str, ...] = ()) -> Any:
    pages = [Route("/", _a_page), Route("/history", _a_page)]
    routes = [*account_routes(public), *passkey_routes(public), *pages]
    inner = SecurityHeaders(SignInGate(Starlette(routes=routes)), content_security_policy())
    guarded = OriginGuard(inner, OriginPolicy.of("127.0.0.1", public))
    return BasePath(guarded, base) if base else guarded


def browser(url: str, base: str = "", public: tuple[str, ...] = (), cookie: str = "") -> httpx.AsyncClient:
    origin = url.removesuffix("/").removesuffix(base)
    headers = {**PAGE, "Origin": origin, "Sec-Fetch-Site": "same-origin", "Cookie": cookie}
    transport = httpx.ASGITransport(app(base, public), client=("192.0.2.1", 1))
    return httpx.AsyncClient(transport=transport, base_url=url, headers=headers)


@pytest.fixture
async def cookie(world: World) -> AsyncIterator[str]:
    """The `Cookie` header of Ann."""
    runtime.install(world.services)
    yield await set_up(world.services.accounts)
    runtime.install(None)
    await world.services.accounts.close()


async def add(client: httpx.AsyncClient, device: Authenticator, name: str = "Phone") -> httpx.Response:
    options = await client.post("api/passkeys/options")
    assert options.status_code == 200, options.text
    return await client.post("api/passkeys", params={"name": name}, content=device.make(options.json()))


async def sign_in(client: httpx.AsyncClient, device: Authenticator, following: str = "/") -> httpx.Response:
    options = await client.post("sign-in/passkey")
    assert options.status_code == 200, options.text
    return await client.post("sign-in", data={"passkey": device.use(options.json()), "next": following})


@pytest.mark.parametrize(
    ("url", "base", "public"),
    [
        ("http://localhost:3000/", "", ()),
        (f"{PUBLIC}/", "", (PUBLIC,)),
        (f"{PUBLIC}{BASE}/", BASE, (PUBLIC,)),
    ],
)
async def test_adding_and_signing_in_over_http(
    world: World, cookie: str, url: str, base: str, public: tuple[str, ...]
) -> None:
    device = Authenticator(url.removesuffix("/").removesuffix(base))
    async with browser(url, base, public, cookie) as client:
        added = await add(client, device)
    assert added.status_code == 200
    (row,) = await world.services.accounts.passkeys.of(world.owner)
    assert (row.id, row.name) == (added.json()["id"], "Phone")

    async with browser(url, base, public) as client:
        page = await client.get("sign-in")
        assert 'data-testid="passkey-form"' in page.text
        assert f'src="{base}/sign_in.js"' in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        welcome = await sign_in(client, device, "/history")
        assert (welcome.status_code, welcome.headers["Location"]) == (303, f"{base}/history")
        (session,) = (each for each in welcome.headers.get_list("Set-Cookie") if "HttpOnly" in each)
        assert session.startswith(world.services.accounts.cookie.name)
        assert "SameSite=lax" in session
        sent = {"Cookie": session.partition(";")[0]}
        assert (await client.get("history", headers=sent)).text == "the page"


async def test_refused_passkey_is_explained_on_the_page(world: World, cookie: str) -> None:
    async with browser("http://localhost:3000/") as client:
        page = await sign_in(client, Authenticator("http://localhost:3000"), "/history")

        assert page.status_code == 403
        assert "does not accept this passkey" in page.text
        assert 'value="/history"' in page.text
        assert "Set-Cookie" not in page.headers
        too_large = await client.post("sign-in", data={"passkey": "x" * LONGEST_ANSWER})
        assert too_large.status_code == 403
        for _ in range(GUESSES):
            page = await sign_in(client, Authenticator("http://localhost:3000"))
        assert page.status_code == 429
        assert int(page.headers["Retry-After"]) > 0


async def test_pages_of_other_sites_are_refused(world: World, cookie: str) -> None:
    async with browser("http://localhost:3000/", cookie=cookie) as client:
        for path in ("sign-in/passkey", "api/passkeys/options", "api/passkeys", "sign-in"):
            for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
                assert (await client.post(path, headers=headers)).status_code == 403, path


async def test_refused_passkeys_are_not_added(world: World, cookie: str) -> None:
    async with browser("http://localhost:3000/", cookie=cookie) as client:
        foreign = await add(client, Authenticator("https://evil.test"))
        unnamed = await add(client, Authenticator("http://localhost:3000"), name="")
        too_large = await client.post("api/passkeys?name=a", content=b"x" * (LONGEST_ANSWER + 1))
        no_text = await client.post("api/passkeys?name=a", content=b"\xff")
    for response in (foreign, unnamed, too_large, no_text):
        assert response.status_code == 400
        assert response.json()["error"].endswith(".")
    assert await world.services.accounts.passkeys.of(world.owner) == []


async def test_adding_often_is_refused(world: World, cookie: str) -> None:
    world.services.rate_limits._on = True
    async with browser("http://localhost:3000/", cookie=cookie) as client:
        statuses = [(await client.post("api/passkeys?name=a")).status_code for _ in range(31)]
        assert LIMITS[Action.PASSKEY] == "30/hour"
        assert statuses == [400] * 30 + [429]


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000/", "http://[::1]:3000/"])
async def test_network_address_has_no_passkeys(world: World, cookie: str, url: str) -> None:
    async with browser(url) as client:
        page = await client.get("sign-in")
        assert "sign-in-form" in page.text
        assert "passkey" not in page.text
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert (await client.post("sign-in/passkey")).status_code == 400
        assert (await client.post("sign-in", data={"passkey": "{}"})).status_code == 403
    async with browser(url, cookie=cookie) as client:
        refused = await client.post("api/passkeys/options")
        assert refused.status_code == 400
        assert "begins with https" in refused.json()["error"]


def site(host: str, *public: str) -> Site:
    return passkey_site(SimpleNamespace(headers={"host": host}), public)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "public", "found"),
    [
        ("localhost", (), Site("localhost", "http://localhost")),
        ("localhost:3000", (), Site("localhost", "http://localhost:3000")),
        ("LOCALHOST:3000", (), Site("localhost", "http://localhost:3000")),
        (
            "chat.example.org",
            ("https://chat.example.org",),
            Site("chat.example.org", "https://chat.example.org"),
        ),
        ("a.test:8443", ("https://b.test", "https://a.test:8443"), Site("a.test", "https://a.test:8443")),
        ("localhost:80", ("http://localhost:9000",), Site("localhost", "http://localhost:9000")),
    ],
)
def test_site_is_the_address_that_was_opened(host: str, public: tuple[str, ...], found: Site) -> None:
    assert site(host, *public) == found


@pytest.mark.parametrize(
    ("host", "public", "reason"),
    [
        ("127.0.0.1:3000", (), "address"),
        ("[::1]:3000", (), "address"),
        ("chat.example.org", (), "address"),
        ("evil host", (), "address"),
        ("", (), "address"),
        ("chat.lan", ("http://chat.lan",), "address"),
        ("192.0.2.1", ("https://192.0.2.1",), "address"),
        ("localhost:3000", ("https://chat.example.org",), "other_address"),
    ],
)
def test_other_addresses_have_no_site(host: str, public: tuple[str, ...], reason: str) -> None:
    with pytest.raises(PasskeyInvalid) as caught:
        site(host, *public)
    assert caught.value.reason == reason
