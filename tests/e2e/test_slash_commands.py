"""Commands and saved prompts in the message box, and the prompts in Settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.socket_gate import SocketGate
from tests.running_app import RunningApp

TALK = conversation("A talk to share", "echo", ["Hi", "Hello there"])


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TALK]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """Prompts are saved here."""
    return own_app


@pytest.fixture
def items(page: Page) -> Locator:
    return page.get_by_test_id("slash-item")


async def type_command(chat: ChatPage, text: str) -> None:
    await chat.composer.fill("")
    await chat.composer.press_sequentially(text)


async def test_a_model_is_chosen_by_a_command(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open(TALK.path)
    await type_command(chat, "/mod")
    await expect(items.first).to_contain_text("/model")
    await page.keyboard.press("Tab")
    await expect(chat.composer).to_have_value("/model ")
    await page.keyboard.type("reason")
    await expect(items.first).to_contain_text("reasoning")
    await page.keyboard.press("Enter")
    await expect(chat.picker).to_have_text("reasoning")
    await expect(chat.composer).to_have_value("")
    await expect(chat.composer).to_be_focused()


async def test_models_that_come_while_the_list_is_open_are_in_it(
    chat: ChatPage, page: Page, items: Locator
) -> None:
    gate = SocketGate()
    gate.close()
    await gate.attach(page)
    await page.goto(chat.url + TALK.path)
    await type_command(chat, "/model reason")
    await expect(items.first).to_contain_text("No models match")
    gate.open()

    await expect(items.first).to_contain_text("reasoning")
    await expect(chat.composer).to_have_value("/model reason")


async def test_the_system_prompt_is_set_by_a_command(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open()
    await chat.choose("parameters")
    await type_command(chat, "/system You are a pirate.")
    await expect(items).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(chat.composer).to_have_value("")
    await chat.ask("Hello")
    assert json.loads(await chat.stored_text())["messages"][0] == {
        "role": "system",
        "content": "You are a pirate.",
    }


async def test_share_export_branch_and_temporary(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open(TALK.path)
    await expect(chat.messages).to_have_count(2)
    await type_command(chat, "/share")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("share-dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("share-dialog")).to_be_hidden()
    await type_command(chat, "/export")
    async with page.expect_download() as download:
        await page.keyboard.press("Enter")
    assert (await download.value).suggested_filename.endswith(".md")
    await type_command(chat, "/branch")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("message-editor")).to_have_value("Hi")
    await page.keyboard.press("Escape")
    await type_command(chat, "/temp")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?temporary=true")
    await expect(page.get_by_test_id("temporary-note")).to_be_visible()


async def test_a_command_without_a_use_is_not_sent(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open()
    await type_command(chat, "/share")
    await expect(items).to_have_attribute("aria-disabled", "true")
    await page.keyboard.press("Enter")
    await expect(chat.composer).to_have_value("/share")
    await expect(chat.messages).to_have_count(0)


async def test_other_texts_are_sent_as_they_are(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open()
    await chat.choose("echo")
    await type_command(chat, "/etc/hosts, what is it?")
    await expect(items).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(chat.text).to_have_text("/etc/hosts, what is it?")
    await chat.ended()
    await type_command(chat, "/model")
    await expect(items).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(items).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(chat.answers).to_have_count(2)
    await expect(chat.text).to_have_text("/model")


async def test_a_prompt_is_managed_and_used(
    chat: ChatPage, page: Page, items: Locator, tmp_path: Path
) -> None:
    await page.goto(f"{chat.url}/settings/prompts")
    rows = page.get_by_test_id("prompt-item")
    await page.get_by_test_id("prompt-add").click()
    await page.get_by_test_id("prompt-name").fill("Translate")
    await page.get_by_test_id("prompt-text").fill("Translate into {{language}}:\n\n{{text}}")
    await page.get_by_test_id("prompt-save").click()
    await expect(page.get_by_test_id("prompt-dialog")).to_be_hidden()
    await expect(rows).to_contain_text("Translate")
    await page.get_by_test_id("prompt-add").click()
    await page.get_by_test_id("prompt-name").fill("translate")
    await page.get_by_test_id("prompt-text").fill("again")
    await page.get_by_test_id("prompt-save").click()
    await expect(page.get_by_test_id("prompt-problem")).to_contain_text("already a prompt")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("prompt-dialog")).to_be_hidden()

    await chat.open()
    await type_command(chat, "/trans")
    await expect(items).to_have_text(re.compile("Translate"))
    await page.keyboard.press("Enter")
    variables = page.get_by_test_id("prompt-variable")
    await expect(variables).to_have_count(2)
    await expect(variables.first).to_be_focused()
    await page.keyboard.type("French")
    await variables.nth(1).fill("Good morning")
    await page.get_by_test_id("prompt-insert").click()
    await expect(chat.composer).to_have_value("Translate into French:\n\nGood morning")
    await expect(chat.composer).to_be_focused()

    await page.goto(f"{chat.url}/settings/prompts")
    async with page.expect_download() as download:
        await page.get_by_test_id("prompt-export").click()
    file = tmp_path / "prompts.json"
    await (await download.value).save_as(file)
    await page.get_by_test_id("prompt-edit").click()
    await expect(page.get_by_test_id("prompt-text")).to_have_value("Translate into {{language}}:\n\n{{text}}")
    await page.get_by_test_id("prompt-name").fill("Plain")
    await page.get_by_test_id("prompt-text").fill("No variables here.")
    await page.get_by_test_id("prompt-save").click()
    await expect(rows).to_contain_text("Plain")
    await page.get_by_test_id("import-file").set_input_files(file)
    await expect(rows).to_have_count(2)
    await expect(page.get_by_test_id("notice")).to_contain_text("1 prompt imported")
    await rows.filter(has_text="Translate").get_by_test_id("prompt-delete").click()
    await page.get_by_test_id("prompt-delete-confirm").click()
    await expect(rows).to_have_count(1)

    await chat.open()
    await type_command(chat, "/pl")
    await items.click()
    await expect(chat.composer).to_have_value("No variables here.")
    await expect(chat.composer).to_be_focused()


async def test_a_file_that_is_none_is_refused(chat: ChatPage, page: Page, complaints: list[str]) -> None:
    await page.goto(f"{chat.url}/settings/prompts")
    await expect(page.get_by_test_id("prompt-add")).to_be_visible()
    wrong = {"name": "x.json", "mimeType": "application/json", "buffer": b"{}"}
    await page.get_by_test_id("import-file").set_input_files(wrong)  # type: ignore[arg-type]
    await expect(page.get_by_test_id("notice")).to_contain_text("not a file of prompts")
    complaints.clear()  # the browser reports the refused request
