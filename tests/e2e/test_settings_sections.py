"""The sections of Settings and their addresses."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.running_app import RunningApp

SECTIONS = {
    "General": ("/settings", "defaults-save"),
    "Models and providers": ("/settings/models", "provider-add"),
    "Sharing": ("/settings/sharing", "settings-section"),
    "Data": ("/settings/data", "delete-after"),
    "Keyboard": ("/settings/keyboard", "settings-section"),
    "About": ("/settings/about", "version"),
}


async def is_open(page: Page, title: str) -> None:
    path, content = SECTIONS[title]
    await expect(page).to_have_url(re.compile(f"{path}/?$"))
    await expect(page.get_by_role("heading", level=2, name=title, exact=True)).to_be_visible()
    current = page.get_by_test_id("settings-section").and_(page.locator('[aria-current="page"]'))
    await expect(current).to_have_text(title)
    await expect(page.get_by_test_id(content).first).to_be_visible()
    start = "" if title == "General" else f"{title} · "
    await expect(page).to_have_title(f"{start}Settings · webchat")


@pytest.mark.parametrize("width", [390, 1280])
async def test_every_section_is_reached_and_back_works(page: Page, bare_app: RunningApp, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{bare_app.url}/settings")
    await is_open(page, "General")
    for title in list(SECTIONS)[1:]:
        await page.get_by_test_id("settings-section").filter(has_text=title).click()
        await is_open(page, title)
    for title in list(SECTIONS)[-2::-1]:
        await page.go_back()
        await is_open(page, title)


async def test_a_section_opens_by_its_address(page: Page, bare_app: RunningApp) -> None:
    for title, (path, _) in SECTIONS.items():
        await page.goto(f"{bare_app.url}{path}")
        await is_open(page, title)
