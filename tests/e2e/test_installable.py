"""The app as it is installed: its manifest, its icons, and its pages without a connection."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage
from tests.relay import Relay
from tests.running_app import RunningApp

ACTIVE = "navigator.serviceWorker.ready.then((found) => found.active.state)"


@pytest.fixture
def service_worker() -> bool:
    return True


@pytest.fixture
def tolerated() -> list[str]:
    return ["ERR_INTERNET_DISCONNECTED", "closed before the connection is established", "Failed to fetch"]


async def test_the_manifest_and_its_icons_are_there(page: Page, bare_app: RunningApp) -> None:
    await page.goto(bare_app.url)
    session = await page.context.new_cdp_session(page)
    found: dict[str, Any] = await session.send("Page.getAppManifest")
    async with httpx.AsyncClient(base_url=bare_app.url) as client:
        manifest = (await client.get("/manifest.json")).json()
        icons = [await client.get(icon["src"]) for icon in manifest["icons"]]

    assert found["url"] == f"{bare_app.url}/manifest.json"
    assert found["errors"] == []
    assert [icon.headers["Content-Type"] for icon in icons] == ["image/png"] * 3
    assert "maskable" in [icon.get("purpose") for icon in manifest["icons"]]


async def test_pages_open_without_a_connection(page: Page, bare_app: RunningApp) -> None:
    chat = ChatPage(page, bare_app.url)
    await chat.open()
    await page.evaluate(ACTIVE)
    await page.reload()  # through the worker
    await expect(chat.composer).to_be_visible()
    await page.context.set_offline(True)
    await page.goto(bare_app.url)

    await expect(chat.composer).to_be_visible()
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await chat.composer.fill("Written without a connection")
    await page.context.set_offline(False)
    await expect(page.get_by_text("Reconnecting")).to_be_hidden()
    await expect(chat.composer).to_have_value("Written without a connection")


async def test_pages_open_while_a_proxy_says_that_the_server_is_away(
    page: Page, bare_app: RunningApp, tolerated: list[str]
) -> None:
    tolerated += ["502", "WebSocket connection", "ERR_"]
    async with Relay(bare_app.url) as proxy:
        chat = ChatPage(page, proxy.url)
        await chat.open()
        await page.evaluate(ACTIVE)
        await page.reload()  # through the worker
        await expect(chat.composer).to_be_visible()
        proxy.refuse()
        await page.goto(proxy.url)

        await expect(chat.composer).to_be_visible()
        await expect(page.get_by_text("Reconnecting")).to_be_visible()
        proxy.stop_refusing()
        await expect(page.get_by_text("Reconnecting")).to_be_hidden(timeout=20_000)


async def test_a_page_that_has_changed_is_not_served_from_before(page: Page, bare_app: RunningApp) -> None:
    await page.goto(bare_app.url)
    await page.evaluate(ACTIVE)
    await page.reload()
    stale = "caches.open('pages-1').then((pages) => pages.put('/', new Response('<p>stale</p>')))"
    await page.evaluate(stale)
    await page.reload()

    await expect(page.get_by_test_id("composer")).to_be_visible()
    kept = "caches.open('pages-1').then((pages) => pages.match('/')).then((found) => found.text())"
    assert "stale" not in await page.evaluate(kept)


async def test_nothing_of_a_conversation_is_kept(page: Page, app: RunningApp) -> None:
    chat = ChatPage(page, app.url)
    await chat.open()
    await page.evaluate(ACTIVE)
    await page.reload()
    await chat.ask("A question nobody else may read")
    await chat.has_status("complete")
    await page.reload()
    await expect(chat.answer).to_be_visible()

    everything = await page.evaluate(
        """async () => {
            const texts = [];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys())
                    texts.push([request.url, await (await cache.match(request)).text()]);
            }
            return texts;
        }"""
    )
    assert len(everything) > 3
    assert not [url for url, text in everything if "/api/" in url or "nobody else may read" in text]
