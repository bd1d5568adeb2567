"""Chromium against the real server. Without Chromium these tests skip, or fail where one is required."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from tests.e2e.browser import ARGUMENTS, NAMES, SHELL, find_chromium
from tests.e2e.chat_page import ChatPage
from tests.e2e.languages import Words, browser_in
from tests.e2e.planting import Planted, plant, plant_more
from tests.e2e.russian import english_on
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp, build_once
from tests.upstreams.openai import openai_process
from webchat.words.language import ENGLISH

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here drives a browser and opens loopback sockets; all share the browser's event loop."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.network)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    found = find_chromium(SHELL)
    if found is not None:
        return found
    reason = f"no Chromium on this machine (looked for {', '.join(NAMES)})"
    if os.environ.get("WEBCHAT_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def built(chromium: str) -> None:
    build_once()


@pytest.fixture(scope="session")
def upstream(chromium: str) -> Iterator[Upstream]:
    """A scripted OpenAI-compatible server, the provider `Loop` of every `app` that plants it."""
    with openai_process() as url:
        yield Upstream(url)


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    """The conversations a module's tests find in `app`; a module overrides it."""
    return []


@pytest.fixture(scope="session")
def shared_app(
    built: None, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    """One webchat with the provider `Loop`, for all tests that neither stop it nor change its settings."""
    data_dir = tmp_path_factory.mktemp("shared") / "data"
    plant(data_dir, upstream.url, [])
    running = RunningApp(data_dir).start()
    yield running
    running.kill()  # a stop in good order would wait for the answers that tests have left unfinished


@pytest.fixture(scope="module")
def own_app(
    built: None, upstream: Upstream, planted: list[Planted], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    """One webchat like `shared_app` for one module alone, which overrides `app` with it."""
    data_dir = tmp_path_factory.mktemp("own") / "data"
    plant(data_dir, upstream.url, planted)
    running = RunningApp(data_dir).start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def app(shared_app: RunningApp, planted: list[Planted]) -> RunningApp:
    """The webchat of a module, with what it planted."""
    plant_more(shared_app.data_dir, planted)
    return shared_app


@pytest.fixture(scope="module")
def bare_app(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """One webchat with nothing configured."""
    with RunningApp(tmp_path_factory.mktemp("bare") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _every_answer_is_written(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test: no message of its server is being written that the server does not write."""
    yield
    for name in {"app", "bare_app"} & set(request.fixturenames):
        app = request.getfixturevalue(name)
        if app.running:
            app.check_answers()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """The warnings, errors and uncaught exceptions in the console of `page`, as they come.

    A test that causes one on purpose takes it out; what is left fails the test.
    """
    return []


@pytest.fixture
def tolerated() -> list[str]:
    """Parts of complaints that a module expects; a module overrides it."""
    return []


@pytest.fixture
def service_worker() -> bool:
    """Whether the pages of a test have a service worker; a module that tests it overrides this."""
    return False


@pytest.fixture
def language() -> str:
    """The language that the browser of a test asks for; see `tests.e2e.languages`."""
    return ENGLISH


@pytest.fixture
def say(language: str) -> Words:
    """What webchat says in that language."""
    return Words(language)


@pytest_asyncio.fixture(loop_scope="session")
async def page(
    browser: Browser,
    complaints: list[str],
    tolerated: list[str],
    service_worker: bool,
    language: str,
) -> AsyncIterator[Page]:
    """A page in a context of its own; afterwards the test fails if the page complained.

    Any other language than English is the only one on the page then.
    """

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    context = await browser.new_context(**browser_in(language))
    if not service_worker:
        await context.add_init_script("delete Navigator.prototype.serviceWorker")
    page = await context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    english = [] if language == ENGLISH else await english_on(page)
    page.remove_listener("console", note)  # what breaks off because the page is closed is no complaint
    await context.close()
    assert [text for text in complaints if not any(part in text for part in tolerated)] == []
    assert english == []


@pytest.fixture
def chat(page: Page, app: RunningApp) -> ChatPage:
    """The chat page of `app`."""
    return ChatPage(page, app.url)
