"""Setup, sign-in and invitations as pages, and what the gate lets through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.integration.services.accounts.signing_in import PASSWORD
from tests.integration.services.world import World
from webchat.http.accounts import account_routes
from webchat.http.gate import SignInGate
from webchat.http.headers import SecurityHeaders, content_security_policy
from webchat.http.own_paths import own_path
from webchat.http.prompts import routes as prompt_routes
from webchat.services import runtime
from webchat.services.accounts import Accounts
from webchat.storage.queries import conversations

PAGE = {"Accept": "text/html,application/xhtml+xml"}


async def _a_page(_request: Any) -> PlainTextResponse:
    return PlainTextResponse("the page")


def app(public_url: str | None = None) -> Any:
    paths = ("/", "/history", "/c/{id}", "/settings/about", "/styles.css", "/api/forgotten")
    pages = [Route(path, _a_page) for path in paths]
    routes = [*account_routes(), *prompt_routes, *pages]
    return SecurityHeaders(SignInGate(Starlette(routes=routes)), content_security_policy())


@dataclass
class Site:
    accounts: Accounts
    world: World
    browser: httpx.AsyncClient

    def another_browser(
        self, address: str = "192.0.2.9", url: str = "http://127.0.0.1:3000"
    ) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app(), client=(address, 1)), base_url=url, headers=PAGE
        )

    async def set_up(self, **fields: str) -> httpx.Response:
        form = {"username": "ann", "password": PASSWORD, "adopt": "yes"} | fields
        return await self.browser.post(f"/setup/{self.accounts.setup_token}", data=form)


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    runtime.install(world.services)
    browser = httpx.AsyncClient(
        transport=httpx.ASGITransport(app()), base_url="http://127.0.0.1:3000", headers=PAGE
    )
    async with browser:
        yield Site(world.services.accounts, world, browser)
    runtime.install(None)
    await world.services.accounts.close()


async def test_nothing_asks_for_a_sign_in_before_an_account_is_made(site: Site) -> None:
    for path in ("/", "/history", "/api/prompts", "/styles.css"):
        assert (await site.browser.get(path)).status_code == 200, path
    assert (await site.browser.get("/sign-in")).headers["Location"] == "/"


async def test_setup_makes_the_administrator_and_signs_in(site: Site) -> None:
    async with site.world.database.write() as session:
        await conversations.create(session, site.world.owner, title="Mine")
    page = await site.browser.get(f"/setup/{site.accounts.setup_token}")
    assert 'data-testid="setup-form"' in page.text
    assert 'name="adopt"' in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    refused = await site.set_up(password="short")
    assert (refused.status_code, 'value="ann"' in refused.text) == (400, True)
    assert "short" not in refused.text

    welcome = await site.set_up()

    assert (welcome.status_code, welcome.headers["Location"]) == (303, "/")
    assert (await site.browser.get("/")).text == "the page"
    assert (await site.browser.get("/setup/again")).status_code == 404


async def test_session_cookie_is_out_of_reach_of_scripts(site: Site) -> None:
    session, *for_scripts = (await site.set_up()).headers.get_list("set-cookie")

    assert session.startswith("webchat_session=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in session.split(";")}
    assert "Domain" not in session
    assert for_scripts
    for cookie in for_scripts:
        assert "HttpOnly" not in cookie
        assert site.world.owner not in cookie


@pytest.mark.parametrize("adopt", ["yes", "no"])
async def test_setup_says_to_whom_what_the_local_owner_left_in_the_browser_belongs(
    site: Site, adopt: str
) -> None:
    async with site.world.database.write() as session:
        await conversations.create(session, site.world.owner, title="Mine")

    await site.set_up(adopt=adopt)

    cookies = site.browser.cookies
    belongs_to = cookies["webchat_person"] if adopt == "yes" else None
    assert cookies.get("webchat_takes_over") == belongs_to
    await site.browser.post("/sign-in", data={"username": "ann", "password": PASSWORD})
    assert cookies.get("webchat_takes_over") == belongs_to


async def test_cookie_is_bound_to_the_host_behind_tls(site: Site) -> None:
    secure = Accounts(site.world.database, secure=True)
    secure.setup_token = site.accounts.setup_token
    site.accounts.cookie = secure.cookie
    session = (await site.set_up()).headers.get_list("set-cookie")[0]

    assert session.startswith("__Host-webchat=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in session.split(";")}


async def test_pages_lead_to_the_sign_in_page_and_back(site: Site) -> None:
    await site.set_up()
    async with site.another_browser() as stranger:
        for path in ("/", "/history", "/c/abc?m=1", "/settings/about"):
            refused = await stranger.get(path)
            assert refused.status_code == 303, path
            form = await stranger.get(refused.headers["Location"])
            assert 'data-testid="sign-in-form"' in form.text
            assert f'name="next" value="{path}"' in form.text
        login = {"username": "Ann", "password": PASSWORD, "next": "/c/abc?m=1"}
        assert (await stranger.post("/sign-in", data=login)).headers["Location"] == "/c/abc?m=1"
        assert (await stranger.get("/history")).status_code == 200


async def test_routes_of_the_interface_answer_401(site: Site) -> None:
    await site.set_up()
    async with site.another_browser() as stranger:
        stranger.headers["Accept"] = "*/*"
        for path in ("/api/prompts", "/api/forgotten", "/api/audit.csv"):
            assert (await stranger.get(path)).status_code == 401, path
        assert (await stranger.get("/styles.css")).status_code == 200


async def test_wrong_password_says_so_and_too_many_say_how_long(site: Site) -> None:
    await site.set_up()
    async with site.another_browser() as stranger:
        login = {"username": "ann", "password": "wrong", "next": "/history"}
        for _ in range(10):
            refused = await stranger.post("/sign-in", data=login)
        assert refused.status_code == 403
        assert 'role="alert"' in refused.text
        assert 'value="/history"' in refused.text
        later = await stranger.post("/sign-in", data=login)
    assert later.status_code == 429
    assert 0 < int(later.headers["Retry-After"]) <= 600
    assert (await site.browser.get("/sign-in")).status_code == 303, "who has signed in stays so"


async def test_invitation_page_makes_an_account(site: Site) -> None:
    await site.set_up()
    link = await site.accounts.invitations.invite("member", "ann")
    async with site.another_browser() as guest:
        assert 'data-testid="invite-form"' in (await guest.get(f"/invite/{link}")).text
        taken = await guest.post(f"/invite/{link}", data={"username": "ANN", "password": PASSWORD})
        assert (taken.status_code, "already an account" in taken.text) == (400, True)
        joined = await guest.post(f"/invite/{link}", data={"username": "bob", "password": PASSWORD})
        assert joined.status_code == 303
        assert (await guest.get("/")).text == "the page"
        assert (await guest.get("/api/audit.csv")).status_code == 403
        assert (await guest.get(f"/invite/{link}")).status_code == 404
    assert (await site.browser.get("/api/audit.csv")).text.startswith("when,who")


async def test_sign_out_ends_the_session(site: Site) -> None:
    await site.set_up()
    cookies = dict(site.browser.cookies)

    gone = await site.browser.post("/sign-out")

    assert gone.headers["Location"] == "/sign-in"
    site.browser.cookies.update(cookies)
    assert (await site.browser.get("/")).status_code == 303, "the cookie is of no use any more"
    assert (await site.browser.get("/sign-out")).status_code == 405


async def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    await site.set_up()
    await site.browser.post("/sign-in", data={"username": "ann", "password": PASSWORD})
    person = await site.accounts.person_of(f"webchat_session={site.browser.cookies['webchat_session']}")

    assert len(await site.accounts.sessions.of(person.id)) == 1


async def test_only_the_setup_page_is_served_where_accounts_are_needed(site: Site) -> None:
    needing = Accounts(site.world.database, needs_accounts=True)
    await needing.open()
    object.__setattr__(site.world.services, "accounts", needing)
    for path in ("/", "/sign-in", "/share/abc", "/api/prompts", "/styles.css", "/setup", "/assets/page.js"):
        page = await site.browser.get(path)
        assert (page.status_code, "setup link" in page.text) == (503, True), path
    typeface = await site.browser.get("/assets/onest-latin-wght-normal-Dun_Rd-l.woff2")
    assert typeface.status_code == 404, "passed on to the files, of which there are none here"
    assert (await site.browser.get("/setup/wrong")).status_code == 404
    assert (await site.browser.get(f"/setup/{needing.setup_token}")).status_code == 200


@pytest.mark.parametrize(
    "text",
    ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/\t/evil", "/" + "a" * 3000],
)
def test_next_page_is_never_on_another_site(text: str) -> None:
    assert own_path(text) == "/"


async def test_form_that_is_too_large_is_not_read(site: Site) -> None:
    refused = await site.set_up(password="x" * 5000)

    assert refused.status_code == 400
