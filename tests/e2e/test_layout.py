"""Nothing moves by itself: while a page loads, while an answer is written, when a model is missing."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.attaching import PASTE
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.waiting import TWO_FRAMES
from tests.running_app import RunningApp

ANSWER = """A bounded queue makes the cost of a slow consumer visible, because the producer waits until
there is room in it. The wait then travels up to whoever produces.

## How it works

1. The producer writes until the queue is full.
2. It waits, and so does whatever feeds it.

```python
async def produce(queue):
    for number in range(1_000):
        await queue.put(number)
```

| Queue | Memory | Latency |
|---|---:|---:|
| unbounded | 1.8 GB | 4.2 s |
| 1,000 items | 21 MB | 38 ms |

The waiting time is $W = L / \\lambda$.
"""
LONG = conversation("Fifty messages", turns=["How does it work?", ANSWER] * 25)
WRITTEN = conversation("Written", turns=["Hi", "Hello"])
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
    for (const shift of list.getEntries())
        if (!shift.hadRecentInput)
            window.shifts.push([shift.value, ...shift.sources.map(
                ({ node, previousRect, currentRect }) =>
                    `${node?.nodeName} ${node?.className ?? node?.textContent} ` +
                    `${JSON.stringify(previousRect)} → ${JSON.stringify(currentRect)}`
            )]);
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [LONG, WRITTEN]


async def moved_at_most(page: Page, limit: float) -> None:
    """Expect that the sum of all layout shifts so far is at most `limit`; fails with what moved."""
    await page.evaluate(TWO_FRAMES)
    shifts = await page.evaluate("window.shifts")
    assert sum(shift[0] for shift in shifts) <= limit, shifts


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_long_conversation_opens_still(chat: ChatPage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.add_init_script(SHIFTS)
    await chat.open(LONG.path)
    await expect(chat.answer.locator("figure.code .k").first).to_be_attached()
    await expect(chat.answer.locator("math").first).to_be_visible()

    await moved_at_most(page, 0.02)


async def test_words_that_come_before_the_styles_do_not_move(chat: ChatPage, page: Page) -> None:
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await page.route(re.compile(r"\.css"), late)
    await page.add_init_script(SHIFTS)
    async with page.expect_request_finished(lambda request: "/messages?" in request.url):
        await page.goto(chat.url + LONG.path, wait_until="commit")
    await page.evaluate(
        """async () => {
            while (!window.earlyMessages) await new Promise((done) => setTimeout(done));
            await window.earlyMessages.found;
        }"""
    )
    come.set()
    await expect(chat.answer.locator("math").first).to_be_visible()

    await moved_at_most(page, 0.02)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("", "title-model"),
        ("/models", "provider-item"),
        ("/sharing", "settings-section"),
        ("/data", "settings-section"),
    ],
)
async def test_settings_open_still(chat: ChatPage, page: Page, path: str, wanted: str) -> None:
    await page.add_init_script(SHIFTS)
    await page.goto(f"{chat.url}/settings{path}")
    await expect(page.get_by_test_id(wanted).first).to_be_visible()
    await expect(page.get_by_test_id("conversation-item").first).to_be_visible()

    await moved_at_most(page, 0.02)


async def test_a_new_chat_opens_still(chat: ChatPage, page: Page) -> None:
    await page.add_init_script(SHIFTS)
    await chat.open()
    await expect(page.get_by_test_id("starter").first).to_be_visible()

    await moved_at_most(page, 0.01)


async def test_connect_a_model_moves_nothing(bare_app: RunningApp, page: Page) -> None:
    await page.add_init_script(SHIFTS)
    await page.goto(bare_app.url)
    await expect(page.get_by_test_id("connect-model")).to_be_visible()

    await moved_at_most(page, 0.01)


async def test_nothing_moves_while_an_answer_is_written(chat: ChatPage, page: Page) -> None:
    await page.add_init_script(SHIFTS)
    await chat.open(WRITTEN.path)
    await chat.composer.fill(ANSWER)  # the box grows with it, and no key was pressed
    await page.evaluate(TWO_FRAMES)
    await page.evaluate("window.shifts = []")
    await chat.composer.press("Enter")
    await expect(chat.answers).to_have_count(2)
    await chat.ended()

    await moved_at_most(page, 0.01)


@pytest.mark.parametrize("width", [1280, 390, 360])
async def test_the_settings_of_a_conversation_fit_the_screen(chat: ChatPage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 700})
    await chat.open(WRITTEN.path)
    await page.get_by_test_id("conversation-settings").click()
    box = await page.locator("[data-popover][open] > div").bounding_box()

    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


async def test_a_long_placeholder_stays_on_one_line(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 700})
    await chat.open()
    lines = await chat.composer.evaluate(
        """(box) => {
            box.placeholder = "Words of another language ".repeat(5);
            return box.scrollHeight / box.clientHeight;
        }"""
    )

    assert lines == 1


async def test_a_long_note_about_pictures_begins_beside_its_icon(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 700})
    await chat.open()
    await chat.choose("echo")
    await page.evaluate(PASTE, [400, 200])
    note = page.get_by_test_id("blind-model")
    words = note.get_by_text("is not known to see pictures")
    await words.evaluate('(words) => { words.textContent += " and more".repeat(9); }')
    first, second = await note.locator("svg").bounding_box(), await words.bounding_box()

    assert first is not None
    assert second is not None
    assert second["x"] > first["x"]
    assert second["y"] <= first["y"]


async def test_a_long_state_of_a_provider_leaves_room_for_its_name(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 700})
    await page.goto(f"{chat.url}/settings/models")
    providers = page.get_by_test_id("provider-item")
    await expect(providers.filter(has_text="AIChatFree")).to_be_visible()
    cut_off = await providers.evaluate_all(
        """(rows) => rows
            .map((row) => row.querySelector("span:has(> span[data-condition])"))
            .filter((line) => {
                line.lastElementChild.append(", words of another language");
                return line.firstElementChild.scrollWidth > line.firstElementChild.clientWidth;
            })
            .map((line) => line.textContent)"""
    )

    assert cut_off == []


async def test_a_long_name_of_a_settings_section_is_wrapped(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.goto(f"{chat.url}/settings/models")
    section = page.get_by_test_id("settings-section").nth(1)
    await expect(section).to_be_visible()
    await section.evaluate(
        """(link) => { link.lastChild.textContent += ", by words of another language"; }"""
    )

    assert await section.evaluate("(link) => link.scrollWidth <= link.clientWidth")
