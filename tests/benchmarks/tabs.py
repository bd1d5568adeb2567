"""How soon a page knows: `uv run python -m tests.benchmarks.tabs`.

Drives two Chromium windows on one conversation against a loopback upstream. A page that is reloaded or cut
off in mid-answer has caught up when every word is on it that the upstream had written by then; what is done
in one window is known in the other when it is painted there. The worst of all rounds counts.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import httpx
from playwright.async_api import expect

from tests.benchmarks.chromium import chromium
from tests.benchmarks.report import Worst, table_of_worst
from tests.e2e.chat_page import ChatPage
from tests.relay import Relay
from tests.running_app import RunningApp, build_once
from tests.upstreams.openai import openai_process

DROPS = 20
ROUNDS = 5
PROVIDER = "127.0.0.1"
"""The name webchat gives the provider of `OPENAI_BASE_URL`: its host."""
WORDS_A_SECOND = 20
BEHIND = 0.15
"""Seconds a page may be behind the upstream at any time, caught up or not."""

CAUGHT_UP = f"""(began) => new Promise((resolve) => {{
    const look = () => {{
        const now = (performance.timeOrigin + performance.now()) / 1000;
        const texts = document.querySelectorAll('[data-role="assistant"] [data-testid="message-text"]');
        const last = Number(texts[texts.length - 1]?.textContent.match(/word(\\d+)\\s*$/)?.[1] ?? 0);
        if (last >= (now - began - {BEHIND}) * {WORDS_A_SECOND}) resolve(now);
        else requestAnimationFrame(look);
    }};
    look();
}})"""
"""Resolves to the time (s since 1970) at which all is there that was written since `began`."""
WATCH = """([selector, wanted]) => {
    window.seen = new Promise((resolve) => {
        const look = () => {
            const found = [...document.querySelectorAll(selector)];
            if (wanted === null ? !found.length : found.some((each) => each.textContent.includes(wanted)))
                resolve((performance.timeOrigin + performance.now()) / 1000);
            else requestAnimationFrame(look);
        };
        look();
    });
}"""
"""Notes when an element with this text is painted, or (null) the last of them is gone."""
PRESSED = """(kinds) => {
    for (const kind of kinds)
        window.addEventListener(kind, () => {
            window.pressed = (performance.timeOrigin + performance.now()) / 1000;
        }, { capture: true });
}"""
MESSAGE = '[data-testid="message"] [data-testid="message-text"]'
PLACE = '[data-testid="branch-place"]'


class Windows:
    """Two windows, `one` where something is done and `other` that hears of it."""

    def __init__(
        self, one: ChatPage, other: ChatPage, relay: Relay, upstream: str, chance: random.Random
    ) -> None:
        self.one, self.other = one, other
        self._relay = relay
        self._upstream = upstream.removesuffix("/v1")
        self._chance = chance
        self.values: dict[str, list[float]] = {}

    async def drops(self) -> None:
        """Reload, or lose the network for a while, in the middle of an answer."""
        for number in range(DROPS):
            await self.one.open()
            await self.one.choose("slow-120", PROVIDER)
            await self.one.send("Begin")
            await expect(self.one.text).to_contain_text("word1")
            began = await self._began()
            await asyncio.sleep(self._chance.uniform(0.2, 1.5))
            if number % 2:
                at, name = await self._reload(), "reload"
            else:
                at, name = await self._cut(), "cut"
            caught_up = await self.one.page.evaluate(CAUGHT_UP, began)
            self.values.setdefault(name, []).append(caught_up - at)
            pressed = time.time()
            await self.one.stop_button.click()
            await self.one.ended()
            self.values.setdefault("stop", []).append(await self._last_request("ended_at") - pressed)

    async def _began(self) -> float:
        """When the upstream wrote the first word of the answer that is running."""
        return await self._last_request("came_at")

    async def _last_request(self, what: str) -> float:
        async with httpx.AsyncClient() as client:
            requests = (await client.get(f"{self._upstream}/control/requests")).json()
        # Beside answers it is asked for its models.
        return float([each for each in requests if each["model"]][-1][what])

    async def _reload(self) -> float:
        await self.one.page.reload(wait_until="commit")
        return float(await self.one.page.evaluate("performance.timeOrigin / 1000"))

    async def _cut(self) -> float:
        await self._relay.cut()
        await asyncio.sleep(self._chance.uniform(0.1, 1.5))
        await self._relay.mend()
        return time.time()

    async def news(self) -> None:
        """Send, edit, turn to a branch, delete and rename; each until the other window shows it."""
        for number in range(ROUNDS):
            await self.one.open()
            await self.one.choose("echo", PROVIDER)
            await self.one.ask(f"The question {number}")
            path = await self.one.has_address()
            await self.other.open(path)
            await expect(self.other.text).to_have_text(f"The question {number}")
            await self.one.page.evaluate(PRESSED, ["keydown", "click"])
            more, other = f"And {number}", f"Or {number}"
            await self._heard("message", MESSAGE, more, partial(self.one.send, more))
            await self._heard("edit", MESSAGE, other, partial(self._edit, other))
            await self._heard("turn", PLACE, "1/2", self._tool("branch-previous"))
            await self._heard("delete", PLACE, None, self._tool("delete-pair"))

    async def _edit(self, text: str) -> None:
        await self.one.ended()
        await self._tool("edit")()
        await self.one.page.get_by_test_id("message-editor").fill(text)
        await self.one.page.get_by_test_id("edit-save").click()

    def _tool(self, name: str) -> Callable[[], Awaitable[None]]:
        async def use() -> None:
            await self.one.ended()
            await self.one.questions.last.hover()
            await self.one.questions.last.get_by_test_id(name).click()

        return use

    async def _heard(
        self, name: str, selector: str, wanted: str | None, act: Callable[[], Awaitable[object]]
    ) -> None:
        await self.other.page.evaluate(WATCH, [selector, wanted])
        await act()
        seen = await self.other.page.evaluate("window.seen")
        pressed = await self.one.page.evaluate("window.pressed")
        self.values.setdefault(name, []).append(seen - pressed)


async def run() -> list[Worst]:
    """Measure everything."""
    build_once()
    with (
        tempfile.TemporaryDirectory() as folder,
        openai_process() as upstream,
        RunningApp(Path(folder) / "data", {"OPENAI_BASE_URL": upstream}, forked=False) as app,
    ):
        async with chromium() as browser, Relay(app.url) as relay:
            pages = [await (await browser.new_context()).new_page() for _ in range(2)]
            one, other = (ChatPage(page, relay.url) for page in pages)
            windows = Windows(one, other, relay, upstream, random.Random(4))
            await windows.drops()
            await windows.news()
    found = windows.values
    return [
        Worst(f"reload in mid-answer → caught up ({len(found['reload'])} times)", found["reload"], "s", 1),
        Worst(f"connection back → caught up ({len(found['cut'])} times)", found["cut"], "s", 1),
        Worst(f"Stop pressed → the provider's connection closed ({DROPS} times)", found["stop"], "s", 0.5),
        Worst("message sent → in the other window", found["message"], "s", 1),
        Worst("message edited → in the other window", found["edit"], "s", 1),
        Worst("other branch shown → in the other window", found["turn"], "s", 1),
        Worst("messages deleted → gone from the other window", found["delete"], "s", 1),
    ]


def main() -> int:
    """Print the table; 1 if a figure is not reached."""
    figures = asyncio.run(run())
    sys.stdout.write(table_of_worst(figures) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
