"""What a provider that hangs costs the others: `uv run python -m tests.benchmarks.failover`.

Two webchats with the same six providers on loopback; in one of them one hangs while many wait for it. Prints
the others' time to first text in both, and what the breaker does under `Auto`; takes a good minute.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import httpx

from tests.running_app import RunningApp, build_once
from tests.tab import CHAT, Tab, read_answer
from tests.upstreams.openai import openai_process
from tests.upstreams.services import ServiceUrls, services_process
from webchat.providers.health import FAILURES_TO_OPEN, FIRST_OPEN_SECONDS
from webchat.providers.registry import FREE_SERVICES

HALF = 18.0
"""Seconds each half of the measurement takes; in both together the breaker's rest passes."""
WAITING = 20
"""Answers that wait for the sixth provider."""
LIMIT = 1.10

MODELS = [f"{service.kind}:{service().models[0]}" for service in FREE_SERVICES]
SIXTH = "127.0.0.1"
"""The name webchat gives the provider of `OPENAI_BASE_URL`: its host."""
BREAKER_DEADLINE = 0.3
"""Seconds until a first text, where the breaker is watched."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Requests that reached the hanging provider while `Auto` asked again and again."""

    before_rest: int
    during_rest: int
    after_rest: int
    all_answered: bool

    @property
    def right(self) -> bool:
        """Whether it opened after the failures it should, and let one probe through."""
        reached = (self.before_rest, self.during_rest, self.after_rest)
        return reached == (FAILURES_TO_OPEN, 0, 1) and self.all_answered


async def first_text(tab: Tab, client: httpx.AsyncClient) -> float:
    """Seconds from sending a message to the first piece of its answer; reads it to its end."""
    began = time.perf_counter()
    message_id = await tab.send("Hello")
    first = 0.0
    async with client.stream("GET", f"/api/messages/{message_id}/stream") as response:
        event = ""
        async for line in response.aiter_lines():
            if line.startswith("event:"):
                event = line[6:]
            elif line.startswith("data:") and event == "" and not first:
                first = time.perf_counter() - began
            elif not line:
                event = ""
    if not first:
        raise RuntimeError("an answer had no text")
    return first


async def ask(tab: Tab, model: str, client: httpx.AsyncClient) -> float:
    """Seconds to the first text in a new conversation; in an old one, services that echo would double it."""
    await tab._emit(f"{CHAT}.open_new")
    await tab.wait_for("conversation_id", "")
    await tab.choose_model(model)
    return await first_text(tab, client)


@asynccontextmanager
async def waiting_for(model: str, app: RunningApp, client: httpx.AsyncClient) -> AsyncIterator[None]:
    """`WAITING` tabs that have asked the sixth provider, with a reader each; `hang` never answers."""
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(Tab(app.url)) for _ in range(WAITING)]
        readers = []
        for tab in tabs:
            await tab.choose_model(f"{SIXTH}:{model}")
            readers.append(asyncio.create_task(read_answer(client, await tab.send("Hello"))))
        if model != "hang":
            await asyncio.gather(*readers)
        yield
        for tab in tabs:
            await tab._emit(f"{CHAT}.stop_answer")
        await asyncio.gather(*readers)


async def measure(apps: Sequence[RunningApp]) -> tuple[list[float], list[float]]:
    """Seconds to first text of the others with none hanging, and with the sixth hanging.

    Both kinds are asked in turns, answer by answer, so that whatever else the machine does falls on both; at
    half-time the apps change places.
    """
    calm: list[float] = []
    hanging: list[float] = []
    for with_none, with_one in (apps, reversed(apps)):
        async with (
            client_of(with_none) as one,
            client_of(with_one) as other,
            waiting_for("echo", with_none, one),
            waiting_for("hang", with_one, other),
            Tab(with_none.url) as calm_tab,
            Tab(with_one.url) as hanging_tab,
        ):
            turns = [(calm_tab, one, calm), (hanging_tab, other, hanging)]
            end = time.monotonic() + HALF
            for number, model in enumerate(itertools.cycle(MODELS)):
                if time.monotonic() > end:
                    break
                for tab, client, found in turns if number % 2 else reversed(turns):
                    seconds = await ask(tab, model, client)
                    if number >= len(MODELS):  # what is done once, such as fetching a nonce, is done
                        found.append(seconds)
    return calm, hanging


def client_of(app: RunningApp) -> httpx.AsyncClient:
    """A client with as many connections as it needs."""
    return httpx.AsyncClient(base_url=app.url, timeout=60, limits=httpx.Limits(max_connections=None))


async def ask_auto(app: RunningApp, count: int, *, at_once: bool = False) -> list[str]:
    """Ask `Auto` so many times; returns the answers."""

    async def one() -> str:
        async with Tab(app.url) as tab, client_of(app) as client:
            await tab.choose_model("Auto:auto")
            return await read_answer(client, await tab.send("Hello"))

    if at_once:
        return await asyncio.gather(*(one() for _ in range(count)))
    return [await one() for _ in range(count)]


def reached(services: ServiceUrls) -> int:
    """Requests the hanging provider has seen since the last look."""
    count = len(services.call("GET", "requests", service="FreeGpt")["FreeGpt"])
    services.call("POST", "forget")
    return count


async def run(measured: Sequence[RunningApp], watched: RunningApp, services: ServiceUrls) -> int:
    """Measure while the breaker of `watched` rests; print everything; 0 if all is as it should be."""
    services.set_fault("FreeGpt", "hang-before")
    answers = await ask_auto(watched, FAILURES_TO_OPEN)
    rested = time.monotonic()
    before = reached(services)
    answers += await ask_auto(watched, 3)
    during = reached(services)
    calm, hanging = await measure(measured)
    await asyncio.sleep(max(0.0, rested + FIRST_OPEN_SECONDS + 0.5 - time.monotonic()))
    answers += await ask_auto(watched, 4, at_once=True)
    breaker = Breaker(before, during, reached(services), all(each.strip() for each in answers))
    sys.stdout.write(report(calm, hanging, breaker) + "\n")
    return 0 if p95(hanging) <= LIMIT * p95(calm) and breaker.right else 1


def p95(values: Sequence[float]) -> float:
    """The value that one in twenty exceeds."""
    return quantiles(values, n=20)[-1]


def report(calm: Sequence[float], hanging: Sequence[float], breaker: Breaker) -> str:
    """What was found, as Markdown."""
    ratio = p95(hanging) / p95(calm)
    lines = [
        f"Time to first text of five providers, {len(calm)} answers each way; "
        f"{WAITING} answers wait for the sixth while it hangs.",
        "",
        "| | none hangs | one of six hangs | ratio | limit |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, function, limit in (("median", median, ""), ("p95", p95, f"{LIMIT:.2f}")):
        before, with_hanging = function(calm), function(hanging)
        mark = " ✗" if limit and ratio > LIMIT else ""
        lines.append(
            f"| {name} | {before * 1000:.1f} ms | {with_hanging * 1000:.1f} ms "
            f"| {with_hanging / before:.3f}{mark} | {limit} |"
        )
    mark = "" if breaker.right else " ✗"
    lines += [
        "",
        f"Auto, first provider hanging: it was asked {breaker.before_rest} times, then {breaker.during_rest} "
        f"times while its breaker was open for {FIRST_OPEN_SECONDS:g} s, and then {breaker.after_rest} time "
        f"by 4 at once (half-open); {'every' if breaker.all_answered else 'not every'} answer came.{mark}",
    ]
    return "\n".join(lines)


def main() -> int:
    """Print the report; 1 if a limit is not kept."""
    build_once()
    with (
        tempfile.TemporaryDirectory() as folder,
        openai_process() as sixth,
        services_process() as well,
        services_process() as watched,
        RunningApp(
            Path(folder) / "one", well.environment() | {"OPENAI_BASE_URL": sixth}, forked=False
        ) as one,
        RunningApp(
            Path(folder) / "other", well.environment() | {"OPENAI_BASE_URL": sixth}, forked=False
        ) as other,
        RunningApp(
            Path(folder) / "watched",
            watched.environment() | {"WEBCHAT_FIRST_TEXT_TIMEOUT": str(BREAKER_DEADLINE)},
            forked=False,
        ) as auto,
    ):
        return asyncio.run(run((one, other), auto, watched))


if __name__ == "__main__":
    sys.exit(main())
