"""How fast compared answers reach the screen: `uv run python -m tests.benchmarks.compare`.

Starts webchat and a loopback upstream, compares three models in Chromium, and prints a table of medians of
three rounds.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import httpx
from playwright.async_api import Browser, expect

from tests.benchmarks.chromium import chromium
from tests.benchmarks.report import Figure, table
from tests.running_app import RunningApp, build_once
from tests.upstreams.openai import openai_process
from webchat.services.catalogue.builder import OPENAI_COMPATIBLE
from webchat.storage.engine import Database
from webchat.storage.location import DATABASE_FILE
from webchat.storage.migrations import upgrade
from webchat.storage.queries import providers, users
from webchat.storage.sqlite import sqlite_url
from webchat.storage.types import utc_now

ROUNDS = 3
PROVIDERS = ("One", "Two", "Three")
"""Names of the same upstream, because the models that are compared must differ."""
MODEL = "paced-2000-200"

WATCH = """
() => {
  window.seen = {};
  const look = () => {
    const columns = [...document.querySelectorAll('[data-testid="comparison"] [data-role="assistant"]')];
    for (const [at, column] of columns.entries()) {
      const words = column.querySelector('[data-testid="message-text"]');
      const last = words?.lastElementChild?.lastElementChild?.textContent.trim();
      if (last?.endsWith("END")) seen[at] ??= (performance.timeOrigin + performance.now()) / 1000;
    }
    if (Object.keys(seen).length === COUNT) document.body.dataset.measured = "";
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
""".replace("COUNT", str(len(PROVIDERS)))
"""Notes when the last word of each column was painted, in epoch seconds."""


async def plant(data_dir: Path, upstream: str) -> None:
    """Make a database with the providers whose models are compared."""
    database = Database(sqlite_url(data_dir / DATABASE_FILE))
    try:
        async with database.write() as session:
            owner = await users.ensure_local_owner(session, "You")
            for name in PROVIDERS:
                row = await providers.add(
                    session, owner.id, kind=OPENAI_COMPATIBLE, name=name, base_url=upstream
                )
                await providers.set_models(session, owner.id, row.id, [MODEL], utc_now())
    finally:
        await database.close()


async def compared(app: RunningApp, upstream: str, browser: Browser) -> float:
    """Seconds that the slowest of the columns is behind its upstream at the end."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.goto(app.url)
    picker = page.get_by_test_id("model-picker")
    await picker.click()
    await page.locator(f'[data-model="{PROVIDERS[0]}:{MODEL}"]').click()
    await expect(picker).to_have_text(MODEL)
    await picker.click()
    await page.get_by_test_id("compare-models").click()
    for name in PROVIDERS:
        option = page.locator(f'[data-model="{name}:{MODEL}"]')
        if await option.get_attribute("aria-selected") != "true":
            await option.click()
    await page.get_by_test_id("compare-start").click()
    await page.evaluate(WATCH)
    await page.get_by_test_id("composer").fill("END")
    await page.get_by_test_id("composer").press("Enter")
    await page.locator("body[data-measured]").wait_for(timeout=120_000)
    seen = await page.evaluate("Object.values(seen)")
    await context.close()
    async with httpx.AsyncClient() as client:
        root = upstream.removesuffix("/v1")
        requests = (await client.get(f"{root}/control/requests")).json()
    last = [each["last_chunk_at"] for each in requests if each["model"] == MODEL][-len(PROVIDERS) :]
    return float(max(at - sent for at, sent in zip(sorted(seen), sorted(last), strict=True)))


async def run() -> list[Figure]:
    """Measure `ROUNDS` times."""
    build_once()
    with tempfile.TemporaryDirectory() as folder, openai_process() as upstream:
        data_dir = Path(folder) / "data"
        data_dir.mkdir(mode=0o700)
        await asyncio.to_thread(upgrade, sqlite_url(data_dir / DATABASE_FILE))
        await plant(data_dir, upstream)
        with RunningApp(data_dir, {"WEBCHAT_WRITE_TITLES": "false"}, forked=False) as app:
            async with chromium() as browser:
                behind = [await compared(app, upstream, browser) for _ in range(ROUNDS)]
    what = "three compared answers of 2,000 chunks at 200/s: behind the upstreams at the end"
    return [Figure(what, tuple(behind), "s", 0.15, "–")]


def main() -> int:
    """Print the table; 1 if the figure is not reached."""
    figures = asyncio.run(run())
    sys.stdout.write(table(figures) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
