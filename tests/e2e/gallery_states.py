"""The pages and states that the gallery takes pictures of."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from playwright.async_api import expect

from tests.documents import png
from tests.e2e.attaching import DRAG, PASTE, Files
from tests.e2e.chat_page import ChatPage
from tests.e2e.comparison import Comparison
from tests.e2e.planting import conversation
from tests.unit.services.transfer.exports_of_others import as_json, as_zip, chatgpt, node
from tests.upstreams.openai import SEES

ANSWER = """A bounded queue makes a slow consumer's cost *visible*: the producer waits. See the
[documentation](https://docs.python.org/3/library/asyncio-queue.html) for details[^1].

## How it works

Когда очередь заполнена, `await queue.put(item)` ждёт. The wait then travels up to whoever produces:

1. The producer writes until the queue is full.
2. It waits, and so does whatever feeds it.
   - Nothing is lost.
   - Memory stays bounded.
3. The consumer takes an item, and the producer goes on.

```python
async def produce(queue: asyncio.Queue[int]) -> None:
    for number in range(1_000):
        await queue.put(number)  # waits while the queue is full
    queue.shutdown()
```

### In numbers

| Queue | Memory | Latency (p95) | Notes |
|---|---:|---:|---|
| unbounded | 1.8 GB | 4.2 s | grows until the process is killed |
| 1,000 items | 21 MB | 38 ms | the usual choice |
| 10 items | 19 MB | 41 ms | no better |

> Every unbounded queue is a memory leak with a delay.

The waiting time follows Little's law, $L = \\lambda W$:

$$W = \\frac{L}{\\lambda} = \\frac{1000}{26\\,300\\,\\mathrm{s}^{-1}} \\approx 38\\,\\mathrm{ms}$$

- [x] Bound every queue
- [ ] Measure it under load

[^1]: Since Python 3.13, queues can be shut down.
"""
LONG_QUESTION = "Why does this fail?\n\n" + "\n".join(
    f"2026-11-21 10:{n:02}:07 ERROR worker {n}: queue is full after {n * 37} items" for n in range(48)
)
TALK = conversation(
    "Backpressure in event loops",
    turns=["How does a bounded queue create backpressure?", ANSWER, "And in one sentence?", "It waits."],
)
LONG = conversation("A log to look at", turns=[LONG_QUESTION, "The queue is full."], age=timedelta(hours=2))
MODELS = {
    model: conversation(title, model, age=timedelta(days=40))
    for model, title in {
        "slow-120": "Packing list for the mountains",
        "error-500": "Names for a small boat",
        "cut": "How tides work",
        "hang": "Ideas for a reading corner",
    }.items()
}
OTHERS = [
    conversation(title, turns=["Hi", "Hello"], age=timedelta(days=number))
    for number, title in enumerate(
        (
            "Sourdough at altitude",
            "План поездки в Грузию на две недели",
            "Postgres index bloat, explained",
            "A birthday speech for Anna",
            "Tax deductions for a home office",
            "Regular expressions without tears",
            "What to ask when viewing a flat",
        ),
        start=1,
    )
]

TO_IMPORT = [
    {"name": "Baker", "model": "Loop:gone", "files": [{"name": "recipes.md", "content": "recipes.md"}]},
    {"name": "Oven", "files": [{"name": name, "content": name} for name in ("recipes.md", "oven.exe")]},
]
BREAKS = """const original = String.prototype.replace;
String.prototype.replace = function (...what) {
    if (String(what[0]) === "/\\\\W/g") throw new Error("Broken on purpose");
    return original.apply(this, what);
};"""
"""Makes every answer fail to be drawn."""

Take = Callable[[ChatPage], Awaitable[object]]


async def _asked(chat: ChatPage, model: str) -> None:
    await chat.open(MODELS[model].path)
    await chat.composer.fill("Tell me about backpressure")
    await chat.send_button.click()


async def _ended(chat: ChatPage, model: str) -> None:
    await _asked(chat, model)
    await chat.ended()


async def _writing(chat: ChatPage) -> None:
    await _asked(chat, "slow-120")
    await expect(chat.text).not_to_be_empty()


async def _queued(chat: ChatPage) -> None:
    await _asked(chat, "slow-120")
    await expect(chat.stop_button).to_be_visible()
    await chat.composer.fill("And what about unbounded ones?")
    await chat.send_button.click()
    await expect(chat.queued).to_be_visible()


async def _too_long(chat: ChatPage) -> None:
    await chat.open()
    await chat.composer.fill("word " * 60_000)
    await chat.send_button.click()
    await expect(chat.problem).to_be_visible()


async def _visit(chat: ChatPage, path: str, wait_for: str) -> None:
    await chat.page.goto(chat.url + path)
    await expect(chat.page.locator(wait_for).first).to_be_visible()


async def _no_results(chat: ChatPage) -> None:
    await _visit(chat, "/history", '[data-testid="search"]')
    await chat.page.get_by_test_id("search").fill("nothing has this")
    await expect(
        chat.page.locator('[data-testid="search-results"][data-text="nothing has this"] p').first
    ).to_be_visible()


async def _before_scripts(chat: ChatPage, path: str) -> None:
    await chat.page.route("**/*.js", lambda route: route.abort())
    await chat.page.goto(chat.url + path)


async def _sidebar(chat: ChatPage) -> None:
    await chat.open(TALK.path)
    if await chat.page.get_by_test_id("menu").is_visible():
        await chat.page.get_by_test_id("menu").click()
    await chat.sidebar.first.hover()


async def _page_failed(chat: ChatPage) -> None:
    await chat.page.add_init_script(BREAKS)
    await _visit(chat, TALK.path, '[data-testid="page-failed"]')


async def _notice(chat: ChatPage) -> None:
    await _visit(chat, "/settings", '[data-testid="defaults-save"]')
    await chat.page.get_by_test_id("defaults-save").click()
    await expect(chat.page.get_by_test_id("notice")).to_be_visible()


async def _talk(chat: ChatPage, end: bool) -> None:
    await chat.open(TALK.path)
    await expect(chat.messages).to_have_count(4)
    await expect(chat.answers.first.locator("figure.code .k").first).to_be_attached()
    if not end:
        await chat.transcript.evaluate("element => element.scrollTo(0, 0)")


async def _attached(chat: ChatPage, model: str = "echo") -> Files:
    files = Files(chat.page)
    await chat.open(TALK.path)
    await chat.choose(model)
    await chat.page.evaluate(PASTE, [1600, 1200])
    await files.choose(("Notes on queues, second version.md", "Bounded queues create backpressure. " * 400))
    await files.are_ready(2)
    return files


async def _attached_badly(chat: ChatPage) -> None:
    files = await _attached(chat, SEES)
    await chat.page.route("**/api/files?*", lambda route: route.abort())
    await files.choose(("measurements.csv", "a,b"), ("program.exe", "MZ\0\0"))
    await expect(chat.page.get_by_test_id("attachment-retry")).to_be_visible()


async def _read(chat: ChatPage) -> None:
    await _attached(chat, SEES)
    await chat.page.get_by_test_id("attachment-open").click()
    await chat.page.get_by_test_id("cut-tokens").fill("500")
    await chat.page.get_by_test_id("cut-tokens").press("Enter")
    await expect(chat.page.get_by_test_id("document-left-out")).to_be_visible()


async def _dragged(chat: ChatPage) -> None:
    await chat.open(TALK.path)
    await chat.page.evaluate(DRAG, ["dragover", [["a.pdf", "a"], ["b.png", "b"]]])


async def _sent_with_files(chat: ChatPage) -> None:
    await _attached(chat, "reasoning")
    await chat.page.evaluate(PASTE, [900, 1400])
    await Files(chat.page).are_ready(3)
    await chat.composer.fill("What do these have in common?")
    await chat.send_button.click()
    await expect(chat.questions.last.get_by_test_id("message-picture")).to_have_count(2)
    await chat.ended()


async def _picture_open(chat: ChatPage) -> None:
    await _sent_with_files(chat)
    await chat.page.get_by_test_id("message-picture").last.click()


async def _palette(chat: ChatPage) -> None:
    await chat.open(TALK.path)
    await chat.page.keyboard.press("Control+k")
    await expect(chat.page.get_by_test_id("palette-item").first).to_be_visible()


async def _shortcuts(chat: ChatPage) -> None:
    await chat.open(TALK.path)
    await chat.page.keyboard.press("Control+/")
    await expect(chat.page.get_by_test_id("shortcut-sheet")).to_be_visible()


async def _models(chat: ChatPage) -> None:
    await chat.open(TALK.path)
    await chat.picker.click()
    await expect(chat.page.get_by_test_id("model-option").first).to_be_visible()


async def _details(chat: ChatPage) -> None:
    await chat.open(TALK.path)
    await chat.page.get_by_test_id("conversation-settings").click()
    await expect(chat.page.get_by_test_id("system-prompt")).to_be_visible()


async def _choose_compared(chat: ChatPage, *models: str) -> Comparison:
    await chat.open()
    await chat.choose(models[0])
    await chat.send("/compare")
    comparison = Comparison(chat)
    await comparison.mark(*models)
    return comparison


async def _compared(chat: ChatPage) -> None:
    columns = (await _choose_compared(chat, "reasoning", "echo", "quota")).columns
    await chat.page.get_by_test_id("compare-start").click()
    await chat.composer.fill("Which queue should I use, and why?")
    await chat.send_button.click()
    await expect(columns.nth(1)).to_have_attribute("data-status", "complete")
    await expect(columns.nth(2).get_by_test_id("error-card")).to_be_attached()


async def _assistant_form(chat: ChatPage) -> None:
    await _visit(chat, "/settings/assistants", '[data-testid="assistant-add"]')
    await chat.page.get_by_test_id("assistant-add").click()
    await chat.page.get_by_test_id("assistant-name").fill("Cook")
    await chat.page.get_by_test_id("assistant-description").fill("Explains each step")
    await chat.page.get_by_test_id("assistant-prompt").fill("You are a cook. Be brief.")
    await chat.page.get_by_test_id("assistant-starters").fill("What with two eggs?\nHow do I bake bread?")


async def _assistant_files(chat: ChatPage) -> None:
    await _assistant_form(chat)
    notes = {"name": "recipes.md", "mimeType": "text/markdown", "buffer": b"Two eggs and flour. " * 900}
    refused = {"name": "oven.exe", "mimeType": "application/octet-stream", "buffer": b"\x7fELF\0\0"}
    pictures = {"name": "bread.png", "mimeType": "image/png", "buffer": png(400, 300)}
    files: list[Any] = [notes, pictures, refused]
    await chat.page.get_by_test_id("attach-file").first.set_input_files(files)
    await expect(chat.page.locator('[data-testid="attachment"][data-state="ready"]')).to_have_count(2)
    await chat.page.get_by_test_id("assistant-files").scroll_into_view_if_needed()


async def _saved_with_files(chat: ChatPage) -> None:
    await _assistant_files(chat)
    await chat.page.get_by_test_id("attachment-remove").last.click()
    await chat.page.get_by_test_id("assistant-save").click()
    await expect(chat.page.get_by_test_id("assistant-dialog")).to_be_hidden()


async def _assistant_link(chat: ChatPage) -> None:
    await _saved_with_files(chat)
    await chat.page.get_by_test_id("assistant-menu").last.click()
    await chat.page.get_by_test_id("assistant-share").click()
    await chat.page.get_by_test_id("assistant-link-file").first.check()


async def _assistant_import(chat: ChatPage) -> None:
    await _assistant_form(chat)  # which the page opens once it has its scripts
    await chat.page.keyboard.press("Escape")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("assistants.json", json.dumps(TO_IMPORT))
        archive.writestr("recipes.md", "Two eggs and flour.")
        archive.writestr("oven.exe", b"\x7fELF\0\0")
    file: Any = {"name": "assistants.zip", "mimeType": "application/zip", "buffer": content.getvalue()}
    await chat.page.get_by_test_id("import-file").set_input_files(file)
    await expect(chat.page.get_by_test_id("assistant-entry")).to_have_count(2)


async def _assistant_with_files(chat: ChatPage) -> None:
    await _saved_with_files(chat)
    await chat.page.get_by_test_id("assistant-begin").last.click()
    await expect(chat.page.get_by_test_id("begins-with")).to_be_visible()


async def _assistants(chat: ChatPage) -> None:
    await _assistant_form(chat)
    await chat.page.get_by_test_id("assistant-save").click()
    await expect(chat.page.get_by_test_id("assistant-menu").first).to_be_visible()


async def _share(chat: ChatPage) -> None:
    await chat.open(TALK.path)
    await chat.page.get_by_test_id("share-open").click()
    await expect(chat.page.get_by_test_id("share-message").nth(3)).to_be_visible()


async def _shared(chat: ChatPage, passphrase: str = "") -> None:
    await _share(chat)
    if passphrase:
        await chat.page.get_by_test_id("share-passphrase").fill(passphrase)
    await chat.page.get_by_test_id("share-publish").click()
    await expect(chat.page.get_by_test_id("share-link")).not_to_have_value("")
    await chat.page.goto(await chat.page.get_by_test_id("share-link").input_value())
    await expect(chat.page.locator("input[type=password]" if passphrase else "article").first).to_be_visible()


async def _results(chat: ChatPage) -> None:
    await _visit(chat, "/history", '[data-testid="search"]')
    await chat.page.get_by_test_id("search").fill("bounded")
    await expect(chat.page.get_by_test_id("search-result").first).to_be_visible()


async def _palette_results(chat: ChatPage) -> None:
    await _palette(chat)
    await chat.page.get_by_test_id("palette-search").fill("queue")
    await expect(chat.page.get_by_test_id("palette-item").first).to_be_visible()


async def _import(chat: ChatPage) -> None:
    await _visit(chat, "/history", '[data-testid="import-cancel"], [data-testid="history-item"]')
    if await chat.page.get_by_test_id("import-cancel").is_visible():
        await chat.page.get_by_test_id("import-cancel").click()
    talk = chatgpt(
        node("q", "root", "user", "Why is the sky blue?"),
        node("a", "q", "assistant", content={"content_type": "hologram", "beams": [1, 2]}),
        title="Rayleigh",
    )
    data = as_zip({"conversations.json": as_json([talk, {"strange": True}]), "chat.html": b"<html>"})
    file: Any = {"name": "export.zip", "mimeType": "application/zip", "buffer": data}
    async with chat.page.expect_response("**/api/imports") as received:
        await chat.page.get_by_test_id("import-file").set_input_files(file)
    report = chat.page.get_by_test_id("import-report")
    # There may be another one's preview still.
    await expect(report).to_have_attribute("data-id", (await (await received.value).json())["id"])
    await expect(report).to_have_attribute("data-phase", "previewed")


async def _imported(chat: ChatPage) -> None:
    await _import(chat)
    await chat.page.get_by_test_id("import-begin").click()
    report = chat.page.get_by_test_id("import-report")
    await expect(report).to_have_attribute("data-phase", "done")
    await report.get_by_text("Conversations", exact=True).click()
    await expect(chat.page.get_by_test_id("import-row").first).to_be_visible()


async def _link_made(chat: ChatPage) -> None:
    await _share(chat)
    await chat.page.get_by_test_id("share-publish").click()
    await expect(chat.page.get_by_test_id("share-link")).not_to_have_value("")


async def _wrong_passphrase(chat: ChatPage) -> None:
    await _shared(chat, "open sesame")
    await chat.page.locator("input[type=password]").fill("open barley")
    await chat.page.locator("input[type=password]").press("Enter")
    await expect(chat.page.locator('[role="alert"]')).to_be_visible()


async def _assistant_page(chat: ChatPage) -> None:
    await _assistant_link(chat)
    await chat.page.get_by_test_id("assistant-link-create").click()
    await expect(chat.page.get_by_test_id("assistant-link")).not_to_have_value("")
    await chat.page.goto(await chat.page.get_by_test_id("assistant-link").input_value())
    await expect(chat.page.get_by_role("heading", name="Cook")).to_be_visible()


PICTURES: dict[str, Take] = {
    "new": lambda chat: chat.open(),
    "talk": lambda chat: _talk(chat, False),
    "talk-end": lambda chat: _talk(chat, True),
    "long-question": lambda chat: chat.open(LONG.path),
    "sidebar": _sidebar,
    "writing": _writing,
    "queued": _queued,
    "failed": lambda chat: _ended(chat, "error-500"),
    "cut-off": lambda chat: _ended(chat, "cut"),
    "waiting": lambda chat: _asked(chat, "hang"),
    "too-long": _too_long,
    "files-attached": _attached,
    "files-failed": _attached_badly,
    "files-read": _read,
    "files-dragged": _dragged,
    "files-sent": _sent_with_files,
    "files-open": _picture_open,
    "palette": _palette,
    "palette-results": _palette_results,
    "shortcuts": _shortcuts,
    "models": _models,
    "details": _details,
    "comparing": lambda chat: _choose_compared(chat, "reasoning", "echo"),
    "compared": _compared,
    "share": _share,
    "share-made": _link_made,
    "shared": _shared,
    "shared-passphrase": lambda chat: _shared(chat, "open sesame"),
    "shared-wrong": _wrong_passphrase,
    "assistant-form": _assistant_form,
    "assistant-files": _assistant_files,
    "assistant-with-files": _assistant_with_files,
    "assistant-link": _assistant_link,
    "assistant-page": _assistant_page,
    "assistant-import": _assistant_import,
    "assistants": _assistants,
    "not-there": lambda chat: _visit(chat, f"/c/{'0' * 32}", 'main a[href="/history"]'),
    "page-failed": _page_failed,
    "404": lambda chat: _visit(chat, "/nothing", "main h1"),
    "history": lambda chat: _visit(chat, "/history", '[data-testid="history-item"]'),
    "results": _results,
    "import": _import,
    "imported": _imported,
    "no-results": _no_results,
    "trash": lambda chat: _visit(chat, "/trash", "main h1"),
    "settings": lambda chat: _visit(chat, "/settings", '[data-testid="defaults-save"]'),
    "settings-models": lambda chat: _visit(chat, "/settings/models", '[data-testid="provider-item"]'),
    "settings-sharing": lambda chat: _visit(chat, "/settings/sharing", "main h2"),
    "settings-data": lambda chat: _visit(chat, "/settings/data", "main h3"),
    "settings-keyboard": lambda chat: _visit(chat, "/settings/keyboard", "main h2"),
    "settings-server": lambda chat: _visit(chat, "/settings/server", "main h3"),
    "settings-about": lambda chat: _visit(chat, "/settings/about", "main h2"),
    "notice": _notice,
    "before-scripts-talk": lambda chat: _before_scripts(chat, TALK.path),
    "before-scripts-settings": lambda chat: _before_scripts(chat, "/settings/models"),
    "before-scripts-new": lambda chat: _before_scripts(chat, "/"),
}
BARE: dict[str, Take] = {
    "first-run": lambda chat: chat.open(),
    "first-history": lambda chat: _visit(chat, "/history", "main h1"),
    "first-trash": lambda chat: _visit(chat, "/trash", "main h1"),
}
