"""Files of an assistant: added in its form, given to the model, shown in the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.attaching import DRAG, PASTE, Files
from tests.e2e.chat_page import ChatPage
from tests.e2e.languages import Words
from tests.e2e.planting import plant
from tests.e2e.test_files import fail_one_upload
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp
from tests.upstreams.openai import SEES
from webchat.words.language import LANGUAGES

pytestmark = pytest.mark.parametrize("language", sorted(LANGUAGES), scope="module")
TOO_MANY = (
    "An assistant can have {most} files. {count} was not added.",
    "An assistant can have {most} files. {count} were not added.",
)
ASKED = (
    'text: <file name="recipe.txt">\nBread needs flour.\n</file>',
    "picture: image/jpeg",
    "text: What is in it?",
)


@pytest.fixture(scope="module")
def app(
    built: None, upstream: Upstream, language: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    """A webchat for each language, as the page lists all assistants there are."""
    data_dir = tmp_path_factory.mktemp("assistants") / "data"
    plant(data_dir, upstream.url, [])
    running = RunningApp(data_dir).start()
    yield running
    running.kill()


@pytest.fixture
def files(page: Page) -> Files:
    return Files(page)


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports of an upload that is cut off."""
    return ["net::ERR_FAILED"]


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


async def test_from_the_form_to_the_model(
    page: Page, app: RunningApp, files: Files, tmp_path: Path, say: Words
) -> None:
    chat, dialog = ChatPage(page, app.url), page.get_by_test_id("assistant-dialog")
    await form(page, app, "Baker")
    await page.get_by_test_id("assistant-model").click()
    await page.get_by_test_id("model-search").fill("echo")
    await page.locator('[data-testid="model-option"][data-model="Loop:echo"]').click()
    await files.choose(("recipe.txt", "Bread needs flour."))
    await page.evaluate(PASTE, [400, 200, "assistant-prompt"])
    dropped = [["notes.txt", "Not this one."]]
    assert await page.evaluate(DRAG, ["dragover", dropped, "assistant-prompt"])
    await expect(files.target).to_contain_text(
        say("Pictures, PDF, Office and text files, at most {most} for an assistant", most=10)
    )
    assert await page.evaluate(DRAG, ["drop", dropped, "assistant-prompt"])
    await files.are_ready(3)
    await expect(page.get_by_test_id("blind-model")).to_contain_text(
        say("{model} is not known to see pictures.", model="echo")
    )
    await page.get_by_test_id("use-seeing-model").click()
    await expect(page.get_by_test_id("blind-model")).to_have_count(0)
    await expect(page.get_by_test_id("assistant-model")).to_have_text(f"{SEES} · Loop")
    await expect(page.get_by_test_id("assistant-files")).to_contain_text(
        say("A model that is not known to see pictures gets their names only.")
    )
    await expect(files.status("recipe.txt")).to_have_text(
        f"{say('{number} B', number=18)} · {say.many('{count} token', '{count} tokens', 6)}"
    )
    await say.are_right(page)

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
    await expect(begun).to_contain_text(f"{say('Pasted picture')}.jpg")
    await say.are_right(page)
    await chat.ask("What is in it?")
    for words in ASKED:
        await expect(chat.text).to_contain_text(words)
    talk = await chat.has_address()
    await chat.ended()

    # They go with a link where their owner chose it, and with an export.
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-menu").click()
    await page.get_by_test_id("assistant-share").click()
    await expect(page.get_by_test_id("assistant-link-file")).to_have_count(2)
    await page.get_by_label("recipe.txt").check()
    await say.are_right(page)
    await page.get_by_test_id("assistant-link-create").click()
    link = await page.get_by_test_id("assistant-link").input_value()
    await expect(page.get_by_test_id("assistant-links-dialog")).to_contain_text(
        say.many("with {count} file", "with {count} files", 1)
    )
    await page.goto(link)
    await expect(page.get_by_role("listitem")).to_contain_text(
        [f"recipe.txt ({say('{number} B', number=18)})"]
    )
    await say.are_right(page)
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-menu").click()
    async with page.expect_download() as waiting:
        await page.get_by_test_id("assistant-export").click()
    exported = await waiting.value
    assert exported.suggested_filename == "Baker.zip"
    await exported.save_as(tmp_path / "Baker.zip")
    await page.get_by_test_id("import-file").set_input_files(tmp_path / "Baker.zip")
    await expect(page.get_by_test_id("assistant-entry")).to_contain_text(
        say("Already there, not added again.")
    )
    await page.keyboard.press("Escape")

    # Removed from the assistant: the conversation keeps them.
    await change(page, app, "Baker")
    await files.are_ready(2)
    for _ in range(2):
        await page.get_by_test_id("attachment-remove").first.click()
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()
    await change(page, app, "Baker")
    await expect(page.get_by_test_id("assistant-files")).to_contain_text(
        say("Add files with the button, paste them or drop them here.")
    )
    await expect(files.attached).to_have_count(0)
    await page.goto(app.url + talk)
    await page.get_by_test_id("conversation-settings").click()
    kept = page.get_by_test_id("conversation-files")
    await expect(kept.get_by_role("link")).to_have_text(["recipe.txt", f"{say('Pasted picture')}.jpg"])
    content = await page.request.get(f"{app.url}{await kept.get_by_role('link').first.get_attribute('href')}")
    assert await content.body() == b"Bread needs flour."
    await say.are_right(page)


async def test_a_document_is_cut_when_the_form_is_saved(
    page: Page, app: RunningApp, files: Files, say: Words
) -> None:
    """And not before: the form may be cancelled."""
    dialog = page.get_by_test_id("assistant-dialog")
    cut_to = say("{number} of {all}", number=2, all=say.many("{count} token", "{count} tokens", 6))

    async def cut() -> None:
        await change(page, app, "Cutter")
        await files.are_ready(1)
        await files.one("recipe.txt").get_by_test_id("attachment-open").click()
        document = page.get_by_test_id("document-dialog")
        await document.get_by_test_id("cut-tokens").fill("2")
        await document.get_by_test_id("cut-tokens").press("Enter")
        await expect(document.get_by_test_id("document-left-out")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(files.status("recipe.txt")).to_contain_text(cut_to)

    await form(page, app, "Cutter")
    await files.choose(("recipe.txt", "Bread needs flour."))
    await files.are_ready(1)
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()

    await cut()
    await dialog.get_by_role("button", name=say("Cancel"), exact=True).click()
    await expect(dialog).to_be_hidden()
    await change(page, app, "Cutter")
    await expect(files.status("recipe.txt")).to_have_text(
        f"{say('{number} B', number=18)} · {say.many('{count} token', '{count} tokens', 6)}"
    )

    await cut()
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()
    await change(page, app, "Cutter")
    await expect(files.status("recipe.txt")).to_contain_text(cut_to)


async def test_an_interrupted_upload_holds_the_form_back(
    page: Page, app: RunningApp, files: Files, say: Words
) -> None:
    dialog = page.get_by_test_id("assistant-dialog")
    await fail_one_upload(page, "slow")
    await form(page, app, "Interrupted")
    await files.choose(("slow.txt", "Words"), *((f"{number}.txt", f"Words {number}") for number in range(10)))
    await expect(page.get_by_test_id("assistant-files-problem")).to_contain_text(
        say.many(*TOO_MANY, 1, most=10)
    )
    await expect(files.one("slow.txt")).to_have_attribute("data-state", "failed")
    await page.get_by_test_id("assistant-save").click()
    await expect(page.get_by_test_id("assistant-files-problem")).to_contain_text(
        say("A file was not uploaded. Upload it again or remove it, then save.")
    )
    await expect(dialog).to_be_visible()
    await page.get_by_test_id("attachment-retry").click()
    await files.are_ready(10)
    await page.get_by_test_id("assistant-save").click()
    await expect(dialog).to_be_hidden()
    await change(page, app, "Interrupted")
    await files.are_ready(10)
