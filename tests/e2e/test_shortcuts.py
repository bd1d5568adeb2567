"""The keyboard shortcuts: what each does, when it does not, and their settings."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.socket_gate import SocketGate
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp

CODE = "Two blocks:\n\n```python\nfirst = 1\n```\n\nand\n\n```js\nlet second = 2;\n```"
TALK = conversation("Code talk", "echo", ["Show me code", CODE, "And now?", "The last answer."])
HELD = conversation("Held until it is edited", "hold-up")
WRITTEN_ON = conversation("Held and written on", "hold-on")
DOOMED = conversation("Doomed talk", "echo", ["Hi", "Hello"])


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TALK, HELD, WRITTEN_ON, DOOMED]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """Shortcuts are changed here."""
    return own_app


async def clipboard(page: Page) -> str:
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_sidebar_is_hidden_and_shown(chat: ChatPage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await chat.open(TALK.path)
    new_chat, shown = page.get_by_test_id("new-chat"), width == 1280
    await expect(new_chat).to_be_visible(visible=shown)
    await page.keyboard.press("Control+Shift+S")
    await expect(new_chat).to_be_visible(visible=not shown)
    if shown:
        await page.reload()
        await expect(chat.messages.first).to_be_visible()
        await expect(new_chat).to_be_hidden()
        await page.get_by_test_id("menu").click()
    else:
        await page.keyboard.press("Control+Shift+S")
    await expect(new_chat).to_be_visible(visible=shown)


async def test_focus_goes_to_the_message_box(chat: ChatPage, page: Page) -> None:
    await chat.open(TALK.path)
    await page.get_by_test_id("model-picker").focus()
    await page.keyboard.press("Shift+Escape")
    await expect(chat.composer).to_be_focused()


async def test_the_last_answer_and_code_block_are_copied(chat: ChatPage, page: Page) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.open(TALK.path)
    await expect(chat.text).to_have_text("The last answer.")
    await expect(page.get_by_test_id("copy-code")).to_have_count(2)
    await page.keyboard.press("Control+Shift+C")
    await expect(page.get_by_test_id("said")).to_have_text("Answer copied")
    assert await clipboard(page) == "The last answer."
    await page.keyboard.press("Control+Shift+;")
    await expect(page.get_by_test_id("said")).to_have_text("Code copied")
    assert (await clipboard(page)).strip() == "let second = 2;"


async def test_a_conversation_is_deleted_with_undo(chat: ChatPage, page: Page) -> None:
    await chat.open(DOOMED.path)
    await expect(chat.text).to_have_text("Hello")
    await page.keyboard.press("Control+Shift+Backspace")
    await expect(page.get_by_test_id("undo-bar")).to_contain_text("Doomed talk")
    await expect(page.locator(f'[data-id="{DOOMED.id}"]')).to_have_count(0)
    await page.get_by_test_id("undo").click()
    await expect(page.locator(f'[data-id="{DOOMED.id}"]')).to_have_count(1)


async def test_arrow_up_edits_the_last_message(chat: ChatPage, page: Page) -> None:
    await chat.open(TALK.path)
    await chat.composer.fill("two\nlines")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("message-editor")).to_have_count(0)
    await chat.composer.fill("")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("message-editor")).to_have_value("And now?")
    await expect(page.get_by_test_id("message-editor")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("message-editor")).to_have_count(0)


async def test_arrow_up_edits_a_message_as_soon_as_its_answer_has_ended(
    chat: ChatPage, page: Page, upstream: Upstream
) -> None:
    await chat.open(HELD.path)
    await chat.send("Just sent")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("said")).to_have_text("Opens for editing when the answer has ended")
    await expect(page.get_by_test_id("message-editor")).to_have_count(0)
    await upstream.release("up")

    await expect(page.get_by_test_id("message-editor")).to_have_value("Just sent")
    await expect(page.get_by_test_id("message-editor")).to_be_focused()


async def test_arrow_up_is_forgotten_by_who_writes_on(chat: ChatPage, page: Page, upstream: Upstream) -> None:
    await chat.open(WRITTEN_ON.path)
    await chat.send("And this")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("said")).not_to_be_empty()
    await page.keyboard.type("Next")
    await upstream.release("on")
    await chat.has_status("complete")
    await expect(page.get_by_test_id("edit")).to_be_enabled()

    await expect(page.get_by_test_id("message-editor")).to_have_count(0)
    await chat.composer.fill("")


async def test_arrow_up_edits_a_message_that_is_not_there_yet(chat: ChatPage, page: Page) -> None:
    gate = SocketGate()
    gate.close()
    await gate.attach(page)
    await page.goto(chat.url + TALK.path)
    await expect(chat.composer).to_be_focused()
    await expect(chat.messages).to_have_count(0)
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("said")).not_to_be_empty()
    gate.open()

    await expect(page.get_by_test_id("message-editor")).to_have_value("And now?")


async def test_the_sheet_lists_all_keys(chat: ChatPage, page: Page) -> None:
    await chat.open(TALK.path)
    await page.keyboard.press("Control+/")
    sheet = page.get_by_test_id("shortcut-sheet")
    for text in ("Ctrl+K", "Ctrl+Shift+Backspace", "Stop the answer", "Shift+Enter"):
        await expect(sheet).to_contain_text(text)
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await expect(chat.composer).to_be_focused()


async def test_keys_do_nothing_behind_a_dialog(chat: ChatPage, page: Page) -> None:
    await chat.open(TALK.path)
    await page.get_by_test_id("share-open").click()
    dialog = page.get_by_test_id("share-dialog")
    await expect(dialog).to_be_visible()
    for keys in ("Control+K", "Control+Shift+Backspace", "Control+/", "Shift+Escape"):
        await page.keyboard.press(keys)
    await expect(page.get_by_test_id("undo-bar")).to_have_count(0)
    await expect(page.get_by_test_id("palette")).to_have_count(0)
    await expect(page.get_by_test_id("shortcut-sheet")).to_be_hidden()


COMPOSING = """element => element.dispatchEvent(new KeyboardEvent("keydown", {
    key: "k", code: "KeyK", ctrlKey: true, isComposing: true, bubbles: true, cancelable: true }))"""


async def test_keys_do_nothing_during_composition(chat: ChatPage, page: Page) -> None:
    await chat.open(TALK.path)
    assert await chat.composer.evaluate(COMPOSING)  # not prevented
    await expect(page.get_by_test_id("palette")).to_have_count(0)
    await page.keyboard.press("Control+K")
    await expect(page.get_by_test_id("palette")).to_be_visible()


async def test_a_shortcut_is_changed_refused_turned_off_and_reset(chat: ChatPage, page: Page) -> None:
    await page.goto(f"{chat.url}/settings/keyboard")

    palette, stop = page.locator('[data-shortcut="palette"]'), page.locator('[data-shortcut="stop"]')
    keys = palette.get_by_test_id("shortcut-keys")
    await expect(keys).to_have_text("Ctrl+K")
    await keys.click()
    await expect(keys).to_have_text("Press the keys…")
    await page.keyboard.press("Control+Shift+O")
    await expect(palette.get_by_test_id("shortcut-problem")).to_contain_text("already used for “New chat”")
    await page.keyboard.press("Control+T")
    await expect(palette.get_by_test_id("shortcut-problem")).to_contain_text("belongs to the browser")
    await page.keyboard.press("Control+J")
    await expect(keys).to_have_text("Ctrl+J")
    await expect(palette.get_by_test_id("shortcut-problem")).to_have_count(0)
    await page.keyboard.press("Control+K")
    await expect(page.get_by_test_id("palette")).to_have_count(0)
    await page.keyboard.press("Control+J")
    await expect(page.get_by_test_id("palette")).to_be_visible()
    await page.keyboard.press("Control+J")
    await expect(page.get_by_test_id("palette")).to_have_count(0)

    await stop.get_by_test_id("shortcut-off").click()
    await expect(stop.get_by_test_id("shortcut-keys")).to_have_text("Off")
    other = await page.context.browser.new_context()  # type: ignore[union-attr]
    elsewhere = await other.new_page()
    await elsewhere.goto(f"{chat.url}/settings/keyboard")
    mine = elsewhere.locator('[data-shortcut="palette"]').get_by_test_id("shortcut-keys")
    await expect(mine).to_have_text("Ctrl+J")
    await page.get_by_test_id("shortcuts-reset").click()
    await expect(keys).to_have_text("Ctrl+K")
    await expect(stop.get_by_test_id("shortcut-keys")).to_have_text("Esc")
    await expect(mine).to_have_text("Ctrl+K")
    await other.close()


async def test_a_turned_off_stop_key_stops_nothing(chat: ChatPage, page: Page, upstream: Upstream) -> None:
    await page.goto(f"{chat.url}/settings/keyboard")
    stop = page.locator('[data-shortcut="stop"]')
    await stop.get_by_test_id("shortcut-off").click()
    await expect(stop.get_by_test_id("shortcut-keys")).to_have_text("Off")
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    await expect(chat.stop_button).to_be_visible()
    await page.keyboard.press("Escape")
    await chat.has_status("streaming")
    await upstream.release()
    await chat.ended()
    await chat.has_status("complete")
    await page.goto(f"{chat.url}/settings/keyboard")
    await stop.get_by_test_id("shortcut-default").click()
    await expect(stop.get_by_test_id("shortcut-keys")).to_have_text("Esc")


async def test_a_mac_shows_and_uses_cmd(chat: ChatPage, page: Page) -> None:
    await page.add_init_script("Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' })")
    await chat.open(TALK.path)
    await page.keyboard.press("Meta+/")
    await expect(page.get_by_test_id("shortcut-sheet")).to_contain_text("⇧⌘O")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Meta+K")
    await expect(page.get_by_test_id("palette")).to_be_visible()
