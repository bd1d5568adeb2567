"""Files where a conversation leaves webchat: on the page of a link, if their owner chose it, and on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest
from playwright.async_api import Browser, Page, expect
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

from tests.e2e.attaching import PASTE, Files
from tests.e2e.chat_page import ChatPage
from tests.e2e.languages import Words, browser_in, in_every_language
from tests.e2e.test_share_dialog import Dialog, reader
from tests.running_app import RunningApp

pytestmark = in_every_language
NOTES = "Notes on bounded queues and on what they cost, second version.txt"


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The sidebar has the titles of all conversations there are, which may be any words."""
    return own_app


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports of an address that is gone."""
    return ["404"]


@pytest.fixture
def dialog(chat: ChatPage) -> Dialog:
    return Dialog(chat)


async def ask_about_files(chat: ChatPage) -> Files:
    """Begin a conversation with a picture and a document."""
    files = Files(chat.page)
    await chat.open()
    await chat.choose("reasoning")  # does not repeat the files' words
    await chat.page.evaluate(PASTE, [800, 600])
    await files.choose((NOTES, "Bounded queues create backpressure."))
    await files.are_ready(2)
    await chat.ask("What do these have in common?")
    await chat.has_address()
    await expect(files.pictures).to_have_count(1)
    await expect(files.documents).to_have_count(1)
    return files


async def test_s11_files_are_on_the_page_of_a_link_only_while_their_owner_wants_it(
    dialog: Dialog, browser: Browser, language: str, say: Words
) -> None:
    files = await ask_about_files(dialog.chat)
    own = [
        str(await each.get_attribute("href")).split("/")[-2]
        for each in (files.pictures.first, files.documents.first)
    ]
    choice = dialog.get("include-files")
    await dialog.button.click()
    await expect(choice).not_to_be_checked()
    await say.are_right(dialog.page)
    address = await dialog.publish()
    async with reader(browser, **browser_in(language)) as page:
        await page.goto(address)
        await expect(page.get_by_role("article")).to_have_count(2)
        await shows_no_file(page)
        for file_id in own:
            assert (await page.request.get(f"{address}/files/{file_id}")).status == 404

        await update(dialog, with_files=True)
        await page.reload()
        await expect(page.locator("ul.files li")).to_have_count(2)
        await expect(page.locator("ul.files")).to_contain_text(NOTES)
        await say.are_all(page)
        picture = page.locator("ul.files img")
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        links = page.locator("ul.files a")
        addresses = [str(link) for link in await links.evaluate_all("links => links.map(({href}) => href)")]
        addresses.append(str(await picture.evaluate("image => image.src")))
        found = [await page.request.get(each) for each in addresses]
        assert [each.status for each in found] == [200] * len(addresses)
        assert b"Bounded queues create backpressure." in [await each.body() for each in found]

        await update(dialog, with_files=False)
        await page.reload()
        await expect(page.get_by_role("article")).to_have_count(2)
        await shows_no_file(page)
        for each in addresses:
            assert (await page.request.get(each)).status == 404


async def update(dialog: Dialog, *, with_files: bool) -> None:
    """Change what the link shows."""
    await dialog.get("done").click()
    await dialog.button.click()
    choice = dialog.get("include-files")
    await expect(choice).to_be_checked(checked=not with_files)
    await choice.click()
    await expect(choice).to_be_checked(checked=with_files)
    await dialog.get("update").click()
    await dialog.made()


async def shows_no_file(page: Page) -> None:
    """Expect neither a file nor its name."""
    await expect(page.locator("ul.files")).to_have_count(0)
    source = await page.content()
    assert NOTES not in source
    assert "/files/" not in source


async def test_a_conversation_is_printed_with_its_files_and_without_controls(
    chat: ChatPage, tmp_path: Path, say: Words
) -> None:
    files, page = await ask_about_files(chat), chat.page
    picture = files.pictures.locator("img")
    name = str(await picture.get_attribute("alt"))
    await page.emulate_media(media="print")

    for control in (chat.composer, chat.picker, chat.sidebar.first):
        await expect(control).to_be_hidden()
    await expect(page.get_by_role("button")).to_have_count(0)  # none is visible
    await expect(files.documents).to_be_visible()
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    paper = tmp_path / "conversation.pdf"
    await page.pdf(path=paper)

    with pypdfium2.PdfDocument(paper) as document:
        pages = [document[number] for number in range(len(document))]
        text = " ".join(each.get_textpage().get_text_bounded() for each in pages)
        pictures = [each for one in pages for each in one.get_objects(filter=[FPDF_PAGEOBJ_IMAGE])]
    text = re.sub(r"\s+", " ", text)
    assert "What do these have in common?" in text
    assert NOTES in text
    assert name in text
    assert say("Copy") not in text
    assert pictures
