"""A webchat whose people sign in with an issuer on loopback, and their browsers."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.integration.services.accounts.signing_in import AGENT, cookie_of, set_up
from tests.integration.services.world import World
from tests.upstreams.openid import CLIENT_ID, CLIENT_SECRET, OpenIdIssuer
from webchat.http.accounts import account_routes
from webchat.http.gate import SignInGate
from webchat.http.openid import openid_routes
from webchat.openid.issuer import Issuer
from webchat.openid.values import Client
from webchat.services import runtime
from webchat.services.accounts import Accounts
from webchat.services.accounts.admission import Admission
from webchat.services.accounts.audit import What

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
