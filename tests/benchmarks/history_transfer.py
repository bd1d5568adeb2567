"""What exports and imports of a long history cost a running webchat."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
from playwright.async_api import Browser, Page

from tests.benchmarks.chromium import WATCH
from tests.benchmarks.history_data import texts
from tests.benchmarks.report import Timed
from tests.e2e.chat_page import ChatPage
from tests.running_app import RunningApp

CONVERSATIONS, TURNS = 10_000, 10
"""What is imported."""
ALONE = 10
"""Messages sent while nothing is imported."""
MOMENT = "2026-01-02T03:04:05+00:00"


class Memory:
    """The memory of a server and its processes, looked at again and again; `growth` in MB."""

    def __init__(self, pid: int) -> None:
        self._server = psutil.Process(pid)
        self._before = self._peak = self._now()

    @property
    def growth(self) -> float:
        """The most there was above what there was at first."""
        return (self._peak - self._before) / 1_000_000

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look until the block ends."""
        looking = asyncio.create_task(self._look())
        yield
        looking.cancel()

    async def _look(self) -> None:
        while True:
            self._peak = max(self._peak, self._now())
            await asyncio.sleep(0.05)

    def _now(self) -> int:
        family = [self._server, *self._server.children(recursive=True)]
        return sum(member.memory_info().rss for member in family)


async def exported(app: RunningApp, size: int) -> list[Timed]:
    """Everything as JSON: how long it takes, and what the server needs meanwhile."""
    memory, received = Memory(app.pid), 0
    began = time.perf_counter()
    async with (
        memory.watched(),
        httpx.AsyncClient(base_url=app.url, timeout=None) as client,
        client.stream("GET", "/api/export", params={"format": "json"}) as response,
    ):
        response.raise_for_status()
        async for piece in response.aiter_raw():
            received += len(piece)
    seconds = time.perf_counter() - began
    what = f"export of everything as JSON ({received / 1_000_000:,.0f} MB)"
    return [
        Timed(what, [seconds], "s", 15 if size <= 100_000 else 150),
        Timed("… memory of the server meanwhile, above before", [memory.growth], "MB", 50),
    ]


async def imported(app: RunningApp, browser: Browser, folder: Path, provider: str) -> list[Timed]:
    """A file of 100,000 messages, and another one with messages sent while it is imported."""
    file, first = folder / "import.json", folder / "first.json"
    _write_export(file, "Imported")
    _write_export(first, "First")
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page, chat = await context.new_page(), ChatPage(await context.new_page(), app.url)
    alone = [await _first_text(chat, provider) for _ in range(ALONE)]
    await page.goto(f"{app.url}/history")
    await page.get_by_test_id("history-item").first.wait_for()
    await _begin(page, first)
    began = time.perf_counter()
    while not await _is_done(page):  # noqa: ASYNC110 - it happens in another process
        await asyncio.sleep(0.1)
    undisturbed = time.perf_counter() - began
    await page.get_by_test_id("import-close").click()
    memory, began = Memory(app.pid), time.perf_counter()
    async with memory.watched():
        previewed = await _begin(page, file)
        meanwhile = [await _first_text(chat, provider)]
        while not await _is_done(page):
            meanwhile.append(await _first_text(chat, provider))
    seconds = time.perf_counter() - previewed
    await context.close()
    return [
        Timed(f"a send alone, to its first text ({ALONE} times)", alone),
        Timed(f"a send while the import runs ({len(meanwhile)} times)", meanwhile, "ms", 150),
        Timed(f"import of {CONVERSATIONS:,} conversations", [undisturbed], "s", 20),
        Timed("preview of a file of 100,000 messages", [previewed - began], "s"),
        Timed("its import, with those sends", [seconds], "s"),
        Timed("… memory of the server meanwhile, above before", [memory.growth], "MB"),
    ]


async def _first_text(chat: ChatPage, provider: str) -> float:
    """Milliseconds from Enter to the first word on screen, in a new chat."""
    await chat.open()
    await chat.choose("echo", provider)
    await chat.page.evaluate(WATCH)
    await chat.send("END")
    await chat.page.locator("body[data-measured]").wait_for()
    measured = await chat.page.evaluate("window.measured")
    return float(measured["first"] - measured["sent"])


async def _begin(page: Page, file: Path) -> float:
    """Have a file previewed and begin its import; the moment between both."""
    await page.get_by_test_id("import-file").set_input_files(file)
    begin = page.get_by_test_id("import-begin")
    await begin.wait_for(timeout=60_000)
    previewed = time.perf_counter()
    await begin.click()
    return previewed


async def _is_done(page: Page) -> bool:
    phase = await page.get_by_test_id("import-report").get_attribute("data-phase")
    if phase not in ("previewed", "importing", "done"):
        raise RuntimeError(f"the import is {phase}")
    return phase == "done"


def _write_export(file: Path, title: str) -> None:
    """An export of webchat with as many conversations as are to be imported."""
    words = texts(60)
    with file.open("w") as written:
        head = {"format": "webchat-export", "version": 1, "exported_at": MOMENT}
        written.write(json.dumps(head)[:-1] + ', "conversations": [')
        for number in range(CONVERSATIONS):
            messages = [
                {
                    "id": f"{title}-{number}-{turn}",
                    "role": "assistant" if turn % 2 else "user",
                    "content": next(words),
                    "reasoning": "",
                    "status": "complete",
                    "created_at": MOMENT,
                    **(
                        {"parent_id": f"{title}-{number}-{turn - 1}", "model": "Server:common"}
                        if turn
                        else {}
                    ),
                }
                for turn in range(TURNS)
            ]
            conversation = {
                "id": f"{title}-{number}",
                "title": f"{title} {number}",
                "title_is_manual": False,
                "system_prompt": "",
                "created_at": MOMENT,
                "updated_at": MOMENT,
                "current_message_id": messages[-1]["id"],
                "messages": messages,
            }
            written.write((",\n" if number else "\n") + json.dumps(conversation))
        written.write("\n]}\n")
