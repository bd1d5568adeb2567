"""A share link in a reader's browser: with and without scripts, on a phone, in the dark, and under attack."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.axe import violations_in_both_schemes
from tests.e2e.browser import loaded_typefaces
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.payloads import NOTE_WHAT_RUNS, xss_payloads
from tests.running_app import RunningApp
from tests.sharing import publish
from tests.unit.rendering.conversation import realistic
from webchat.services.sharing.links import Link

TALK = conversation("How the rows come back", turns=[message.text for message in realistic(20).messages])
SHORT = conversation("A short one", turns=["What is $x^2$ for 3?", "It is **9**, or $3^2$."])
HOSTILE = conversation("Hostile", turns=[payload for payload in xss_payloads() for _ in range(2)])


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TALK, SHORT, HOSTILE]


class Reader:
    """Somebody with a link in a browser of their own; `requests` is what it has asked for."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.requests: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))

    async def open(self, link: Link) -> str:
        await self.page.goto(self.url + link.path)
        return self.url + link.path


@pytest_asyncio.fixture(loop_scope="session")
async def new_reader(browser: Browser, app: RunningApp) -> AsyncIterator[Any]:
    contexts = []

    async def new(**options: Any) -> Reader:
        context = await browser.new_context(**options)
        contexts.append(context)
        return Reader(await context.new_page(), app.url)

    yield new
    for context in contexts:
        await context.close()


def own_typeface(app: RunningApp, address: str) -> str:
    """The name of the typeface at this address; empty if there is none of this server."""
    found = re.fullmatch(
        rf"{app.url}/assets/(onest|jetbrains-mono)-latin-wght-normal-[\w-]{{8}}\.woff2", address
    )
    return found[1] if found else ""


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_it_is_one_request_with_its_typefaces_and_reads_without_scripts(
    app: RunningApp, new_reader: Any, scripts: bool
) -> None:
    reader = await new_reader(java_script_enabled=scripts)
    address = await reader.open(await publish(app.data_dir, TALK.id, title=TALK.title))
    await reader.page.wait_for_load_state("networkidle")

    await expect(reader.page.get_by_role("heading", level=1)).to_have_text(TALK.title)
    await expect(reader.page.get_by_role("article")).to_have_count(20)
    await expect(reader.page.locator("pre").first).to_contain_text("async def fetch_")
    await expect(reader.page.locator("math").first).to_be_visible()
    assert reader.requests[0] == address
    assert [own_typeface(app, each) for each in sorted(reader.requests[1:])] == ["jetbrains-mono", "onest"]


async def test_it_has_the_typeface_of_the_app(app: RunningApp, new_reader: Any) -> None:
    reader = await new_reader()
    await reader.open(await publish(app.data_dir, TALK.id))

    assert await loaded_typefaces(reader.page) >= {"Onest Variable", "JetBrains Mono Variable"}


async def test_it_reads_where_its_typefaces_do_not_come(app: RunningApp, new_reader: Any) -> None:
    reader = await new_reader()
    await reader.page.route("**/*.woff2", lambda route: route.abort())
    await reader.open(await publish(app.data_dir, TALK.id))
    await reader.page.wait_for_load_state("networkidle")

    await expect(reader.page.get_by_role("article")).to_have_count(20)
    assert "Onest Variable" not in await loaded_typefaces(reader.page)


async def test_a_passphrase_is_asked_for_without_scripts(app: RunningApp, new_reader: Any) -> None:
    reader = await new_reader(java_script_enabled=False)
    await reader.open(await publish(app.data_dir, SHORT.id, passphrase="correct horse"))
    field = reader.page.get_by_label("Passphrase")
    await expect(reader.page.get_by_role("article")).to_have_count(0)
    await field.fill("wrong horse")
    await field.press("Enter")
    await expect(reader.page.get_by_role("alert")).to_contain_text("Wrong passphrase")
    await field.fill("correct horse")
    await reader.page.get_by_role("button", name="Show conversation").click()

    await expect(reader.page.get_by_role("article")).to_have_count(2)
    await reader.page.reload()
    await expect(reader.page.get_by_role("article")).to_have_count(2)


async def test_a_reader_goes_on_in_webchat(app: RunningApp, new_reader: Any) -> None:
    reader = await new_reader()
    await reader.open(await publish(app.data_dir, SHORT.id, title="To be continued", may_continue=True))
    await reader.page.get_by_role("button", name="Continue in webchat").click()
    await reader.page.wait_for_url("**/c/*")
    assert not reader.page.url.endswith(SHORT.id)

    chat = ChatPage(reader.page, app.url)
    await expect(chat.messages).to_have_count(2)
    await expect(chat.sidebar.first).to_have_text("To be continued")
    await chat.ask("And then?", "echo")
    await expect(chat.text).to_have_text("And then?")


async def test_s7_no_payload_runs_on_the_page_or_in_the_files(
    app: RunningApp, new_reader: Any, tmp_path: Path
) -> None:
    """Without the page's policy, which would stop what got through."""
    reader = await new_reader(bypass_csp=True)
    await reader.page.add_init_script(NOTE_WHAT_RUNS)
    link = await publish(app.data_dir, HOSTILE.id, title=xss_payloads()[0][:200])
    address = await reader.open(link)
    await expect(reader.page.get_by_role("article")).to_have_count(len(HOSTILE.turns))
    for ending in ("html", "md"):
        file = tmp_path / f"conversation.{ending}"
        file.write_bytes(await (await reader.page.request.get(f"{address}/webchat.{ending}")).body())
    assert await reader.page.evaluate("window.ran") == []
    assert [each for each in reader.requests if not own_typeface(app, each)] == [address]

    reader.requests.clear()
    await reader.page.goto((tmp_path / "conversation.html").as_uri())
    await expect(reader.page.get_by_role("article")).to_have_count(len(HOSTILE.turns))
    assert await reader.page.evaluate("window.ran") == []
    assert reader.requests == [reader.page.url]

    # What these would have done where they are taken for HTML: the watch above works.
    await reader.page.set_content("".join(xss_payloads()[:40]))
    await reader.page.wait_for_function("() => window.ran.length > 0")


@pytest.mark.parametrize("width", [1280, 390])
async def test_everybody_can_read_it(app: RunningApp, new_reader: Any, width: int) -> None:
    reader = await new_reader(viewport={"width": width, "height": 800})
    open_link = await publish(app.data_dir, TALK.id, title=TALK.title, may_continue=True)
    locked = await publish(app.data_dir, TALK.id, passphrase="correct horse")
    for path in (open_link.path, locked.path, "/share/wrong"):
        await reader.page.goto(reader.url + path)
        await expect(reader.page.get_by_role("heading", level=1)).to_be_visible()

        assert await violations_in_both_schemes(reader.page) == []
        assert await reader.page.evaluate("document.documentElement.scrollWidth") <= width


async def test_it_is_printed_without_its_buttons(app: RunningApp, new_reader: Any) -> None:
    reader = await new_reader()
    await reader.open(await publish(app.data_dir, SHORT.id, may_continue=True))
    button = reader.page.get_by_role("button", name="Continue in webchat")
    await expect(button).to_be_visible()
    await reader.page.emulate_media(media="print")

    await expect(button).to_be_hidden()
    await expect(reader.page.get_by_role("article")).to_have_count(2)


async def test_messengers_find_a_title_and_a_picture(app: RunningApp, new_reader: Any) -> None:
    reader = await new_reader()
    await reader.open(await publish(app.data_dir, SHORT.id, title="What is x² for 3?"))

    async def tag(name: str) -> str:
        found = reader.page.locator(f'meta[property="{name}"], meta[name="{name}"]')
        return str(await found.get_attribute("content"))

    assert await tag("og:title") == "What is x² for 3?"
    assert "What is" in await tag("og:description")
    assert await tag("twitter:card") == "summary_large_image"
    assert "noindex" in await tag("robots")
    picture = await reader.page.request.get(await tag("og:image"))
    assert (await picture.body()).startswith(b"\x89PNG")
