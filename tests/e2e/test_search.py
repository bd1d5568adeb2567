"""Searching as one types, and opening what was found where it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.running_app import RunningApp

LONG = conversation(
    "A long talk",
    turns=[f"Turn {number}" + (" mentions marzipan" if number == 250 else "") for number in range(500)],
)
TITLED = conversation("Marzipan at home", turns=["How?", "Like this"], age=timedelta(days=2))
OTHER = conversation("Поездка в Казань", turns=["Когда ёлка?", "Завтра"], age=timedelta(days=3))


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [LONG, TITLED, OTHER]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The results count what there is."""
    return own_app


async def search(chat: ChatPage, text: str) -> None:
    await chat.page.goto(f"{chat.url}/history")
    await chat.page.get_by_test_id("search").fill(text)


async def test_results_come_as_one_types(chat: ChatPage, page: Page) -> None:
    await search(chat, "marz")
    await expect(page.get_by_test_id("search-result")).to_have_count(1)
    await expect(page.get_by_test_id("search-result").locator("mark")).to_have_text("marzipan")
    await expect(page.get_by_test_id("search-title").first).to_contain_text("Marzipan at home")
    await page.get_by_test_id("search").fill("елка")
    await expect(page.get_by_test_id("search-result")).to_contain_text("Когда ёлка?")
    await page.get_by_test_id("search").fill("")
    await expect(page.get_by_test_id("history-item")).to_have_count(3)


async def test_a_found_message_is_opened_in_the_middle_of_its_conversation(
    chat: ChatPage, page: Page
) -> None:
    await search(chat, "mentions marzipan")
    await page.get_by_test_id("search-result").click()

    found = page.locator('[data-testid="message"][data-found="true"]')
    await expect(found).to_contain_text("Turn 250")
    await expect(found).to_be_in_viewport()
    for neighbour in ("Turn 249", "Turn 251"):
        await expect(page.get_by_text(neighbour, exact=True)).to_be_attached()
    await expect(page.get_by_text("Turn 499", exact=True)).to_have_count(0)

    await chat.transcript.hover()
    await page.mouse.wheel(0, 5_000)
    await expect(page.get_by_text("Turn 275", exact=True)).to_be_attached()
    await chat.to_latest.click()
    await expect(page.get_by_text("Turn 499", exact=True)).to_be_in_viewport()
    await expect(found).to_have_count(0)


async def test_a_message_sent_from_the_middle_stands_at_the_end(chat: ChatPage, page: Page) -> None:
    await search(chat, "mentions marzipan")
    await page.get_by_test_id("search-result").click()
    await expect(page.locator('[data-testid="message"][data-found="true"]')).to_be_in_viewport()
    await chat.send("And now?")
    await chat.has_status("complete")
    await expect(page.get_by_text("Turn 499", exact=True)).to_be_attached()
    await expect(chat.page.get_by_text("And now?").last).to_be_in_viewport()


async def test_what_cannot_be_searched_is_said(chat: ChatPage, page: Page) -> None:
    await search(chat, "after:yesterday")
    await expect(page.get_by_test_id("search-problem")).to_contain_text("is not a date")
    await page.get_by_test_id("search").fill("nothing like that")
    await expect(page.get_by_text("Nothing found")).to_be_visible()


async def test_going_back_shows_the_results_again(chat: ChatPage, page: Page) -> None:
    await search(chat, "marzipan")
    await page.get_by_test_id("search-result").click()
    await expect(page.locator('[data-testid="message"][data-found="true"]')).to_be_in_viewport()
    await page.go_back()
    await expect(page.get_by_test_id("search")).to_have_value("marzipan")
    await expect(page.get_by_test_id("search-result")).to_have_count(1)
