"""A browser whose storage is full or forbidden: nothing that was written is lost without a word."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation

HERE = conversation("Storage is full", turns=["Hi", "Hello there"])
THERE = conversation("Storage is forbidden", turns=["Hi", "Hello there"])
OTHER = conversation("Beside it", turns=["Hi", "Hello there"])

FULL = """
const setItem = Storage.prototype.setItem;
Storage.prototype.setItem = function (key, value) {
  if (this === localStorage && window.full) throw new DOMException("full", "QuotaExceededError");
  setItem.call(this, key, value);
};
window.full = true;
"""
FORBIDDEN = """
for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, {
    configurable: true,
    get() { throw new DOMException("forbidden", "SecurityError"); },
  });
}
"""
ASKS_BEFORE_CLOSING = """
() => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }))
"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [HERE, THERE, OTHER]


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports when the network is away."""
    return ["ERR_INTERNET_DISCONNECTED", "closed before the connection is established"]


@pytest.mark.parametrize(("script", "here"), [(FULL, HERE), (FORBIDDEN, THERE)], ids=["full", "forbidden"])
async def test_a_message_written_offline_is_sent_without_storage(
    chat: ChatPage, script: str, here: Planted
) -> None:
    await chat.page.add_init_script(script)
    await chat.open(here.path)
    await expect(chat.text).to_have_text("Hello there")
    await chat.page.context.set_offline(True)
    await expect(chat.offline).to_be_visible()
    await chat.send("Kept in the tab")
    await expect(chat.unsent).to_contain_text("Kept in the tab")
    await expect(chat.page.get_by_test_id("only-in-this-tab")).to_be_visible()
    assert await chat.page.evaluate(ASKS_BEFORE_CLOSING)  # and the page goes on when the person stays
    await chat.page.context.set_offline(False)
    await expect(chat.offline).to_be_hidden(timeout=15_000)

    await expect(chat.questions.get_by_test_id("message-text")).to_have_text(["Hi", "Kept in the tab"])
    await expect(chat.text).to_have_text("Kept in the tab")
    await expect(chat.unsent).to_be_hidden()
    await expect(chat.page.get_by_test_id("only-in-this-tab")).to_be_hidden()
    assert not await chat.page.evaluate(ASKS_BEFORE_CLOSING)


async def test_a_draft_is_kept_in_the_tab_until_storage_takes_it(chat: ChatPage) -> None:
    await chat.page.add_init_script(FULL)
    await chat.open(HERE.path)
    await chat.composer.fill("A draft")
    await expect(chat.page.get_by_test_id("only-in-this-tab")).to_be_visible()
    await chat.sidebar.filter(has_text=OTHER.title).click()
    await expect(chat.composer).to_have_value("")
    await chat.sidebar.filter(has_text=HERE.title).click()
    await expect(chat.composer).to_have_value("A draft")
    await chat.page.evaluate("window.full = false")
    await chat.composer.press_sequentially(" that fits")

    await expect(chat.page.get_by_test_id("only-in-this-tab")).to_be_hidden()
    await chat.page.reload()
    await expect(chat.composer).to_have_value("A draft that fits")
