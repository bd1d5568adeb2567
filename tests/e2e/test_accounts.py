"""Accounts in the browser: setup, sign-in, invitations, people kept apart, sessions that end."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import loaded_typefaces
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import plant
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp

PASSWORD = "a long password"


@pytest.fixture(scope="module")
def app(built: None, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A webchat that others can reach, before anybody has set it up."""
    data_dir = tmp_path_factory.mktemp("accounts") / "data"
    plant(data_dir, upstream.url, [])
    running = RunningApp(data_dir, {"WEBCHAT_HOST": "0.0.0.0"}).start()
    yield running
    running.kill()


@pytest.fixture
def tolerated() -> list[str]:
    """The browser reports refused requests of a page that is signed out."""
    return ["401", "403", "WebSocket", "ERR_", "Socket"]


@asynccontextmanager
async def another_browser(browser: Browser, **options: Any) -> AsyncIterator[Page]:
    context = await browser.new_context(**options)
    await context.add_init_script("delete Navigator.prototype.serviceWorker")
    yield await context.new_page()
    await context.close()


async def fill_in(page: Page, form: str, username: str, password: str = PASSWORD) -> None:
    await expect(page.get_by_test_id(form)).to_be_visible()
    await page.locator('[name="username"]').fill(username)
    await page.locator('[name="password"]').fill(password)
    await page.locator(f'[data-testid="{form}"] button').click()


async def sign_in(page: Page, app: RunningApp, username: str, path: str = "/") -> None:
    await page.goto(app.url + path)
    await fill_in(page, "sign-in-form", username)


async def test_setup_then_invitation_then_people_apart(page: Page, browser: Browser, app: RunningApp) -> None:
    await page.goto(app.setup_link())
    assert "Onest Variable" in await loaded_typefaces(page)
    await fill_in(page, "setup-form", "ann")
    ann = ChatPage(page, app.url)
    await expect(ann.composer).to_be_visible()
    await ann.ask("A secret of Ann", "echo")
    secret = await ann.has_address()

    await page.goto(f"{app.url}/settings/people")
    await page.get_by_test_id("invite").click()
    link = await page.get_by_test_id("invite-link").input_value()

    async with another_browser(browser) as other:
        bob = ChatPage(other, app.url)
        await other.goto(link)
        await fill_in(other, "invite-form", "bob")
        await expect(bob.composer).to_be_visible()
        await expect(bob.sidebar).to_have_count(0)
        await other.goto(app.url + secret)
        await expect(other.get_by_text("A secret of Ann")).to_have_count(0)
        await bob.open("/")
        await bob.ask("Bob asks with the model of Ann", "echo")
        await expect(bob.text).to_contain_text("Bob asks")
        await other.goto(f"{app.url}/settings/models")
        await expect(other.get_by_test_id("shared-provider").filter(has_text="Loop")).to_be_visible()
        await expect(other.get_by_test_id("provider-add")).to_have_count(0)
        await other.goto(f"{app.url}/settings/people")
        await expect(other.get_by_test_id("people")).to_have_count(0)

    await page.reload()
    await expect(page.get_by_test_id("person")).to_have_count(2)
    of_bob = page.locator('[data-testid="person"][data-name="bob"]')
    await expect(of_bob).to_contain_text("1 message")
    await expect(page.get_by_text("Bob asks with")).to_have_count(0)


async def test_signing_out_leads_to_the_sign_in_page(page: Page, app: RunningApp) -> None:
    await sign_in(page, app, "ann", "/settings/account")
    await expect(page.get_by_test_id("username")).to_have_text("ann")
    await page.get_by_test_id("sign-out").click()
    await expect(page.get_by_test_id("sign-in-form")).to_be_visible()

    await page.goto(f"{app.url}/history")

    await expect(page.get_by_test_id("sign-in-form")).to_be_visible()
    assert "Onest Variable" in await loaded_typefaces(page)


async def test_page_left_open_says_that_it_is_signed_out(page: Page, app: RunningApp) -> None:
    await sign_in(page, app, "ann")
    chat = ChatPage(page, app.url)
    await chat.open("/")
    other_tab = await page.context.new_page()
    await other_tab.goto(f"{app.url}/settings/account")
    await other_tab.get_by_test_id("sign-out").click()

    await expect(page.get_by_test_id("signed-out")).to_be_visible()
    await chat.send("Written while signed out")
    await expect(chat.unsent.first).to_be_visible()
    await page.get_by_test_id("sign-in").click()
    await fill_in(page, "sign-in-form", "ann")

    await expect(chat.questions).to_contain_text(["Written while signed out"])


async def test_session_that_ends_in_mid_answer_loses_nothing(
    page: Page, app: RunningApp, upstream: Upstream
) -> None:
    await sign_in(page, app, "ann")
    chat = ChatPage(page, app.url)
    await chat.open("/")
    await chat.choose("hold")
    await chat.send("Tell me more")
    await expect(chat.text).to_have_text("Before the hold.")
    path = await chat.has_address()

    with closing(sqlite3.connect(app.data_dir / "webchat.db")) as database:
        database.execute("UPDATE session SET expires_at = '2025-01-01 00:00:00.000000'")
        database.commit()
    await expect(page.get_by_test_id("signed-out")).to_be_visible()
    await chat.composer.fill("A draft")
    await upstream.release()
    await page.get_by_test_id("sign-in").click()
    await fill_in(page, "sign-in-form", "ann")

    await page.wait_for_url(f"**{path}")
    await expect(chat.composer).to_have_value("A draft")
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Before the hold. After the hold.")


async def test_words_of_one_person_stay_theirs_in_the_same_browser(page: Page, app: RunningApp) -> None:
    await sign_in(page, app, "ann")
    chat = ChatPage(page, app.url)
    await chat.open("/")
    await chat.composer.fill("A draft of Ann")
    await page.goto(f"{app.url}/settings/account")
    await page.get_by_test_id("sign-out").click()
    await fill_in(page, "sign-in-form", "bob")
    await expect(chat.composer).to_have_value("")

    await page.goto(f"{app.url}/settings/account")
    await page.get_by_test_id("sign-out").click()
    await fill_in(page, "sign-in-form", "ann")

    await expect(chat.composer).to_have_value("A draft of Ann")
