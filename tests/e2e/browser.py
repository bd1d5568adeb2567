"""The system's Chromium, for the end-to-end tests and the benchmarks."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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


def find_chromium() -> str | None:
    """The path of an installed Chromium, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)
