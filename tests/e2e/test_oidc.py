"""Sign-in through OpenID Connect in the browser: the button, and connecting an account in Settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.test_accounts import PASSWORD, fill_in
from tests.running_app import RunningApp, free_port
from tests.upstreams.openid import CLIENT_ID, CLIENT_SECRET, OpenIdIssuer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def issuer() -> AsyncIterator[OpenIdIssuer]:
    """An issuer on another site than webchat, which is on 127.0.0.1."""
    async with OpenIdIssuer() as issuer:
        away = issuer.url.replace("127.0.0.1", "localhost")
        issuer.metadata = {"authorization_endpoint": f"{away}/authorize"}
        yield issuer


@pytest.fixture(scope="module")
def app(built: None, issuer: OpenIdIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A webchat with the administrator `ann`, where everybody of example.org may sign in."""
    port = free_port()
    environment = {
        "WEBCHAT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEBCHAT_OIDC_ISSUER": issuer.url,
        "WEBCHAT_OIDC_CLIENT_ID": CLIENT_ID,
        "WEBCHAT_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "WEBCHAT_OIDC_NAME": "Example ID",
        "WEBCHAT_OIDC_ALLOWED_DOMAINS": "example.org",
    }
    running = RunningApp(tmp_path_factory.mktemp("oidc") / "data", environment, port).start()
    form = {"username": "ann", "password": PASSWORD}
    assert httpx.post(running.setup_link(), data=form, headers={"Origin": running.url}).status_code == 303
    yield running
    running.kill()


@pytest.fixture
def tolerated() -> list[str]:
    """The browser reports the sign-in that was refused."""
    return ["403"]


async def test_button_leads_through_the_issuer_into_the_chat(
    page: Page, app: RunningApp, issuer: OpenIdIssuer
) -> None:
    await page.goto(f"{app.url}/settings/account")
    issuer.error = "access_denied"
    await page.get_by_role("button", name="Continue with Example ID").click()
    await expect(page.get_by_role("alert")).to_contain_text("cancelled at Example ID")
    issuer.error = ""
    await page.get_by_role("button", name="Continue with Example ID").click()

    await expect(page.get_by_test_id("username")).to_have_text("carol")
    await page.get_by_test_id("oidc-disconnect").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("could not sign in any more")
    chat = ChatPage(page, app.url)
    await chat.open("/")
    await expect(chat.composer).to_be_visible()


async def test_account_with_a_password_is_connected_in_settings(
    page: Page, app: RunningApp, issuer: OpenIdIssuer
) -> None:
    issuer.person["sub"] = "of-ann"
    await page.goto(f"{app.url}/settings/account")
    await fill_in(page, "sign-in-form", "ann")
    await page.get_by_test_id("oidc-connect").click()
    await expect(page.get_by_test_id("identity")).to_contain_text("Example ID")
    await page.get_by_test_id("sign-out").click()
    await page.get_by_role("button", name="Continue with Example ID").click()
    await ChatPage(page, app.url).composer.wait_for()
    await page.goto(f"{app.url}/settings/account")
    await expect(page.get_by_test_id("username")).to_have_text("ann")
    await page.get_by_test_id("oidc-disconnect").click()
    await expect(page.get_by_test_id("oidc-connect")).to_be_visible()
