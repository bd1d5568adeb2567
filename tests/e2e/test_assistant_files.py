"""Files of an assistant: added in its form, given to the model, shown in the conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.attaching import DRAG, PASTE, Files
from tests.e2e.axe import violations
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted
from tests.e2e.russian import english_on
from tests.e2e.test_files import fail_one_upload
from tests.running_app import RunningApp
from tests.upstreams.openai import SEES

ASKED = (
    'text: <file name="recipe.txt">\nBread needs flour.\n</file>',
    "picture: image/jpeg",
    "text: What is in it?",
)


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return []


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The page lists all assistants there are."""
    return own_app


@pytest.fixture
def files(page: Page) -> Files:
    return Files(page)


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports of an upload that is cut off."""
    return ["net::ERR_FAILED"]


@pytest_asyncio.fixture(loop_scope="session")
async def russian(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow")
    await context.add_init_script("delete Navigator.prototype.serviceWorker")
    yield await context.new_page()
    await context.close()


async def form(page: Page, app: RunningApp, name: str) -> None:
    """Open the form of a new assistant."""
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-add").click()
    await page.get_by_test_id("assistant-name").fill(name)


async def change(page: Page, app: RunningApp, name: str) -> None:
    """Open the form of an assistant."""
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant").filter(has_text=name).get_by_test_id("assistant-menu").click()
    await page.get_by_test_id("assistant-edit").click()


async def test_from_the_form_to_the_model(page: Page, app: RunningApp, files: Files, tmp_path: Path) -> None:
    await page.emulate_media(reduced_motion="reduce")  # axe does not look at what is still fading in
    chat, dialog = ChatPage(page, app.url), page.get_by_test_id("assistant-dialog")
    await form(page, app, "Baker")
    await page.get_by_test_id("assistant-model").click()
    await page.get_by_test_id("model-search").fill("echo")
    await page.locator('[data-testid="model-option"][data-model="Loop:echo"]').click()
    await files.choose(("recipe.txt", "Bread needs flour."))
    await page.evaluate(PASTE, [400, 200, "assistant-prompt"])
    dropped = [["notes.txt", "Not this one."]]
    assert await page.evaluate(DRAG, ["dragover", dropped, "assistant-prompt"])
    await expect(files.target).to_contain_text("at most 10 for an assistant")
    assert await page.evaluate(DRAG, ["drop", dropped, "assistant-prompt"])
    await files.are_ready(3)
    await expect(page.get_by_test_id("blind-model")).to_contain_text("echo is not known to see pictures")
    await page.get_by_test_id("use-seeing-model").click()
    await expect(page.get_by_test_id("blind-model")).to_have_count(0)
    await expect(page.get_by_test_id("assistant-model")).to_have_text(f"{SEES} · Loop")
    await expect(page.get_by_test_id("assistant-files")).to_contain_text("gets their names only")
    await expect(files.status("recipe.txt")).to_have_text("18 B · 6 tokens")
    assert await violations(page) == []

    # What was read is shown above the form, and closed alone.
    await files.one("recipe.txt").get_by_test_id("attachment-open").click()
    await expect(page.get_by_test_id("document-text").first).to_have_text("Bread needs flour.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("document-text")).to_have_count(0)
    await expect(dialog).to_be_visible()
    await files.one("notes.txt").get_by_test_id("attachment-remove").click()
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()

    await page.get_by_test_id("assistant-begin").click()
    begun = page.get_by_test_id("begins-with")
    await expect(begun).to_contain_text("recipe.txt")
    await expect(begun).to_contain_text("Pasted picture.jpg")
    assert await violations(page) == []
    await chat.ask("What is in it?")
    for words in ASKED:
        await expect(chat.text).to_contain_text(words)
    talk = await chat.has_address()
    await chat.ended()

    # They go with a link where their owner chose it, and with an export.
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-menu").click()
    await page.get_by_test_id("assistant-share").click()
    await page.get_by_test_id("assistant-link-files").check()
    assert await violations(page) == []
    await page.get_by_test_id("assistant-link-create").click()
    link = await page.get_by_test_id("assistant-link").input_value()
    await expect(page.get_by_test_id("assistant-links-dialog")).to_contain_text("with 2 files")
    await page.goto(link)
    await expect(page.get_by_role("listitem")).to_contain_text(["recipe.txt (18 B)", "Pasted picture.jpg"])
    assert await violations(page) == []
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-menu").click()
    async with page.expect_download() as waiting:
        await page.get_by_test_id("assistant-export").click()
    exported = await waiting.value
    assert exported.suggested_filename == "Baker.zip"
    await exported.save_as(tmp_path / "Baker.zip")
    await page.get_by_test_id("import-file").set_input_files(tmp_path / "Baker.zip")
    await expect(page.get_by_test_id("assistant-entry")).to_contain_text("Already there")
    await page.keyboard.press("Escape")

    # Removed from the assistant: the conversation keeps them.
    await change(page, app, "Baker")
    await files.are_ready(2)
    for _ in range(2):
        await page.get_by_test_id("attachment-remove").first.click()
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()
    await change(page, app, "Baker")
    await expect(page.get_by_test_id("assistant-files")).to_contain_text("Add files with the button")
    await expect(files.attached).to_have_count(0)
    await page.goto(app.url + talk)
    await page.get_by_test_id("conversation-settings").click()
    kept = page.get_by_test_id("conversation-files")
    await expect(kept.get_by_role("link")).to_have_text(["recipe.txt", "Pasted picture.jpg"])
    content = await page.request.get(f"{app.url}{await kept.get_by_role('link').first.get_attribute('href')}")
    assert await content.body() == b"Bread needs flour."
    assert await violations(page) == []


async def test_a_document_is_cut_when_the_form_is_saved(page: Page, app: RunningApp, files: Files) -> None:
    """And not before: the form may be cancelled."""
    dialog = page.get_by_test_id("assistant-dialog")

    async def cut() -> None:
        await change(page, app, "Cutter")
        await files.are_ready(1)
        await files.one("recipe.txt").get_by_test_id("attachment-open").click()
        document = page.get_by_test_id("document-dialog")
        await document.get_by_test_id("cut-tokens").fill("2")
        await document.get_by_test_id("cut-tokens").press("Enter")
        await expect(document.get_by_test_id("document-left-out")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(files.status("recipe.txt")).to_contain_text("2 of 6 tokens")

    await form(page, app, "Cutter")
    await files.choose(("recipe.txt", "Bread needs flour."))
    await files.are_ready(1)
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()

    await cut()
    await dialog.get_by_role("button", name="Cancel", exact=True).click()
    await expect(dialog).to_be_hidden()
    await change(page, app, "Cutter")
    await expect(files.status("recipe.txt")).to_have_text("18 B · 6 tokens")

    await cut()
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()
    await change(page, app, "Cutter")
    await expect(files.status("recipe.txt")).to_contain_text("2 of 6 tokens")


async def test_an_interrupted_upload_holds_the_form_back(page: Page, app: RunningApp, files: Files) -> None:
    dialog = page.get_by_test_id("assistant-dialog")
    await fail_one_upload(page, "slow")
    await form(page, app, "Interrupted")
    await files.choose(("slow.txt", "Words"), *((f"{number}.txt", f"Words {number}") for number in range(10)))
    await expect(page.get_by_test_id("assistant-files-problem")).to_contain_text("1 was not added")
    await expect(files.one("slow.txt")).to_have_attribute("data-state", "failed")
    await page.get_by_test_id("assistant-save").click()
    await expect(page.get_by_test_id("assistant-files-problem")).to_contain_text("was not uploaded")
    await expect(dialog).to_be_visible()
    await page.get_by_test_id("attachment-retry").click()
    await files.are_ready(10)
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()
    await change(page, app, "Interrupted")
    await files.are_ready(10)


async def test_in_russian(russian: Page, app: RunningApp) -> None:
    chat, files = ChatPage(russian, app.url), Files(russian)
    await form(russian, app, "Пекарь")
    await russian.get_by_test_id("assistant-model").click()
    await russian.get_by_test_id("model-search").fill(SEES)
    await russian.locator(f'[data-testid="model-option"][data-model="Loop:{SEES}"]').click()
    assert await english_on(russian) == []
    await files.choose(("рецепт.txt", "Хлебу нужна мука."))
    await files.are_ready(1)
    assert await english_on(russian) == []
    await russian.get_by_test_id("assistant-save").click()
    row = russian.get_by_test_id("assistant").filter(has_text="Пекарь")
    await row.get_by_test_id("assistant-begin").click()
    await expect(russian.get_by_test_id("begins-with")).to_have_text("рецепт.txt")
    await chat.ask("Что нужно хлебу?")
    await expect(chat.text).to_contain_text("Хлебу нужна мука.")
    await russian.get_by_test_id("conversation-settings").click()
    await expect(russian.get_by_test_id("conversation-files")).to_contain_text("рецепт.txt")
    assert await english_on(russian) == []
