"""Diagrams where no script runs: on pages of links and in exported files they are as the chat drew them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, Response, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.rich_answers import DIAGRAM
from tests.e2e.waiting import until
from tests.running_app import RunningApp
from tests.sharing import publish

COLOURS = ("light", "dark")
DRAWN = {colours: conversation(f"Drawn in {colours}", turns=["Show me", DIAGRAM]) for colours in COLOURS}
WIDTHS = "images => Promise.all(images.map(image => image.decode().then(() => image.naturalWidth)))"
REMEMBERED = """Object.entries(localStorage).some(
    ([key, value]) => key.startsWith("webchat.diagrams") && value.split(" ").length === 2)"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return list(DRAWN.values())


class Kept:
    """Whether this many drawings were kept."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, response: Response) -> bool:
        self.left -= response.url.endswith("/diagrams") and response.status == 204
        return self.left == 0


@pytest.mark.parametrize("colours", COLOURS)
async def test_a_diagram_is_shown_as_the_chat_has_drawn_it(
    chat: ChatPage, page: Page, app: RunningApp, tmp_path: Path, colours: str
) -> None:
    talk = DRAWN[colours]
    await page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
    async with page.expect_event("response", Kept(2)):
        await chat.open(talk.path)
    await expect(chat.text.get_by_test_id("diagram")).to_have_count(2)
    exported = await page.request.get(f"{app.url}/api/export?format=html&conversation={talk.id}")
    (tmp_path / "exported.html").write_bytes(await exported.body())
    link = await publish(app.data_dir, talk.id)

    for address in (app.url + link.path, (tmp_path / "exported.html").as_uri()):
        await page.goto(address)
        images = page.get_by_role("img", name="Diagram")
        await expect(images).to_have_count(2)
        assert min(await images.evaluate_all(WIDTHS)) > 0
        source = page.get_by_text("graph TD")
        await expect(source).to_be_hidden()
        await page.get_by_text("Source of the diagram").first.click()
        await expect(source).to_be_visible()
        await expect(page.locator("pre", has_text="no such diagram")).to_be_visible()


async def test_a_drawing_is_handed_over_once(chat: ChatPage, page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/diagrams" in request.url else None)
    for _ in range(2):
        await chat.open(DRAWN["light"].path)
        await page.evaluate(until(REMEMBERED))  # or leaving the page may end the first
        await expect(chat.text.get_by_test_id("diagram")).to_have_count(2)
        await page.evaluate("new Promise(done => requestIdleCallback(() => setTimeout(done, 100)))")
        await page.wait_for_load_state("networkidle")

    assert len(sent) == 2


async def test_a_diagram_that_was_streamed_is_handed_over_at_its_end(
    chat: ChatPage, page: Page, app: RunningApp
) -> None:
    await chat.open()
    async with page.expect_event("response", Kept(1)):
        await chat.ask("```mermaid\ngraph LR\n  Streamed --> Kept\n```", "echo")
    path = await chat.has_address()
    link = await publish(app.data_dir, path.removeprefix("/c/"))

    await page.goto(app.url + link.path)
    await expect(page.get_by_role("img", name="Diagram")).to_be_visible()
