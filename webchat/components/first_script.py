"""The script that runs before a page is painted."""

from __future__ import annotations

from pathlib import Path

import reflex as rx

_SOURCE = Path(__file__).parents[2] / "assets" / "boot.js"


def first_script() -> rx.Component:
    """`assets/boot.js` as a part of the page: a request of its own would hold up the page on a slow line."""
    return rx.el.script(custom_attrs={"dangerouslySetInnerHTML": {"__html": _SOURCE.read_text("utf-8")}})
