"""The interface in Russian: chosen by the browser or in Settings, and never in English for a moment."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.running_app import RunningApp

TALK = conversation("Разговор", turns=["Как дела?", "Хорошо."])
FAILS = conversation("Ошибка", "error-500")
PAGES = [
    *("/", "/history", "/trash", "/settings", "/settings/models", "/settings/prompts", "/settings/sharing"),
    *("/settings/data", "/settings/keyboard", "/settings/account", "/settings/people", "/settings/server"),
    *("/settings/about", "/nothing"),
]
ENGLISH = re.compile(
    r"\b(?:the|your|and|of|is|are|will|not|from|with|Settings|History|chats?)\b", re.IGNORECASE
)
NAMES = re.compile(
    r"webchat|Open WebUI|LM Studio|Claude|MIT|https?://\S+|/\S+|\S+@\S+|Chat\w+|\w+Chat\w*|Free\w+"
)


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TALK, FAILS]


async def russian(browser: Browser) -> Page:
    """A page of a browser that asks for Russian; it fails on an error of the page."""
    context = await browser.new_context(locale="ru-RU")
    page = await context.new_page()
    page.errors = []  # type: ignore[attr-defined]

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "404" not in message.text:
            page.errors.append(message.text)  # type: ignore[attr-defined]

    page.on("console", note)
    page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined, call-overload]
    return page


async def test_every_page_is_in_the_language_that_the_browser_asks_for(
    browser: Browser, bare_app: RunningApp
) -> None:
    page = await russian(browser)
    for path in PAGES:
        await page.goto(bare_app.url + path)
        await expect(page.locator("html")).to_have_attribute("lang", "ru")
        await expect(page.locator("main h1, main h2").first).to_be_attached()
        await expect(page.get_by_role("link", name="Настройки").first).to_be_attached()
        words = NAMES.sub("", await page.locator("body").inner_text())
        assert not ENGLISH.search(words), (path, ENGLISH.search(words), words)
    assert page.errors == []  # type: ignore[attr-defined]
    await page.context.close()


async def test_a_conversation_in_russian(browser: Browser, app: RunningApp) -> None:
    page = await russian(browser)
    chat = ChatPage(page, app.url)
    await page.goto(app.url + FAILS.path)
    await expect(chat.composer).to_have_attribute("data-conversation", FAILS.path.rpartition("/")[2])
    await expect(chat.composer).to_have_attribute("placeholder", "Спросите о чём угодно")
    await chat.send("Привет")
    await expect(chat.error_card).to_contain_text("Ответить не удалось")
    await expect(chat.error_card).to_contain_text("У Loop ошибка на сервере (HTTP 500)")
    await chat.error_card.get_by_test_id("what-was-tried").click()
    await expect(page.get_by_text(re.compile("ошибка через")).first).to_be_visible()

    await page.keyboard.press("Control+k")
    await expect(page.get_by_placeholder("Найти чат или команду")).to_be_visible()
    await expect(page.get_by_text("Новый временный чат")).to_be_visible()
    await page.keyboard.press("Escape")
    assert page.errors == []  # type: ignore[attr-defined]
    await page.context.close()


async def test_a_language_is_chosen_in_settings(browser: Browser, bare_app: RunningApp) -> None:
    context = await browser.new_context(locale="en-US")
    page = await context.new_page()
    await page.goto(f"{bare_app.url}/settings")
    await expect(page.get_by_role("heading", name="Appearance")).to_be_visible()
    await page.get_by_test_id("language").select_option("ru")
    await expect(page.get_by_role("heading", name="Оформление")).to_be_visible()
    await expect(page.get_by_test_id("language")).to_have_value("ru")
    await expect(page).to_have_title("Настройки · webchat")
    await page.get_by_test_id("defaults-save").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("Сохранено для новых чатов.")
    await context.clear_cookies()  # as in another browser of the same person
    await page.reload()
    await expect(page.get_by_role("heading", name="Оформление")).to_be_visible()

    await page.get_by_test_id("language").select_option("")
    await expect(page.get_by_role("heading", name="Appearance")).to_be_visible()
    assert not [each for each in await context.cookies() if each["name"] == "webchat_language"]
    await context.close()


async def test_pages_are_translated_before_any_script_runs(browser: Browser, app: RunningApp) -> None:
    context = await browser.new_context(locale="ru-RU", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(app.url)
    await expect(page.get_by_role("heading", name="Что вы хотите узнать?")).to_be_attached()
    await context.close()
