"""Bringing conversations in from another app, and taking them out again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.running_app import RunningApp
from tests.unit.services.transfer.exports_of_others import as_json, as_zip, chatgpt, node

TALK = chatgpt(
    node("q", "root", "user", "Why is the sky blue?"),
    node("a", "q", "assistant", "Because of **scattering**."),
    node("h", "a", "user", "And this?"),
    node("b", "h", "assistant", content={"content_type": "hologram", "beams": [1, 2]}),
    title="Rayleigh",
)


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The history counts what there is."""
    return own_app


def archive() -> FilePayload:
    data = as_zip({"conversations.json": as_json([TALK, {"strange": True}]), "chat.html": b"<html>"})
    return {"name": "export.zip", "mimeType": "application/zip", "buffer": data}


async def test_an_export_of_chatgpt_is_imported_on_the_history_page(chat: ChatPage) -> None:
    page = chat.page
    await page.goto(f"{chat.url}/history")
    await expect(page.get_by_text("No conversations yet")).to_be_visible()
    await page.get_by_test_id("import-file").set_input_files(archive())
    report = page.get_by_test_id("import-report")
    await expect(report).to_have_attribute("data-phase", "previewed")
    await expect(report).to_contain_text("2 conversations: 1 new, 1 skipped. 1 other file")
    await page.get_by_test_id("import-begin").click()
    await expect(report).to_have_attribute("data-phase", "done")
    await expect(report).to_contain_text("1 imported, 1 skipped.")
    await expect(report).to_contain_text("1 part cannot be shown and is kept as it is.")
    await report.get_by_text("Conversations", exact=True).click()
    await expect(page.get_by_test_id("import-row")).to_have_count(2)
    await expect(page.get_by_test_id("history-item")).to_have_count(1)

    await page.get_by_test_id("history-item").get_by_role("link").click()
    questions = chat.questions.get_by_test_id("message-text")
    await expect(questions).to_have_text(["Why is the sky blue?", "And this?"])
    await expect(chat.answers.first).to_contain_text("Because of scattering.")
    part = chat.answer.get_by_test_id("raw-part")
    await expect(part.locator("summary")).to_have_text("This part cannot be shown here")
    await expect(part.locator("pre")).to_be_hidden()
    await part.locator("summary").click()
    await expect(part.locator("pre")).to_contain_text("hologram")


async def test_importing_again_finds_nothing_new(chat: ChatPage) -> None:
    page = chat.page
    await page.goto(f"{chat.url}/history")
    await page.get_by_test_id("import-file").set_input_files(archive())
    report = page.get_by_test_id("import-report")
    await expect(report).to_contain_text("2 conversations: 1 already there, 1 skipped.")
    await expect(page.get_by_test_id("import-begin")).to_have_count(0)
    await page.get_by_test_id("import-close").click()
    await expect(report).to_have_count(0)


async def test_a_file_of_something_else_is_explained(chat: ChatPage) -> None:
    page = chat.page
    await page.goto(f"{chat.url}/history")
    payload: FilePayload = {"name": "a.json", "mimeType": "application/json", "buffer": b"<html>"}
    await page.get_by_test_id("import-file").set_input_files(payload)

    await expect(page.get_by_test_id("import-report")).to_contain_text("not valid JSON")
    await page.get_by_test_id("import-close").click()


async def saved(page: Page, format: str, folder: Path) -> Path:
    async with page.expect_download() as starting:
        await page.locator(f'[data-testid="export"][data-format="{format}"]').click()
    download = await starting.value
    path = folder / download.suggested_filename
    await download.save_as(path)
    return path


async def test_conversations_are_exported_and_the_page_opens_from_disk(
    chat: ChatPage, tmp_path: Path
) -> None:
    page = chat.page
    await page.goto(f"{chat.url}/history")
    await expect(page.get_by_test_id("history-item")).to_have_count(1)
    everything = await saved(page, "json", tmp_path)
    (conversation,) = json.loads(everything.read_text())["conversations"]
    assert conversation["title"] == "Rayleigh"
    assert everything.name.startswith("webchat 20")

    await page.get_by_test_id("history-item").get_by_role("link").click()
    await page.get_by_test_id("conversation-settings").click()
    one = await saved(page, "html", tmp_path)
    assert one.name == "Rayleigh.html"
    await page.goto(one.as_uri())
    await expect(page.get_by_role("heading", level=1)).to_have_text("Rayleigh")
    await expect(page.locator("article strong")).to_have_text("scattering")
    assert await page.locator("script").count() == 0
