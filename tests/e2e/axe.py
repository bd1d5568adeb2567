"""What axe (https://github.com/dequelabs/axe-core) finds wrong with a page for people who do not see it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Literal

from playwright.async_api import Page

SIZES = ((1280, 800), (390, 844))
RULES_ON_COLOURS = ["color-contrast", "link-in-text-block"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


_STILL = """Promise.allSettled(
    document.getAnimations()
        .filter((it) => Number.isFinite(it.effect.getComputedTiming().endTime))
        .map((it) => it.finished)
)"""
"""Axe does not look at what is still fading in."""


@lru_cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page, only_colours: bool = False) -> list[str]:
    """A line each, once nothing moves: the rule, and where it is broken."""
    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate(_STILL)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(f"() => {{ {_axe()} }}")
    rules = {"runOnly": {"type": "rule", "values": RULES_ON_COLOURS}} if only_colours else {}
    found = await page.evaluate("async (rules) => (await axe.run(rules)).violations", rules)
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]


async def violations_in_both_schemes(page: Page) -> list[str]:
    """What is wrong with the page in light and in dark, which differ in colours alone."""
    found = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        only_colours = scheme != SCHEMES[0]
        found += [f"{scheme}: {each}" for each in await violations(page, only_colours)]
    return found


async def violations_in_each_look(page: Page) -> list[str]:
    """What is wrong with the page at 1280 and 390 px, light and dark, with the look in each line."""
    found = []
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} {each}" for each in await violations_in_both_schemes(page)]
    return found
