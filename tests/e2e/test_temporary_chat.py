"""A temporary chat is answered like any other, says what it is, and is listed nowhere."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage


async def test_a_temporary_chat_is_in_no_list(chat: ChatPage) -> None:
    page = chat.page
    await chat.open()
    switch = page.get_by_test_id("temporary-chat")
    await expect(switch).to_have_attribute("aria-checked", "false")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")
    note = page.get_by_test_id("temporary-note")
    await expect(note).to_contain_text("deleted 5 minutes after this tab is closed or disconnected")
    await chat.choose("echo")
    await chat.ask("Keep this to yourself")
    path = await chat.has_address()
    await expect(note).to_be_visible()
    await expect(switch).to_have_count(0)
    await expect(page.get_by_test_id("share-open")).to_have_count(0)
    await chat.ask("And this")
    await expect(chat.sidebar.filter(has_text="Keep this")).to_have_count(0)
    await page.reload()
    await expect(chat.answers).to_have_count(2)
    await expect(note).to_be_visible()

    await page.goto(f"{chat.url}/history")
    await expect(page.get_by_role("heading", name="History")).to_be_visible()
    await expect(page.get_by_text("Keep this to yourself")).to_have_count(0)
    await chat.open(path)
    await page.get_by_test_id("new-chat").click()
    await expect(switch).to_have_attribute("aria-checked", "false")


async def test_the_switch_turns_back(chat: ChatPage) -> None:
    await chat.page.goto(f"{chat.url}/?temporary=true")
    switch = chat.page.get_by_test_id("temporary-chat")
    await expect(switch).to_have_attribute("aria-checked", "true")
    await switch.press("Space")
    await expect(switch).to_have_attribute("aria-checked", "false")
    await chat.ask("Listed", model="echo")

    await expect(chat.sidebar.filter(has_text="Listed").first).to_be_visible()
    await expect(chat.page.get_by_test_id("temporary-note")).to_have_count(0)
