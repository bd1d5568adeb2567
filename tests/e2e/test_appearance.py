"""Theme, narrow screens and the keyboard."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation

WORD = "Donaudampfschifffahrtsgesellschaft" * 12
LINES = f"""{WORD}

# {WORD}

- {WORD}

`{WORD}`

```
{WORD}
```

| {WORD} | {WORD} |
| --- | --- |
| {WORD} | {WORD} |

https://example.org/{WORD}
"""
LONG_WORDS = conversation(WORD[:200], "echo", [WORD, LINES])
BROKEN = conversation("Broken", "error-500")
NARROW: ViewportSize = {"width": 360, "height": 640}


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [LONG_WORDS, BROKEN]


WIDER_THAN_THE_SCREEN = """() => {
    const width = document.documentElement.clientWidth;
    const inside = (element) => {
        const words = element.closest('[data-testid="message-text"]');
        for (let parent = element.parentElement; words?.contains(parent); parent = parent.parentElement)
            if (["auto", "scroll"].includes(getComputedStyle(parent).overflowX)) return true;
        return false;
    };
    const wide = [...document.querySelectorAll("main *")]
        .filter(element => element.getBoundingClientRect().right > width + 0.5 && !inside(element))
        .filter(element => getComputedStyle(element).position !== "fixed" && element.offsetWidth > 1)
        .map(element => element.outerHTML.slice(0, 120));
    return [document.scrollingElement.scrollWidth > width, wide.slice(0, 5)];
}"""


async def fits(page: Page) -> None:
    """Expect that nothing reaches beyond the right edge, apart from code and tables that scroll."""
    assert await page.evaluate(WIDER_THAN_THE_SCREEN) == [False, []]


@pytest.mark.parametrize("width", [360, 320])  # 320: a window of 1280 px at 400 %
async def test_every_page_fits_a_narrow_screen(chat: ChatPage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 640})
    await chat.open()
    await fits(page)
    await page.get_by_test_id("conversation-settings").click()
    await expect(page.get_by_test_id("system-prompt")).to_be_visible()
    await fits(page)
    await page.keyboard.press("Escape")
    await chat.picker.click()
    await expect(page.get_by_role("listbox")).to_be_visible()
    await fits(page)

    await chat.open(LONG_WORDS.path)
    await expect(chat.text.locator("table")).to_be_visible()
    await fits(page)
    await chat.open(BROKEN.path)
    await chat.ask("Try")
    await expect(chat.error_card).to_be_visible()
    await fits(page)

    await page.goto(f"{chat.url}/history")
    await expect(page.get_by_test_id("history-item").first).to_be_visible()
    await fits(page)
    await page.get_by_test_id("history-rename").first.click()
    await expect(page.get_by_test_id("history-title")).to_be_visible()
    await fits(page)

    await page.goto(f"{chat.url}/settings/models")
    await expect(page.get_by_test_id("provider-item").first).to_be_visible()
    await page.get_by_test_id("provider-add").click()
    await expect(page.get_by_test_id("provider-name")).to_be_visible()
    await fits(page)
    await page.goto(f"{chat.url}/c/{'0' * 32}")
    await expect(page.get_by_text("Conversation not found")).to_be_visible()
    await fits(page)


@pytest.mark.parametrize("width", [768, 1280, 2560])
async def test_long_words_fit_wider_screens(chat: ChatPage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await chat.open(LONG_WORDS.path)
    await expect(chat.text.locator("table")).to_be_visible()

    await fits(page)
    await expect(page.get_by_test_id("conversation-title")).to_be_visible()


async def test_the_menu_is_a_drawer_on_a_narrow_screen(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size(NARROW)
    await chat.open()
    new_chat = page.get_by_test_id("new-chat")
    await expect(new_chat).to_be_hidden()
    await page.get_by_test_id("menu").click()
    await expect(new_chat).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Escape")
    await expect(new_chat).to_be_hidden()
    await page.get_by_test_id("menu").click()
    await page.mouse.click(350, 400)
    await expect(new_chat).to_be_hidden()
    await page.get_by_test_id("menu").click()
    await page.get_by_role("link", name="Settings").click()

    await expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    await expect(new_chat).to_be_hidden()
    await page.get_by_test_id("menu").click()
    await chat.sidebar.filter(has_text=WORD[:60]).click()
    await expect(chat.messages.first).to_be_visible()
    await expect(new_chat).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_theme_is_kept_and_there_before_the_first_paint(
    chat: ChatPage, page: Page, theme: str
) -> None:
    other: Literal["dark", "light"] = "dark" if theme == "light" else "light"
    await page.emulate_media(color_scheme=other)
    await page.add_init_script(
        """window.themes = [];
        const look = () => {
            if (document.body) window.themes.push(document.documentElement.className + " " +
                getComputedStyle(document.body).colorScheme);
            requestAnimationFrame(look);
        };
        requestAnimationFrame(look);"""
    )
    await page.goto(f"{chat.url}/settings")
    button = page.get_by_test_id(f"theme-{theme}")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(f"html.{theme}")).to_have_count(1)
    await page.reload()

    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_test_id("model-picker")).not_to_be_empty()
    seen = set(await page.evaluate("window.themes"))
    assert seen == {f"{theme} {theme}"}
    await chat.open()
    await expect(page.locator(f"html.{theme}")).to_have_count(1)


async def test_the_system_s_theme_is_followed(chat: ChatPage, page: Page) -> None:
    await page.emulate_media(color_scheme="dark")
    await page.goto(f"{chat.url}/settings")
    await expect(page.get_by_test_id("theme-system")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("html.dark")).to_have_count(1)
    await page.get_by_test_id("theme-light").click()
    await expect(page.locator("html.light")).to_have_count(1)
    await page.get_by_test_id("theme-system").click()
    await expect(page.locator("html.dark")).to_have_count(1)
    await page.emulate_media(color_scheme="light")

    await expect(page.locator("html.light")).to_have_count(1)
    await expect(page.locator("html.dark")).to_have_count(0)


async def test_shortcuts(chat: ChatPage, page: Page) -> None:
    await chat.open(BROKEN.path)
    await chat.transcript.or_(page.get_by_role("main")).first.click()
    await page.get_by_test_id("conversation-settings").focus()
    await page.keyboard.press("/")
    await expect(chat.composer).to_be_focused()
    await expect(chat.composer).to_have_value("")
    await page.keyboard.type("either/or")
    await expect(chat.composer).to_have_value("either/or")
    await page.keyboard.press("Control+Shift+O")
    await page.wait_for_url(f"{chat.url}/")
    await expect(chat.composer).to_be_focused()
    await expect(chat.composer).to_have_value("")

    await page.goto(f"{chat.url}/history")
    await expect(page.get_by_test_id("history-item").first).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.get_by_test_id("search")).to_be_focused()


FOCUSED = """() => {
    const element = document.activeElement;
    return element.dataset.testid || element.getAttribute("aria-label") || element.textContent.trim();
}"""


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/", {"new-chat", "conversation-item", "History", "Settings", "model-picker", "composer"}),
        (LONG_WORDS.path, {"conversation-settings", "copy", "regenerate", "composer", "transcript"}),
        ("/history", {"search", "history-model", "history-rename", "history-delete"}),
        ("/settings", {"settings-section", "model-picker", "title-model", "default-system-prompt",
                       "default-temperature", "defaults-save", "theme-light", "theme-dark", "theme-system"}),
        ("/settings/models", {"provider-enabled", "provider-test", "provider-edit", "provider-remove",
                              "provider-add", "provider-find", "provider-move"}),
    ],
    ids=["chat", "conversation", "history", "settings", "models"],
)  # fmt: skip
async def test_tab_reaches_everything(chat: ChatPage, page: Page, path: str, wanted: set[str]) -> None:
    await page.goto(chat.url + path)
    await expect(page.get_by_test_id("conversation-item").first).to_be_visible()
    await expect(page.get_by_test_id(next(iter(wanted - {"History", "Settings"}))).first).to_be_attached()
    await page.evaluate("document.activeElement.blur()")
    reached: list[str] = []
    for _ in range(80):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate(FOCUSED))

    assert wanted - set(reached) == set()
