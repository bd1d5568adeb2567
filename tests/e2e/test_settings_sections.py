"""The sections of Settings and their addresses."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.running_app import RunningApp

SECTIONS = {
    "General": ("/settings", "defaults-save"),
    "Models and providers": ("/settings/models", "provider-add"),
    "Assistants": ("/settings/assistants", "assistant-add"),
    "Prompts": ("/settings/prompts", "prompt-add"),
    "Sharing": ("/settings/sharing", "settings-section"),
    "Data": ("/settings/data", "delete-after"),
    "Keyboard": ("/settings/keyboard", "shortcut"),
    "Account": ("/settings/account", "create-account"),
    "About": ("/settings/about", "version"),
    "People": ("/settings/people", "settings-section"),
    "Server": ("/settings/server", "database-path"),
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


async def test_a_model_is_connected_from_the_first_page(page: Page, bare_app: RunningApp) -> None:
    await page.goto(bare_app.url)
    await page.get_by_test_id("connect-model").click()
    connect = page.get_by_test_id("provider-connect")
    await connect.get_by_test_id("provider-preset").filter(has_text="OpenRouter").click()

    await expect(page.get_by_test_id("provider-name")).to_have_value("OpenRouter")
    await expect(page.get_by_test_id("provider-url")).to_have_value("https://openrouter.ai/api/v1")
    dialog = page.get_by_test_id("provider-dialog")
    await dialog.get_by_test_id("provider-preset").filter(has_text="Ollama").click()
    await expect(page.get_by_test_id("provider-name")).to_have_value("Ollama")
    await page.get_by_test_id("provider-url").fill("ftp://example.org")
    await page.get_by_test_id("provider-save").click()
    problem = page.get_by_test_id("provider-problem")
    await expect(problem).to_be_visible()
    await expect(page.get_by_test_id("provider-url")).to_have_attribute("aria-invalid", "true")
    described = await page.get_by_test_id("provider-url").get_attribute("aria-describedby")
    await expect(problem).to_have_id(described or "")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
async def test_rows_of_providers_are_64_px_tall(page: Page, bare_app: RunningApp, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{bare_app.url}/settings/models")
    rows = page.get_by_test_id("provider-item")
    await expect(rows).to_have_count(6)

    heights = await rows.evaluate_all("rows => rows.map(row => row.clientHeight)")
    assert set(heights) == {64}


SHIFTS = """window.shifts = 0;
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_moves_while_a_section_loads(page: Page, bare_app: RunningApp, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.add_init_script(SHIFTS)
    shifts = {}
    for title, (path, content) in SECTIONS.items():
        await page.goto(f"{bare_app.url}{path}")
        await expect(page.get_by_test_id(content).first).to_be_visible()
        await expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        await page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        shifts[title] = await page.evaluate("window.shifts")

    assert {title: shift for title, shift in shifts.items() if shift > 0.02} == {}
