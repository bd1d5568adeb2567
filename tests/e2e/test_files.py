"""Files and pictures: pasted, dragged and chosen, uploaded, sent, and seen again in the conversation."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.attaching import DRAG, PASTE, Files
from tests.e2e.chat_page import ChatPage
from tests.e2e.languages import Words, browser_in, in_every_language
from tests.e2e.test_appearance import fits
from tests.running_app import RunningApp
from tests.upstreams.openai import SEES
from webchat.services.errors import PromptTooLong
from webchat.services.limits import MAX_PROMPT_BYTES

pytestmark = in_every_language
UPLOADS = re.compile(r"/api/files\?")
NOT_UPLOADED = "A file was not uploaded. Upload it again or remove it, then send the message."
TOO_MANY = (
    "A message can have {most} files. {count} was not attached.",
    "A message can have {most} files. {count} were not attached.",
)
TOO_LONG = "word " * 60_000
NOTES = "Bounded queues create backpressure. " * 40


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The sidebar has the titles of all conversations there are, which may be any words."""
    return own_app


@pytest.fixture
def files(page: Page) -> Files:
    return Files(page)


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports of uploads that are cut off and of a network that is away."""
    return ["net::ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "closed before the connection is established"]


async def test_a_pasted_photo_is_upright_small_and_seen_by_the_model(
    chat: ChatPage, files: Files, say: Words
) -> None:
    await chat.open()
    await chat.page.evaluate(PASTE, [4000, 2000])
    await expect(files.one(f"{say('Pasted picture')}.jpg").locator("img")).to_be_visible()
    await files.are_ready(1)
    await chat.page.reload()
    await files.are_ready(1)
    await chat.choose("echo")
    await expect(chat.page.get_by_test_id("blind-model")).to_contain_text(
        say("{model} is not known to see pictures.", model="echo")
    )
    await chat.page.get_by_test_id("use-seeing-model").click()
    await expect(chat.picker).to_have_text(SEES)
    await expect(chat.page.get_by_test_id("blind-model")).to_be_hidden()
    await chat.ask("What is this?")

    await expect(files.attached).to_have_count(0)
    await expect(chat.text).to_contain_text("text: What is this?")
    await expect(chat.text).to_contain_text("picture: image/jpeg 1024x2048")
    await chat.page.reload()
    picture = files.pictures.locator("img")
    await expect(picture).to_have_js_property("naturalHeight", 2048)
    content = await chat.page.request.get(f"{chat.url}{await picture.get_attribute('src')}")
    assert b"camera" not in await content.body()
    await files.pictures.click()
    await expect(chat.page.get_by_test_id("picture-dialog").locator("img")).to_be_visible()
    async with chat.page.expect_download() as waiting:
        await chat.page.get_by_test_id("picture-download").click()
    assert (await waiting.value).suggested_filename == f"{say('Pasted picture')}.jpg"


async def fail_one_upload(page: Page, name: str) -> None:
    """Cut off the first upload of a file whose name has these words."""
    failing = True

    async def fail_once(route: Route) -> None:
        nonlocal failing
        if failing and name in route.request.url:
            failing = False
            await route.abort()
        else:
            await route.continue_()

    await page.route(UPLOADS, fail_once)


async def test_dragged_files_are_uploaded_again_removed_and_sent_without_words(
    chat: ChatPage, files: Files, say: Words
) -> None:
    dragged = [["queues.txt", NOTES], ["other.md", "# Other"]]
    await chat.open()
    await chat.choose(SEES)
    await fail_one_upload(chat.page, "queues")
    assert await chat.page.evaluate(DRAG, ["dragover", dragged])
    await expect(files.target).to_contain_text(
        say.many("Drop the file to attach it", "Drop {count} files to attach them", 2)
    )
    assert await chat.page.evaluate(DRAG, ["drop", dragged])
    await expect(files.target).to_be_hidden()
    await expect(files.status("queues.txt")).to_have_text(say("The upload was interrupted."))
    await chat.composer.press("Enter")
    await expect(chat.problem).to_contain_text(say(NOT_UPLOADED))
    await files.one("queues.txt").get_by_test_id("attachment-retry").click()
    await files.are_ready(2)
    await files.one("other.md").get_by_test_id("attachment-remove").click()
    await chat.composer.press("Enter")

    await chat.has_status("complete")
    await expect(chat.text).to_contain_text("queues.txt")
    await expect(chat.text).to_contain_text("Bounded queues create backpressure.")
    await expect(chat.text).not_to_contain_text("# Other")
    await chat.page.reload()
    await expect(files.documents).to_have_count(1)
    await files.documents.click()
    await expect(chat.page.get_by_test_id("document-text")).to_contain_text("Bounded queues")


async def test_what_was_read_is_shown_and_cut_and_the_message_waits_for_its_files(
    chat: ChatPage, files: Files, say: Words
) -> None:
    await chat.open()
    await chat.choose(SEES)
    arrived = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await files.choose(("queues.txt", NOTES))
    await files.are_ready(1)
    await files.one("queues.txt").get_by_test_id("attachment-open").click()
    dialog = chat.page.get_by_test_id("document-dialog")
    await expect(dialog.get_by_test_id("document-text")).to_contain_text("Bounded queues")
    await dialog.get_by_test_id("cut-tokens").fill("9")
    await dialog.get_by_test_id("cut-tokens").press("Enter")
    await expect(dialog.get_by_test_id("document-left-out")).to_contain_text("backpressure")
    await dialog.get_by_label(say("Close")).click()
    await expect(files.status("queues.txt")).to_contain_text(
        say("{number} of {all}", number=9, all="").strip()
    )
    await chat.page.route(UPLOADS, hold)
    await files.choose(("late.txt", "It came late."))
    await expect(files.one("late.txt")).to_have_attribute("data-state", "uploading")
    await chat.send("Sum it up")
    await expect(chat.page.get_by_test_id("waiting-for-files")).to_be_visible()
    await expect(chat.questions).to_have_count(0)
    arrived.set()

    await chat.has_status("complete")
    await expect(chat.text).to_contain_text("It came late.")
    await expect(files.documents).to_have_count(2)
    await expect(files.documents.first).to_contain_text(say("{number} of {all}", number=9, all="").strip())


async def test_files_attached_offline_are_uploaded_and_sent_once_with_the_connection(
    chat: ChatPage, files: Files, say: Words
) -> None:
    await chat.open()
    await chat.choose(SEES)
    await chat.page.context.set_offline(True)
    await expect(chat.offline).to_be_visible()
    await files.choose(("train.txt", "Written on a train."))
    await expect(files.status("train.txt")).to_have_text(say("Uploads when you're back online."))
    await chat.send("Read this")
    await expect(chat.page.get_by_test_id("waiting-for-files")).to_be_visible()
    await chat.page.context.set_offline(False)

    await expect(chat.text).to_contain_text("Written on a train.", timeout=20_000)
    await expect(chat.questions).to_have_count(1)
    await expect(files.documents).to_have_count(1)


async def test_what_cannot_be_attached_says_why(chat: ChatPage, files: Files, say: Words) -> None:
    await chat.open()
    await files.choose(("program", "\x7fELF\0\0"), ("empty.txt", ""))
    await expect(files.status("program")).to_contain_text(
        say("This is neither a picture nor a document that can be read.")
    )
    await expect(files.status("empty.txt")).to_have_text(say("This file is empty."))
    await files.choose(*((f"{number}.txt", "words") for number in range(9)))

    await expect(chat.problem).to_have_text(say.many(*TOO_MANY, 1, most=10))
    await expect(files.attached).to_have_count(10)
    await say.are_right(chat.page)


async def test_on_a_phone_the_camera_is_offered_and_a_message_with_files_fits(
    chat: ChatPage, browser: Browser, language: str, say: Words
) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, **browser_in(language)
    )
    phone = ChatPage(await context.new_page(), chat.url)
    files = Files(phone.page)
    await phone.open()
    await phone.choose(SEES)
    await phone.page.get_by_test_id("attach").tap()
    async with phone.page.expect_file_chooser() as waiting:
        await phone.page.get_by_test_id("attach-photo-item").tap()
    assert await (await waiting.value).element.get_attribute("capture") == "environment"
    await phone.page.evaluate(PASTE, [1200, 900])
    await files.choose(("A long name of a file that does not fit on a phone.txt", NOTES))
    await files.are_ready(2)
    await fits(phone.page)
    await say.are_right(phone.page)
    await phone.send("Look")
    await phone.send_button.tap()

    await expect(files.pictures.locator("img")).to_have_js_property("naturalWidth", 900)
    await fits(phone.page)
    await say.are_right(phone.page)
    await context.close()


async def test_an_edit_keeps_the_files_that_are_not_removed(chat: ChatPage, files: Files, say: Words) -> None:
    await chat.open()
    await chat.choose(SEES)
    await files.choose(("one.txt", "The first."), ("two.txt", "The second."))
    await files.are_ready(2)
    await chat.ask("Both")
    await chat.questions.hover()
    await chat.questions.get_by_test_id("edit").click()
    await chat.page.get_by_label(say("Remove {name}", name="one.txt")).click()
    await chat.page.get_by_test_id("message-editor").press("Enter")

    await expect(chat.page.get_by_test_id("branch-place").first).to_have_text("2/2")
    await chat.has_status("complete")
    await expect(files.documents).to_have_count(1)
    await expect(chat.text).to_contain_text("The second.")
    await expect(chat.text).not_to_contain_text("The first.")


async def test_an_edit_adds_files_chosen_pasted_and_dragged(chat: ChatPage, files: Files, say: Words) -> None:
    editor, target = chat.page.get_by_test_id("message-editor"), "message-editor"
    await chat.open()
    await chat.choose(SEES)
    await files.choose(("one.txt", "The first."))
    await files.are_ready(1)
    await chat.ask("Read it")
    await chat.questions.hover()
    await chat.questions.get_by_test_id("edit").click()
    await expect(editor).to_be_visible()
    await fail_one_upload(chat.page, "dragged")
    assert await chat.page.evaluate(DRAG, ["dragover", [["note.txt", "N"]]])
    await expect(files.target).to_have_count(1)
    assert await chat.page.evaluate(DRAG, ["dragover", [["note.txt", "N"]], target])
    await expect(files.target).to_have_count(1)  # only over the edit
    assert await chat.page.evaluate(DRAG, ["drop", [["dragged.txt", "It was dragged."]], target])
    await expect(files.target).to_have_count(0)
    await expect(files.status("dragged.txt")).to_have_text(say("The upload was interrupted."))
    await editor.press("Enter")
    await expect(chat.page.get_by_test_id("edit-problem")).to_contain_text(say(NOT_UPLOADED))
    await files.one("dragged.txt").get_by_test_id("attachment-retry").click()
    await chat.page.evaluate(PASTE, [400, 200, target])
    await files.choose(("chosen.txt", "It was chosen."), ("other.txt", "Not this one."))
    await files.are_ready(4)
    await files.one("other.txt").get_by_test_id("attachment-remove").click()
    await files.are_ready(3)
    await say.are_right(chat.page)
    await editor.press("Enter")

    await expect(chat.page.get_by_test_id("branch-place").first).to_have_text("2/2")
    await chat.has_status("complete")
    await expect(files.attached).to_have_count(0)
    await expect(files.documents).to_have_count(3)
    for words in ("The first.", "It was dragged.", "It was chosen.", "picture: image/jpeg 200x400"):
        await expect(chat.text).to_contain_text(words)
    await expect(chat.text).not_to_contain_text("Not this one.")
    await chat.questions.get_by_label(say("Previous version")).click()
    await expect(files.documents).to_have_count(1)


async def test_an_edit_waits_for_its_files_and_cancelling_removes_them(
    chat: ChatPage, files: Files, say: Words
) -> None:
    await chat.open()
    await chat.choose(SEES)
    await chat.ask("Read it")
    await chat.questions.hover()
    await chat.questions.get_by_test_id("edit").click()
    editor = chat.page.get_by_test_id("message-editor")
    await expect(editor).to_be_visible()
    await files.choose(*((f"{number}.txt", "words") for number in range(11)))
    await expect(chat.page.get_by_test_id("edit-problem")).to_contain_text(say.many(*TOO_MANY, 1, most=10))
    await files.are_ready(10)
    async with chat.page.expect_request(lambda request: request.method == "DELETE"):
        await chat.page.get_by_role("button", name=say("Cancel"), exact=True).click()
    await expect(editor).to_have_count(0)
    await expect(files.attached).to_have_count(0)

    arrived = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await chat.page.route(UPLOADS, hold)
    await chat.questions.hover()
    await chat.questions.get_by_test_id("edit").click()
    await expect(editor).to_be_visible()
    await expect(files.attached).to_have_count(0)
    await files.choose(("late.txt", "It came late."))
    await chat.page.get_by_test_id("edit-save").click()
    await expect(chat.page.get_by_test_id("edit-note")).to_have_text(
        say("Sends when the files are uploaded.")
    )
    arrived.set()
    await chat.has_status("complete")
    await expect(chat.text).to_contain_text("It came late.")


@pytest.mark.parametrize("left", ["cancelled", "for a new chat"])
async def test_leaving_an_edit_that_was_refused_removes_its_files(
    chat: ChatPage, files: Files, left: str, say: Words
) -> None:
    await chat.open()
    await chat.choose(SEES)
    await chat.ask("Read it")
    await chat.questions.hover()
    await chat.questions.get_by_test_id("edit").click()
    editor = chat.page.get_by_test_id("message-editor")
    await expect(editor).to_be_visible()
    async with chat.page.expect_response(UPLOADS) as uploaded:
        await files.choose(("unwanted.txt", "Never sent."))
    address = f"{chat.url}/api/files/{(await (await uploaded.value).json())['id']}"
    await files.are_ready(1)
    await editor.fill(TOO_LONG)
    await editor.press("Enter")
    await expect(chat.page.get_by_test_id("notice")).to_have_text(
        say.why(PromptTooLong(len(TOO_LONG), MAX_PROMPT_BYTES))
    )
    await expect(files.attached).to_have_count(1)
    assert (await chat.page.request.get(address)).ok

    async with chat.page.expect_request_finished(lambda request: request.method == "DELETE"):
        if left == "cancelled":
            await chat.page.get_by_role("button", name=say("Cancel"), exact=True).click()
        else:
            await chat.page.get_by_test_id("new-chat").first.click()

    await expect(editor).to_have_count(0)
    assert (await chat.page.request.get(address)).status == 404
