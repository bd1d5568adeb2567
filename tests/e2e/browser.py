"""The system's Chromium, for the end-to-end tests and the benchmarks."""

from __future__ import annotations

import shutil

from playwright.async_api import Page

SHELL = "chromium-headless-shell"
"""The same engine without windows: a page opens with a quarter less processor time."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", SHELL)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium 156 starts a renderer for the suggestions of the address bar with every window.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]


def find_chromium(*preferred: str) -> str | None:
    """The path of an installed Chromium, one of the preferred names if possible; None where there is none."""
    return next(filter(None, map(shutil.which, (*preferred, *NAMES))), None)


async def loaded_typefaces(page: Page) -> set[str]:
    """The families of the `@font-face` rules whose typeface the page has loaded."""
    families = await page.evaluate(
        """document.fonts.ready.then((faces) =>
            [...faces].filter((face) => face.status === "loaded").map((face) => face.family))"""
    )
    return {family.strip('"') for family in families}
