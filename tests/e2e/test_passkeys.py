"""Passkeys in the browser, with the virtual authenticator of Chromium."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import CDPSession, Page, expect

from tests.e2e.test_accounts import fill_in
from tests.running_app import RunningApp


@pytest.fixture(scope="module")
def app(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A webchat with accounts, which is opened as localhost: an address has no passkeys."""
    running = RunningApp(tmp_path_factory.mktemp("passkeys") / "data", {"WEBCHAT_HOST": "0.0.0.0"}).start()
    yield running
    running.kill()


@pytest.fixture
def url(app: RunningApp) -> str:
    return app.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def tolerated() -> list[str]:
    """The browser reports refused requests of a page that is signed out."""
    return ["401", "403", "WebSocket", "ERR_", "Socket"]


@pytest_asyncio.fixture(loop_scope="session")
async def device(page: Page) -> AsyncIterator[CDPSession]:
    """The developer tools of a browser with one authenticator, whose user agrees to everything."""
    tools = await page.context.new_cdp_session(page)
    await tools.send("WebAuthn.enable")
    options = {
        **{"protocol": "ctap2", "transport": "internal", "hasResidentKey": True},
        **{"hasUserVerification": True, "isUserVerified": True},
    }
    await tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield tools
    await tools.detach()


async def test_passkey_is_added_signs_in_and_is_removed(
    page: Page, app: RunningApp, url: str, device: CDPSession
) -> None:
    await page.goto(app.setup_link().replace("127.0.0.1", "localhost"))
    await fill_in(page, "setup-form", "ann")
    await page.wait_for_url(f"{url}/")
    await page.goto(f"{url}/settings/account")
    await page.get_by_test_id("passkey-add").click()
    await page.get_by_test_id("passkey-new-name").fill("My laptop")
    await page.get_by_test_id("passkey-save").click()
    await expect(page.get_by_test_id("passkey-name")).to_have_text("My laptop")
    await expect(page.get_by_test_id("passkey")).to_have_text(re.compile("Added today, .* · never used$"))
    await page.get_by_test_id("passkey-add").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("already has a passkey")

    await page.get_by_test_id("sign-out").click()
    await page.goto(f"{url}/settings/account")
    await page.locator('[data-testid="passkey-form"] button').click()
    await expect(page.get_by_test_id("username")).to_have_text("ann")
    await expect(page.get_by_test_id("passkey")).to_contain_text("last used today")

    await page.get_by_test_id("passkey-remove").click()
    await page.get_by_test_id("passkey-remove-confirm").click()
    await expect(page.get_by_test_id("passkey")).to_have_count(0)
    await page.get_by_test_id("sign-out").click()
    await page.locator('[data-testid="passkey-form"] button').click()
    await expect(page.get_by_role("alert")).to_contain_text("does not accept this passkey")
    await expect(page.get_by_test_id("sign-in-form")).to_be_visible()


async def test_network_address_says_that_it_has_no_passkeys(page: Page, app: RunningApp) -> None:
    await page.goto(f"{app.url}/settings/account")
    await expect(page.get_by_test_id("passkey-form")).to_have_count(0)
    await fill_in(page, "sign-in-form", "ann")

    await expect(page.get_by_test_id("passkey-impossible")).to_be_visible()
    await expect(page.get_by_test_id("passkey-add")).to_have_count(0)
