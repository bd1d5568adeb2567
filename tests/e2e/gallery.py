"""Takes a picture of every page and state: `uv run python -m tests.e2e.gallery FOLDER [NAME …]`.

At 1280 and 390 px, light and dark. With names, only of those whose file name begins with one. With
`--language ru`, in that language; `--language en-XA` is the pseudo-locale, which shows what has no room.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Error, Page, async_playwright

from tests.e2e.browser import ARGUMENTS, find_chromium
from tests.e2e.chat_page import ChatPage
from tests.e2e.gallery_accounts import ACCOUNTS, set_up
from tests.e2e.gallery_states import BARE, LONG, MODELS, OTHERS, PICTURES, TALK, Take
from tests.e2e.planting import plant
from tests.pseudo_language import pseudo_language
from tests.running_app import RunningApp, build_once
from tests.translations import PSEUDO
from tests.upstreams.openai import openai_process

SIZES = {"1280": (1280, 800), "390": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def _picture(browser: Browser, url: str, name: str, take: Take, folder: Path, language: str) -> None:
    for size, (width, height) in SIZES.items():
        phone = width < 500
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=phone,
            is_mobile=phone,
            locale=language,
        )
        page: Page = await context.new_page()
        try:
            await take(ChatPage(page, url))
        except (AssertionError, Error) as error:
            sys.stderr.write(f"{name} at {size}: {str(error).splitlines()[0]}\n")
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            await page.wait_for_timeout(250)  # transitions of the theme
            await page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", animations="disabled")
        await context.close()


async def _set_up(app: RunningApp) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        await set_up(await browser.new_page(), app)
        await browser.close()


async def _pictures(
    app_url: str, bare_url: str, accounts_url: str, folder: Path, names: list[str], language: str
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for pictures, url in ((PICTURES, app_url), (BARE, bare_url), (ACCOUNTS, accounts_url)):
            for name, take in pictures.items():
                if not names or any(name.startswith(wanted) for wanted in names):
                    await _picture(browser, url, name, take, folder, language)
        await browser.close()


def take_all(folder: Path, names: list[str], language: str = "en") -> None:
    """Take the pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    build_once()
    with tempfile.TemporaryDirectory() as work, openai_process() as upstream:
        data = Path(work) / "data"
        plant(data, upstream, [TALK, LONG, *OTHERS, *MODELS.values()])
        accounts = RunningApp(Path(work) / "accounts", {"WEBCHAT_HOST": "0.0.0.0"})
        with RunningApp(data) as app, RunningApp(Path(work) / "bare") as bare, accounts:
            asyncio.run(_set_up(accounts))
            asyncio.run(_pictures(app.url, bare.url, accounts.url, folder, names, language))
            app.kill()  # a stop in good order would wait for the answers that are left unfinished
            bare.kill()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("names", nargs="*")
    arguments.add_argument("--language", default="en")
    asked = arguments.parse_args()
    with pseudo_language() if asked.language == PSEUDO else nullcontext():
        take_all(asked.folder, asked.names, asked.language)
