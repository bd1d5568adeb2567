"""What axe (https://github.com/dequelabs/axe-core) finds wrong with a page for people who do not see it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from playwright.async_api import Page


@lru_cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """A line each: the rule, and where it is broken."""
    await page.evaluate(f"() => {{ {_axe()} }}")
    found = await page.evaluate("async () => (await axe.run()).violations")
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]
