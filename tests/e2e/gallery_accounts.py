"""The states that the gallery takes pictures of in a webchat with accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage
from tests.running_app import RunningApp

PASSWORD = "a long password"

Take = Callable[[ChatPage], Awaitable[object]]


async def set_up(page: Page, app: RunningApp) -> None:
    """Make the first account, whose browser `page` is then signed in."""
    await page.goto(app.setup_link())
    await page.locator('[name="username"]').fill("ann")
    await page.locator('[name="password"]').fill(PASSWORD)
    await page.locator('[data-testid="setup-form"] button').click()
    await page.get_by_test_id("composer").wait_for()


async def _visit(chat: ChatPage, path: str, wait_for: str) -> None:
    await chat.page.goto(chat.url + path)
    await expect(chat.page.get_by_test_id(wait_for)).to_be_visible()


async def _sign_in(chat: ChatPage, password: str = PASSWORD) -> None:
    await _visit(chat, "/sign-in", "sign-in-form")
    await chat.page.locator('[name="username"]').fill("ann")
    await chat.page.locator('[name="password"]').fill(password)
    await chat.page.locator('[data-testid="sign-in-form"] button').first.click()


async def _people(chat: ChatPage) -> None:
    await _as_ann(chat)
    await _visit(chat, "/settings/people", "people")
    await chat.page.get_by_test_id("invite").click()
    await expect(chat.page.get_by_test_id("invite-link")).not_to_have_value("")


async def _as_ann(chat: ChatPage) -> None:
    """Sign in, unless this browser is signed in."""
    await chat.page.goto(f"{chat.url}/settings/account")
    signed_in = chat.page.get_by_test_id("username")
    await expect(signed_in.or_(chat.page.get_by_test_id("sign-in-form"))).to_be_visible()
    if not await signed_in.is_visible():
        await _sign_in(chat)
        await expect(chat.composer).to_be_visible()


async def _account(chat: ChatPage) -> None:
    await _as_ann(chat)
    await _visit(chat, "/settings/account", "username")


async def _invited(chat: ChatPage) -> None:
    await _people(chat)
    link = await chat.page.get_by_test_id("invite-link").input_value()
    await chat.page.context.clear_cookies()
    await chat.page.goto(link)
    await expect(chat.page.get_by_test_id("invite-form")).to_be_visible()


async def _signed_out(chat: ChatPage) -> None:
    await _as_ann(chat)
    await chat.open()
    other = await chat.page.context.new_page()
    await other.goto(f"{chat.url}/settings/account")
    await other.get_by_test_id("sign-out").click()
    await expect(chat.page.get_by_test_id("signed-out")).to_be_visible()
    await other.close()


async def _wrong_password(chat: ChatPage) -> None:
    await _sign_in(chat, "not her password")
    await expect(chat.page.locator('[role="alert"]').first).to_be_visible()


ACCOUNTS: dict[str, Take] = {
    "account": _account,
    "people": _people,
    "signed-out": _signed_out,
    "invited": _invited,
    "sign-in": lambda chat: _visit(chat, "/sign-in", "sign-in-form"),
    "sign-in-wrong": _wrong_password,
}
"""In the order in which one browser can go through them."""
