"""What a page looks like in each of its states: first, empty, waiting, failed, in the background."""

from __future__ import annotations

import asyncio
import re
from typing import Literal

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.e2e.axe import violations, violations_in_both_schemes
from tests.e2e.chat_page import ChatPage
from tests.e2e.gallery_states import BREAKS
from tests.e2e.planting import Planted, conversation
from tests.e2e.upstream import Upstream
from tests.e2e.waiting import until
from tests.running_app import RunningApp

LINES = "\n".join(f"line {number} of a log" for number in range(80))
LONG_QUESTION = conversation("A log", turns=[LINES, "Short."])
ANSWERED = conversation("Answered", turns=["Hi", "A quick answer, быстрый ответ, with `code`."])
HELD = conversation("Held", "hold-look")
RICH = conversation(
    "Rich",
    turns=[
        "How? <script>alert(1)</script>",
        "# Steps\n\nSome **bold** words.\n\n- `run` it\n- read\n\n```js\nlet x = 1;\n```\n\n<img src=x>\n\n"
        "The last words.",
    ],
)


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [LONG_QUESTION, ANSWERED, HELD, RICH]


async def box(element: Locator) -> dict[str, float]:
    found = await element.bounding_box()
    assert found is not None
    top, height = found["y"], found["height"]
    return {"y": top, "height": height, "middle": top + height / 2, "bottom": top + height}


@pytest.fixture
def icon(page: Page) -> Locator:
    """The tag of the tab's icon."""
    return page.locator('link[rel="icon"]')


async def hide(page: Page, hidden: bool) -> None:
    """Make the page believe that its tab is in the background."""
    await page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def test_a_new_chat_has_its_box_in_the_middle(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 800})
    await chat.open()
    await expect(page.get_by_test_id("starter").first).to_be_visible()
    assert 300 < (await box(chat.composer))["middle"] < 500
    await chat.ask("Hello", "echo")

    await expect(page.get_by_test_id("starter")).to_have_count(0)
    await page.wait_for_function(
        "() => document.querySelector('[data-testid=composer]').getBoundingClientRect().bottom > 740"
    )


async def test_a_new_chat_on_a_phone_has_its_box_below(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await chat.open()
    starter = page.get_by_test_id("starter").last
    await expect(starter).to_be_in_viewport(ratio=1)

    assert (await box(chat.composer))["bottom"] > 780
    assert (await box(starter))["bottom"] < (await box(chat.composer))["y"]


async def test_starters_suit_the_model_and_are_sent(chat: ChatPage, page: Page) -> None:
    await chat.open()
    await chat.choose("echo")
    starter = page.get_by_test_id("starter").filter(has_text="Lisbon")
    await starter.click()

    await expect(chat.questions).to_contain_text("Lisbon")
    await chat.ended()


@pytest.mark.parametrize("path", ["/c/0123", "/", "/settings/models", "/history"])
async def test_a_page_is_not_blank_before_scripts_run(browser: Browser, app: RunningApp, path: str) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(app.url + path)

    await expect(page.get_by_text("webchat", exact=True).first).to_be_visible()
    await expect(page.locator("main")).to_be_visible()
    assert await page.locator(".skeleton").count() > 4
    await context.close()


async def test_a_conversation_can_be_read_before_its_page_has_loaded(chat: ChatPage, page: Page) -> None:
    loading = asyncio.Event()

    async def late(route: Route) -> None:
        await loading.wait()
        await route.continue_()

    await page.route(re.compile(r"/assets/.*\.js$"), late)
    await page.goto(chat.url + RICH.path, wait_until="commit")
    early = page.get_by_test_id("early-text")

    await expect(early.locator("article")).to_have_count(2)
    await expect(early.locator("h3")).to_have_text("Steps")
    await expect(early.locator("li code")).to_have_text("run")
    await expect(early.locator("strong")).to_have_text("bold")
    await expect(early.locator("pre")).to_have_text("let x = 1;")
    early_place = await box(early.get_by_text("The last words."))
    await expect(early.locator("script, img")).to_have_count(0)
    loading.set()
    await expect(chat.text).to_contain_text("The last words.")
    await expect(early).to_have_count(0)
    assert abs((await box(chat.text.get_by_text("The last words.")))["y"] - early_place["y"]) < 120


async def test_a_long_question_is_folded(chat: ChatPage, page: Page) -> None:
    await chat.open(LONG_QUESTION.path)
    fold = page.get_by_test_id("fold-question")
    await expect(fold).to_have_text("Show more")
    assert (await box(chat.questions.first))["height"] < 400
    await fold.click()
    await expect(fold).to_have_text("Show less")
    assert (await box(chat.questions.first))["height"] > 1500
    await fold.click()

    assert (await box(chat.questions.first))["height"] < 400


async def test_a_question_on_a_phone_has_one_menu(browser: Browser, app: RunningApp) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    chat = ChatPage(await context.new_page(), app.url)
    await chat.open(ANSWERED.path)
    question = chat.questions.first
    await expect(question.get_by_test_id("edit")).to_be_hidden()
    menu = question.get_by_test_id("question-menu")
    assert (await box(menu))["bottom"] <= (await box(question))["bottom"]
    await menu.tap()
    await expect(chat.page.get_by_test_id("question-delete")).to_be_visible()
    await chat.page.get_by_test_id("question-edit").tap()

    await expect(chat.page.get_by_test_id("message-editor")).to_be_visible()
    await context.close()


async def test_a_notice_leaves_unless_it_is_used(chat: ChatPage, page: Page) -> None:
    await page.clock.install()
    await page.goto(f"{chat.url}/settings")
    await expect(page.get_by_test_id("title-model")).to_be_visible()
    notice = page.get_by_test_id("notice")
    await page.get_by_test_id("defaults-save").click()
    await expect(notice).to_contain_text("Saved")
    await notice.hover()
    await page.clock.run_for(60_000)
    await expect(notice).to_be_visible()
    await page.mouse.move(0, 0)
    await page.clock.run_for(9_000)

    await expect(notice).to_be_hidden()


async def test_a_failure_stays_until_dismissed(chat: ChatPage, page: Page) -> None:
    await page.clock.install()
    await page.goto(f"{chat.url}/settings")
    await expect(page.get_by_test_id("title-model")).to_be_visible()
    temperature = page.get_by_test_id("default-temperature")
    await temperature.evaluate("field => field.removeAttribute('max')")
    await temperature.fill("7")
    await page.get_by_test_id("defaults-save").click()
    notice = page.get_by_role("alert")
    await expect(notice).to_contain_text("from 0 to 2")
    await page.clock.run_for(120_000)
    await expect(notice).to_be_visible()
    await notice.get_by_role("button").click()

    await expect(notice).to_be_hidden()


async def test_an_offer_to_undo_is_not_over_the_box(chat: ChatPage, page: Page) -> None:
    await chat.open()
    await chat.ask("Delete me", "echo")
    await chat.questions.first.hover()
    await chat.questions.first.get_by_test_id("delete-pair").click()
    bar = page.get_by_test_id("undo-bar")
    await expect(bar).to_be_visible()

    assert (await box(bar))["bottom"] < (await box(chat.composer))["y"]
    await page.get_by_test_id("undo").click()
    await expect(chat.questions).to_have_count(1)


async def test_the_tab_says_that_an_answer_runs_and_has_come(
    chat: ChatPage, page: Page, upstream: Upstream, icon: Locator
) -> None:
    await chat.open(HELD.path)
    await expect(icon).to_have_attribute("href", "/favicon.svg")
    await chat.send("Take your time")
    await expect(icon).to_have_attribute("href", "/favicon-running.svg")
    await expect(page).to_have_title("… Held · webchat")
    await hide(page, True)
    await upstream.release("look")
    await expect(icon).to_have_attribute("href", "/favicon-arrived.svg")
    await expect(page).to_have_title("(1) Held · webchat")
    await hide(page, False)

    await expect(icon).to_have_attribute("href", "/favicon.svg")
    await expect(page).to_have_title("Held · webchat")


async def test_a_page_loads_only_the_typefaces_it_shows(chat: ChatPage, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if ".woff2" in request.url else None)
    await chat.open()
    await page.evaluate("document.fonts.ready")
    assert await page.evaluate("document.fonts.check('16px \"Onest Variable\"')")
    first = set(asked)
    await chat.open(ANSWERED.path)
    await expect(chat.text).to_contain_text("quick")
    await page.evaluate("document.fonts.ready")

    assert any("onest-latin-wght" in url for url in first)
    assert not any("mono-latin-wght" in url for url in first)
    assert any("mono-latin-wght" in url for url in asked)
    assert any("onest-cyrillic-wght" in url for url in asked)
    assert all(url.startswith(chat.url) for url in asked)


async def test_a_failed_page_says_what_to_do(chat: ChatPage, page: Page, complaints: list[str]) -> None:
    await page.add_init_script(BREAKS)
    await page.goto(chat.url + ANSWERED.path)
    await expect(page.get_by_test_id("page-failed")).to_contain_text("Reload the page")
    await expect(page.get_by_test_id("reload")).to_be_visible()

    assert await violations(page) == []
    assert all("Broken on purpose" in text for text in complaints)
    complaints.clear()


STATES = {
    "new": "/",
    "answered": ANSWERED.path,
    "long question": LONG_QUESTION.path,
    "no page": "/nothing",
    "no conversation": f"/c/{'0' * 32}",
    "history": "/history",
    "trash": "/trash",
    "settings": "/settings",
    "models": "/settings/models",
    "prompts": "/settings/prompts",
    "sharing": "/settings/sharing",
    "data": "/settings/data",
    "keyboard": "/settings/keyboard",
    "about": "/settings/about",
    "server": "/settings/server",
}


@pytest.mark.parametrize("state", STATES)
async def test_axe_finds_nothing_in_any_state(
    chat: ChatPage, page: Page, state: str, complaints: list[str]
) -> None:
    await page.goto(chat.url + STATES[state])
    await expect(page.get_by_test_id("conversation-item").first).to_be_visible()
    await expect(page.locator("main :is(h1, h2, p):visible").first).to_be_visible()

    assert await violations_in_both_schemes(page) == []
    complaints[:] = [text for text in complaints if "404" not in text]


OPENED = {
    "palette": ("palette", "Control+k"),
    "sheet of keys": ("shortcut-sheet", "Control+/"),
    "editor": ("message-editor", "ArrowUp"),
    "slash menu": ("slash-menu", "/"),
}


@pytest.mark.parametrize("width", [1280, 320])
async def test_axe_finds_nothing_in_what_opens_over_a_page(chat: ChatPage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 640})
    for opened, keys in OPENED.values():
        await chat.open(ANSWERED.path)
        await chat.composer.press(keys)
        await expect(page.get_by_test_id(opened)).to_be_visible()
        assert await violations_in_both_schemes(page) == [], opened
    await chat.composer.fill("")  # the draft would be there again
    await chat.open(ANSWERED.path)
    await chat.picker.click()
    await expect(page.get_by_test_id("model-option").first).to_be_visible()
    assert await violations_in_both_schemes(page) == []
    await chat.open(ANSWERED.path)
    await page.get_by_test_id("conversation-settings").click()
    await page.get_by_test_id("conversation-advanced").click()
    await expect(page.get_by_test_id("conversation-seed")).to_be_visible()
    assert await violations_in_both_schemes(page) == []
    await page.goto(f"{chat.url}/settings/models")
    await page.get_by_test_id("provider-add").click()
    await expect(page.get_by_test_id("provider-name")).to_be_visible()
    assert await violations_in_both_schemes(page) == []


async def test_high_contrast_marks_the_current_page(chat: ChatPage, page: Page) -> None:
    await page.emulate_media(forced_colors="active")
    await page.goto(f"{chat.url}/settings")
    current = page.get_by_role("link", name="General")
    await expect(current).to_have_css("outline-style", "solid")


async def test_reduced_motion_stops_every_animation(chat: ChatPage, page: Page, upstream: Upstream) -> None:
    seen = "document.getAnimations().filter(it => it.effect.getComputedTiming().activeDuration > 1).length"
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    await expect(chat.text).to_have_text("Before the hold.")
    assert await page.evaluate(seen) > 0  # the caret

    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate(until(f"{seen} === 0"))  # those that had begun go on to their end
    await upstream.release()
    await chat.has_status("complete")


STANDS_OUT = """(element) => {
    const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const luminance = (colour) => {
        pixel.clearRect(0, 0, 1, 1);
        pixel.fillStyle = colour;
        pixel.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = [...pixel.getImageData(0, 0, 1, 1).data].map((each) => each / 255);
        const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return alpha && 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const own = luminance(getComputedStyle(element).backgroundColor);
    let around = 0;
    for (let above = element.parentElement; above && !around; above = above.parentElement)
        around = luminance(getComputedStyle(above).backgroundColor);
    return (Math.max(own, around) + 0.05) / (Math.min(own, around) + 0.05);
}"""
"""The contrast of an element's background to that of what it stands on."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_active_entry_of_a_list_stands_out(
    chat: ChatPage, page: Page, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await chat.open(ANSWERED.path)
    await chat.composer.fill("/")
    active = page.locator('[data-testid="slash-item"][data-active="true"]')
    assert await active.evaluate(STANDS_OUT) > 1.15
    await chat.composer.press("Control+k")
    active = page.locator('[data-testid="palette-item"][data-active="true"]')
    assert await active.evaluate(STANDS_OUT) > 1.15
