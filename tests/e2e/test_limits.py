"""A member reaches a limit, is told, and goes on once the administrator has raised it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import plant
from tests.e2e.test_accounts import another_browser, fill_in
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp


@pytest.fixture(scope="module")
def app(built: None, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A webchat that others can reach, before anybody has set it up."""
    data_dir = tmp_path_factory.mktemp("limits") / "data"
    plant(data_dir, upstream.url, [])
    running = RunningApp(data_dir, {"WEBCHAT_HOST": "0.0.0.0"}).start()
    yield running
    running.kill()


async def set_limit(page: Page, app: RunningApp, name: str, messages: str) -> None:
    await page.goto(f"{app.url}/settings/people")
    row = page.locator(f'[data-testid="limits-row"][data-name="{name}"]')
    await row.get_by_test_id("limits-change").click()
    await row.get_by_test_id("limit-messages").fill(messages)
    await row.get_by_test_id("limits-save").click()
    await expect(row).to_contain_text(f"{messages} messages a day")


async def test_member_at_a_limit_is_told_and_goes_on(page: Page, browser: Browser, app: RunningApp) -> None:
    await page.goto(app.setup_link())
    await fill_in(page, "setup-form", "ann")
    await expect(ChatPage(page, app.url).composer).to_be_visible()
    await set_limit(page, app, "All members", "1")
    await page.get_by_test_id("invite").click()
    link = await page.get_by_test_id("invite-link").input_value()

    async with another_browser(browser) as other:
        bob = ChatPage(other, app.url)
        await other.goto(link)
        await fill_in(other, "invite-form", "bob")
        await bob.ask("The first message", "echo")
        path = await bob.has_address()
        await bob.send("The second message")
        await expect(bob.problem).to_contain_text("You have sent 1 message today. You can send again after")
        await expect(bob.composer).to_have_value("The second message")
        await expect(bob.questions).to_have_count(1)
        await other.goto(f"{app.url}/settings/account")
        await expect(other.get_by_test_id("own-limits")).to_contain_text("1 of 1 used, 0 left")

        await set_limit(page, app, "bob", "2")
        await bob.open(path)
        await expect(bob.composer).to_have_value("The second message")
        await bob.composer.press("Enter")
        await expect(bob.questions).to_contain_text(["The first message", "The second message"])
        await bob.has_status("complete")

        await page.goto(f"{app.url}/settings/models")
        loop = page.locator('[data-testid="provider-item"][data-name="Loop"]')
        await loop.get_by_test_id("provider-models").click()
        await loop.get_by_test_id("provider-models-for-members").click()
        echo = loop.locator('[data-testid="provider-model"][data-name="echo"]')
        await echo.get_by_test_id("provider-model-for-members").click()
        await expect(other.get_by_test_id("model-taken")).to_contain_text("Loop:echo is not available to you")

    await page.goto(f"{app.url}/settings/server")
    await expect(page.get_by_test_id("usage-by-person")).to_contain_text("bob")
    await expect(page.get_by_test_id("usage-by-model")).to_contain_text("echo · Loop")
    await expect(page.get_by_text("The first message")).to_have_count(0)
    await expect(page.get_by_test_id("database-path")).to_contain_text("webchat.db")
