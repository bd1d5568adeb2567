"""What axe finds in the states that a person comes to: at two widths, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.e2e.axe import violations_in_each_look
from tests.e2e.chat_page import ChatPage
from tests.e2e.gallery_accounts import ACCOUNTS, set_up
from tests.e2e.gallery_states import LONG, MODELS, OTHERS, PICTURES, TALK
from tests.e2e.planting import Planted, plant
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp

GROUPS = {
    "answers": ["sidebar", "writing", "queued", "failed", "cut-off", "waiting", "too-long"],
    "files": [name for name in PICTURES if name.startswith("files-")],
    "comparing": ["comparing", "compared"],
    "assistants": [name for name in PICTURES if name.startswith("assistant")],
    "sharing": ["share", "share-made", "shared", "shared-passphrase", "shared-wrong"],
    "history": ["results", "no-results", "import", "imported"],
    "over a page": ["palette-results", "notice"],
    "before scripts": [name for name in PICTURES if name.startswith("before-scripts")],
}
"""States that no other test looks at with axe."""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TALK, LONG, *OTHERS, *MODELS.values()]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The states change the history and the settings."""
    return own_app


@pytest.fixture
def tolerated() -> list[str]:
    """The browser reports requests that are refused or broken off; some states are made of these."""
    return ["401", "403", "404", "ERR_", "WebSocket", "Socket"]


async def _forget(page: Page, url: str) -> None:
    """Leave the page, with what its browser keeps of it: drafts and files that are not sent."""
    await page.unroute_all()
    await page.goto("about:blank")
    browser = await page.context.new_cdp_session(page)
    kept = {"origin": url, "storageTypes": "local_storage,indexeddb"}
    await browser.send("Storage.clearDataForOrigin", kept)
    await browser.detach()


@pytest.mark.parametrize("group", GROUPS)
async def test_axe_finds_nothing_while_a_person_does_things(chat: ChatPage, page: Page, group: str) -> None:
    found: dict[str, list[str]] = {}
    for state in GROUPS[group]:
        await page.set_viewport_size({"width": 1280, "height": 800})
        await _forget(page, chat.url)
        await PICTURES[state](chat)
        found[state] = await violations_in_each_look(page)
    assert not any(found.values()), found


@pytest.fixture(scope="module")
def app_with_accounts(
    built: None, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    data_dir = tmp_path_factory.mktemp("accounts") / "data"
    plant(data_dir, upstream.url, [])
    running = RunningApp(data_dir, {"WEBCHAT_HOST": "0.0.0.0"}).start()
    yield running
    running.kill()


async def test_axe_finds_nothing_where_accounts_are_made_and_used(
    page: Page, app_with_accounts: RunningApp
) -> None:
    chat = ChatPage(page, app_with_accounts.url)
    await page.goto(app_with_accounts.setup_link())
    await expect(page.get_by_test_id("setup-form")).to_be_visible()
    found = {"setup": await violations_in_each_look(page)}
    await page.set_viewport_size({"width": 1280, "height": 800})
    await set_up(page, app_with_accounts)
    for state, take in ACCOUNTS.items():
        await page.set_viewport_size({"width": 1280, "height": 800})
        await take(chat)
        found[state] = await violations_in_each_look(page)
    assert not any(found.values()), found
