"""Assistants as people use them: made, begun, changed, shared, added by another person, deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.languages import Words, browser_in
from tests.e2e.planting import plant
from tests.e2e.test_accounts import another_browser, fill_in
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp
from webchat.words.language import LANGUAGES

pytestmark = pytest.mark.parametrize("language", sorted(LANGUAGES), scope="module")


@pytest.fixture(scope="module")
def app(
    built: None, upstream: Upstream, language: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    """A webchat with accounts, for each language."""
    data_dir = tmp_path_factory.mktemp("assistants") / "data"
    plant(data_dir, upstream.url, [])
    running = RunningApp(data_dir, {"WEBCHAT_HOST": "0.0.0.0"}).start()
    yield running
    running.kill()


async def test_an_assistant_from_its_form_to_another_person(
    page: Page, browser: Browser, app: RunningApp, tmp_path: Path, language: str, say: Words
) -> None:
    await page.goto(app.setup_link())
    await fill_in(page, "setup-form", "ann")
    chat = ChatPage(page, app.url)
    await expect(chat.composer).to_be_visible()
    rows = page.get_by_test_id("assistant")
    in_sidebar = page.get_by_test_id("sidebar-assistant")

    # Made in Settings.
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-add").click()
    await page.get_by_test_id("assistant-name").fill("Cook")
    await page.get_by_test_id("assistant-description").fill("Explains each step")
    Image.new("RGB", (600, 400), "orange").save(tmp_path / "cook.png")
    await page.get_by_test_id("assistant-picture").set_input_files(tmp_path / "cook.png")
    await expect(page.get_by_test_id("assistant-no-picture")).to_be_visible()
    await page.get_by_test_id("assistant-model").click()
    await page.get_by_test_id("model-search").fill("Loop:parameters")
    await page.locator('[data-testid="model-option"][data-model="Loop:parameters"]').click()
    await page.get_by_test_id("assistant-prompt").fill("You are a cook.")
    await page.get_by_test_id("assistant-starters").fill("What with two eggs?\nHow do I bake bread?")
    await page.get_by_test_id("assistant-temperature").fill("0.5")
    await say.are_right(page)
    await page.get_by_test_id("assistant-save").click()
    await expect(rows).to_have_count(1)
    picture = rows.locator("img")
    await expect(picture).to_have_js_property("naturalWidth", 128)
    await say.are_right(page)

    # Begun from the sidebar, with a starter.
    await expect(in_sidebar).to_have_text("Cook")
    await in_sidebar.click()
    await expect(page.get_by_test_id("greeting")).to_have_text("Cook")
    await expect(page.get_by_test_id("starter")).to_have_count(2)
    await say.are_right(page)
    await page.get_by_test_id("starter").first.click()
    talk = await chat.has_address()
    await expect(page.get_by_test_id("conversation-assistant")).to_have_attribute(
        "title", say("New chat with {name}", name="Cook")
    )
    await chat.ended()
    sent = json.loads(await chat.stored_text())
    assert sent["messages"][0] == {"role": "system", "content": "You are a cook."}
    assert sent["temperature"] == 0.5
    await expect(chat.sidebar.first.locator("img")).to_be_visible()

    # Found by the palette and by a command.
    await page.keyboard.press("ControlOrMeta+k")
    await page.get_by_test_id("palette-search").fill("cook")
    await page.get_by_test_id("palette-item").filter(has_text="Explains each step").click()
    await expect(page.get_by_test_id("greeting")).to_have_text("Cook")
    await page.goto(app.url)
    await expect(page.get_by_test_id("greeting")).not_to_have_text("Cook")
    await chat.composer.press_sequentially("/assistant co")
    await page.get_by_test_id("slash-item").filter(has_text="Cook").click()
    await expect(page.get_by_test_id("greeting")).to_have_text("Cook")

    # Changed: the conversation keeps what it was begun with.
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-menu").click()
    await page.get_by_test_id("assistant-edit").click()
    await page.get_by_test_id("assistant-prompt").fill("You bake.")
    await page.get_by_test_id("assistant-no-picture").click()
    await page.get_by_test_id("assistant-symbol").fill("B")
    await page.locator('input[name="colour"][value="violet"]').check()
    await page.get_by_test_id("assistant-save").click()
    await expect(rows.locator('.face[data-colour="violet"]')).to_have_text("B")
    await page.goto(app.url + talk)
    await page.get_by_test_id("conversation-settings").click()
    await expect(page.get_by_test_id("system-prompt")).to_have_value("You are a cook.")

    # Shared by a link.
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-menu").click()
    await page.get_by_test_id("assistant-share").click()
    await page.get_by_test_id("assistant-link-create").click()
    link = await page.get_by_test_id("assistant-link").input_value()
    await say.are_right(page)
    invitation = await invited(page, app)

    async with another_browser(browser, **browser_in(language)) as other:
        await other.goto(link)
        await expect(other.get_by_role("heading", name="Cook")).to_be_visible()
        await expect(other.get_by_text("You bake.")).to_be_hidden()
        await say.are_right(other)
        await other.get_by_role("button", name=say("Sign in to add it")).click()
        await expect(other.get_by_test_id("sign-in-form")).to_be_visible()
        await other.goto(invitation)
        await fill_in(other, "invite-form", "bob")
        await expect(ChatPage(other, app.url).composer).to_be_visible()
        await other.goto(link)
        await other.get_by_role("button", name=say("Add to my assistants")).click()
        await expect(other.get_by_test_id("greeting")).to_have_text("Cook")
        await expect(other.get_by_test_id("sidebar-assistant")).to_have_text(re.compile("Cook"))

    # Deleted, and brought back.
    await page.goto(f"{app.url}/settings/assistants")
    await page.get_by_test_id("assistant-menu").click()
    await page.get_by_test_id("assistant-delete").click()
    await expect(rows).to_have_count(0)
    await expect(in_sidebar).to_have_count(0)
    await page.get_by_test_id("undo").click()
    await expect(rows).to_have_count(1)

    # Exported and imported again.
    await page.get_by_test_id("assistant-menu").click()
    async with page.expect_download() as waiting:
        await page.get_by_test_id("assistant-export").click()
    file = tmp_path / "exported.json"
    await (await waiting.value).save_as(file)
    content = json.loads(file.read_text())
    content["assistants"].append({"name": "Second"})
    file.write_text(json.dumps(content))
    await page.get_by_test_id("import-file").set_input_files(file)
    await expect(page.get_by_test_id("assistant-entry")).to_contain_text(
        [say("Already there, not added again."), say("New.")]
    )
    await say.are_right(page)
    await page.get_by_test_id("assistant-import-begin").click()
    await expect(rows).to_have_count(2)
    await rows.nth(1).locator("[data-handle]").focus()
    await page.keyboard.press("ArrowUp")
    await expect(rows.first).to_contain_text("Second")


async def invited(page: Page, app: RunningApp) -> str:
    """A link with which another person makes an account."""
    await page.goto(f"{app.url}/settings/people")
    await page.get_by_test_id("invite").click()
    return await page.get_by_test_id("invite-link").input_value()
