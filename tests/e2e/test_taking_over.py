"""What the local owner left unsent in a browser: the administrator who takes over gets it, or nobody does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.attaching import Files
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import conversation, plant
from tests.e2e.test_accounts import another_browser, fill_in
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp

BEGUN = conversation("Begun on the laptop", turns=["Hi", "Hello there"])


@pytest.fixture
def laptop(built: None, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A webchat of a local owner, whom a test makes an administrator."""
    data_dir = tmp_path_factory.mktemp("taking_over") / "data"
    plant(data_dir, upstream.url, [BEGUN])
    running = RunningApp(data_dir).start()
    yield running
    running.kill()


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser reports of a server that is away and of uploads that are cut off."""
    return ["401", "403", "WebSocket", "ERR_", "Socket"]


async def leave_words(chat: ChatPage) -> None:
    """As the local owner: two drafts, a file on the server, one that is not there yet, an unsent message."""
    files = Files(chat.page)

    async def cut_off(route: Route) -> None:
        await (route.abort() if "late.txt" in route.request.url else route.continue_())

    await chat.page.route("**/api/files?*", cut_off)
    await chat.open(BEGUN.path)
    await chat.composer.fill("A draft below the answer")
    await files.choose(("early.txt", "It came early."))
    await files.are_ready(1)
    await files.choose(("late.txt", "It came late."))
    await expect(files.status("late.txt")).to_have_text("The upload was interrupted.")
    await chat.page.get_by_test_id("new-chat").click()
    await expect(chat.composer).to_have_attribute("data-conversation", "")
    await expect(files.attached).to_have_count(0)
    await chat.page.context.set_offline(True)
    await expect(chat.offline).to_be_visible()
    await chat.send("Written offline")
    await expect(chat.unsent).to_contain_text("Written offline")
    await chat.composer.fill("A draft to follow it")
    await chat.page.goto("about:blank")  # before it is sent
    await chat.page.unroute("**/api/files?*")
    await chat.page.context.set_offline(False)


async def set_up(page: Page, laptop: RunningApp, *, taking_over: bool) -> None:
    """Let others reach webchat, and make the account of its administrator, ann."""
    laptop.stop()
    laptop.start({"WEBCHAT_HOST": "0.0.0.0"})
    await page.goto(laptop.setup_link())
    await page.locator('[name="adopt"]').set_checked(taking_over)
    await fill_in(page, "setup-form", "ann")


async def change_to(page: Page, laptop: RunningApp, username: str) -> None:
    """Sign out and in again in the same browser."""
    await page.goto(f"{laptop.url}/settings/account")
    await page.get_by_test_id("sign-out").click()
    await fill_in(page, "sign-in-form", username)


async def shows_nothing(chat: ChatPage) -> None:
    """Expect a new chat to have no words or files."""
    await expect(chat.composer).to_be_visible()
    await chat.open("/")
    await expect(chat.picker).to_be_enabled()
    await expect(chat.composer).to_have_value("")
    await expect(chat.unsent).to_have_count(0)
    await expect(Files(chat.page).attached).to_have_count(0)


async def test_drafts_files_and_unsent_messages_become_those_of_the_administrator(
    page: Page, browser: Browser, laptop: RunningApp
) -> None:
    chat, files = ChatPage(page, laptop.url), Files(page)
    await leave_words(chat)
    await set_up(page, laptop, taking_over=True)

    await expect(chat.questions).to_contain_text(["Written offline"])
    await expect(chat.composer).to_have_value("A draft to follow it")
    await chat.ended()
    await page.goto(f"{laptop.url}/settings/people")
    await page.get_by_test_id("invite").click()
    link = await page.get_by_test_id("invite-link").input_value()
    async with another_browser(browser) as other:
        await other.goto(link)
        await fill_in(other, "invite-form", "bob")
        await expect(ChatPage(other, laptop.url).composer).to_be_visible()
    await change_to(page, laptop, "bob")
    await shows_nothing(chat)
    await change_to(page, laptop, "ann")

    await chat.open(BEGUN.path)
    await expect(chat.composer).to_have_value("A draft below the answer")
    await files.are_ready(2)


async def test_without_taking_over_nobody_is_shown_what_was_left(page: Page, laptop: RunningApp) -> None:
    chat = ChatPage(page, laptop.url)
    await leave_words(chat)
    await set_up(page, laptop, taking_over=False)

    await shows_nothing(chat)
    await expect(chat.sidebar).to_have_count(0)
    await change_to(page, laptop, "ann")
    await shows_nothing(chat)
