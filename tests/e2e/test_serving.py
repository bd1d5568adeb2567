"""What a browser makes of the server itself, whatever the pages show."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from playwright.async_api import Page, Route, expect

from tests.running_app import RunningApp


async def test_the_page_loads_without_a_complaint(app: RunningApp, page: Page, complaints: list[str]) -> None:
    response = await page.goto(app.url, wait_until="networkidle")

    assert response is not None
    assert response.status == 200
    assert complaints == []


async def test_everything_the_page_asks_for_comes_from_its_own_address(app: RunningApp, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda websocket: asked.append(websocket.url))

    await page.goto(app.url, wait_until="networkidle")

    assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {
        urlsplit(app.url).netloc
    }


async def test_an_inline_script_that_is_not_ours_does_not_run(
    app: RunningApp, page: Page, complaints: list[str]
) -> None:
    await page.goto(app.url)
    ran = await page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            return window.ran === true;
        }"""
    )
    complaints.clear()

    assert not ran


async def test_a_button_cannot_be_pressed_before_it_works(app: RunningApp, page: Page) -> None:
    """On a slow line the page is there before its scripts are."""
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await page.route("**/assets/*.js", late)
    await page.goto(app.url, wait_until="commit")
    picker = page.get_by_test_id("model-picker")
    await expect(picker).to_have_css("pointer-events", "none")  # once the style sheet is there

    come.set()
    await picker.click()

    await expect(page.get_by_test_id("model-search")).to_be_visible()
