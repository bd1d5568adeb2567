"""webchat under a path: everything a page loads and every address it shows begins with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import loaded_typefaces
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import plant
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp, free_port

BASE = "/home/chat"


@pytest.fixture(scope="module")
def app(built: None, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    data_dir = tmp_path_factory.mktemp("below") / "data"
    plant(data_dir, upstream.url, [])
    port = free_port()
    running = RunningApp(data_dir, {"WEBCHAT_PUBLIC_URL": f"http://127.0.0.1:{port}{BASE}"}, port).start()
    yield running
    running.kill()


@pytest.fixture
def service_worker() -> bool:
    return True


async def sign_in(page: Page, form: str) -> None:
    await page.locator('[name="username"]').fill("ann")
    await page.locator('[name="password"]').fill("correct horse battery")
    await page.locator(f'[data-testid="{form}"] button').click()


async def test_chat_reload_share_and_pages_under_a_path(
    app: RunningApp, page: Page, complaints: list[str]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda websocket: asked.append(websocket.url))
    await page.goto(f"{app.url}{BASE}")  # without the slash
    await expect(page.get_by_text("Open the setup link")).to_be_visible()
    await page.goto(app.setup_link())
    await sign_in(page, "setup-form")
    await page.wait_for_url(f"{app.url}{BASE}/")
    await page.goto(f"{app.url}{BASE}/settings/account")
    await page.get_by_test_id("sign-out").click()
    await page.goto(f"{app.url}{BASE}")
    await page.wait_for_url(f"{app.url}{BASE}/sign-in?next=*")
    await sign_in(page, "sign-in-form")
    await page.wait_for_url(f"{app.url}{BASE}/")
    chat = ChatPage(page, f"{app.url}{BASE}")

    await chat.ask("Under a path", "echo")
    await expect(chat.text).to_have_text("Under a path")
    path = await chat.has_address()
    assert path.startswith("/c/")
    await expect(chat.sidebar).to_have_count(1)
    await page.reload()
    await expect(chat.text).to_have_text("Under a path")

    await page.get_by_test_id("share-open").click()
    await page.get_by_test_id("share-publish").click()
    address = page.get_by_test_id("share-link")
    await expect(address).to_have_value(re.compile(rf"^{app.url}{BASE}/share/[\w-]+$"))
    link = await address.input_value()
    await page.goto(link)
    await expect(page.get_by_text("Under a path").first).to_be_visible()
    assert "Onest Variable" in await loaded_typefaces(page)
    async with page.expect_download() as download:
        await page.get_by_text("Download as Markdown").click()
    assert (await download.value).url == f"{link}/webchat.md"

    for name in ("/history", "/settings/models", "/trash"):
        await page.goto(f"{app.url}{BASE}{name}")
        await expect(page.get_by_test_id("new-chat")).to_be_visible()
    await page.get_by_test_id("new-chat").click()
    await page.wait_for_url(f"{app.url}{BASE}/")
    scope = await page.evaluate("navigator.serviceWorker.ready.then((worker) => worker.scope)")
    assert scope == f"{app.url}{BASE}/"
    elsewhere = [
        url
        for url in asked
        if url.startswith(("http", "ws")) and not urlsplit(url).path.startswith(f"{BASE}/")
    ]
    assert set(elsewhere) == {f"{app.url}{BASE}"}
    complaints[:] = [each for each in complaints if "503" not in each]  # before it was set up
    assert complaints == []
