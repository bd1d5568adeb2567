"""What signing in costs those who read: `uv run python -m tests.benchmarks.sign_in`.

Streams an answer while nobody and while twenty people sign in again and again, from addresses of their own
and each with an argon2id hash, and prints the gaps between its events. Sign-ins may add 20 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.benchmarks.report import Timed, p95, table_of_times
from tests.integration.server.reading import PROVIDER, events
from tests.running_app import RunningApp, build_once
from tests.tab import Tab
from tests.upstreams.openai import openai_process

PASSWORD = "a long password"
MODEL = f"{PROVIDER}:clock-500-50"
"""Its answer is 500 chunks, 50 in a second."""
ROUNDS = 3
HELD_UP = 20.0
"""Milliseconds."""
FORM = {"username": "ann", "password": PASSWORD}


def headers(app: RunningApp) -> dict[str, str]:
    """What a browser sends with a form of the app's own."""
    return {"Origin": app.url, "Sec-Fetch-Site": "same-origin"}


async def gaps(client: httpx.AsyncClient, tab: Tab) -> list[float]:
    """Milliseconds between the events of one answer."""
    message_id = await tab.send("What time is it?")
    found: list[float] = []
    before: float | None = None
    async for event in events(client, message_id):
        now = time.perf_counter()
        if before is not None and event.words:
            found.append((now - before) * 1000)
        before = now
    return found


async def sign_in_again(app: RunningApp, person: int, done: asyncio.Event) -> int:
    """Sign in until told to stop; returns how often."""
    count = 0
    # One address alone could not send so many.
    place = httpx.AsyncHTTPTransport(local_address=f"127.0.0.{person + 2}")
    async with httpx.AsyncClient(
        base_url=app.url, headers=headers(app), timeout=60, transport=place
    ) as browser:
        while not done.is_set():
            response = await browser.post("/sign-in", data=FORM)
            assert response.status_code == 303, response.text
            count += 1
    return count


async def measure(app: RunningApp, people: int) -> list[Timed]:
    link = app.setup_link().removeprefix(app.url)
    async with httpx.AsyncClient(base_url=app.url, headers=headers(app), timeout=120) as client:
        set_up = await client.post(link, data=FORM)
        assert set_up.status_code == 303, set_up.text
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        quiet: list[float] = []
        busy: list[float] = []
        signed_in, seconds = 0, 0.0
        async with Tab(app.url, cookie) as tab:
            await tab.choose_model(MODEL)
            for _ in range(ROUNDS):
                quiet += await gaps(client, tab)
                done, began = asyncio.Event(), time.perf_counter()
                signing = [asyncio.create_task(sign_in_again(app, person, done)) for person in range(people)]
                busy += await gaps(client, tab)
                seconds += time.perf_counter() - began
                done.set()
                signed_in += sum(await asyncio.gather(*signing))
    what = f"{people} people signing in, {signed_in / seconds:.0f} sign-ins a second"
    return [
        Timed("gap between two events, nobody signs in", quiet),
        Timed(f"gap between two events, {what}", busy, limit=round(p95(quiet) + HELD_UP, 1)),
    ]


def main() -> int:
    """Print the table; the exit code says whether all is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    given = parser.parse_args()
    build_once()
    environment = {"WEBCHAT_HOST": "0.0.0.0", "WEBCHAT_RATE_LIMITS": "false"}
    with (
        tempfile.TemporaryDirectory() as folder,
        openai_process() as upstream,
        RunningApp(Path(folder) / "data", {"OPENAI_BASE_URL": upstream, **environment}, forked=False) as app,
    ):
        rows = asyncio.run(measure(app, given.people))
    sys.stdout.write(table_of_times(rows) + "\n")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
