"""Providers from the first visit on: the guide, then a service of one's own, with its key kept secret."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp, free_port
from tests.upstreams.http_server import Reply, SeenRequest, Server
from tests.upstreams.openai import serve_openai
from webchat.providers.discovery import USUAL_PORTS

KEY = "sk-canary-7f3d9a51c2"


class ProviderForm:
    """The settings page and the form that adds or edits a provider."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.name = page.get_by_test_id("provider-name")
        self.address = page.get_by_test_id("provider-url")
        self.key = page.get_by_test_id("provider-key")
        self.items = page.get_by_test_id("provider-item")

    async def open(self) -> None:
        await self.page.goto(f"{self.url}/settings/models")
        await expect(self.items.first).to_be_visible()

    async def add(self, name: str, address: str, key: str = "") -> None:
        await self.page.get_by_test_id("provider-add").click()
        await self.name.fill(name)
        await self.address.fill(address)
        await self.key.fill(key)
        await self.page.get_by_test_id("provider-save").click()

    async def remove(self, name: str) -> None:
        await self.item(name).get_by_test_id("provider-remove").click()
        await self.item(name).get_by_test_id("provider-remove-confirm").click()
        await expect(self.item(name)).to_have_count(0)

    def item(self, name: str) -> Any:
        return self.page.locator(f'[data-testid="provider-item"][data-name="{name}"]')

    async def failed(self, name: str, *words: str) -> None:
        result = self.item(name).get_by_test_id("provider-test-result")
        await expect(result).to_have_attribute("data-state", "failed")
        for part in words:
            await expect(result).to_contain_text(part)

    async def passed(self, name: str) -> None:
        result = self.item(name).get_by_test_id("provider-test-result")
        await expect(result).to_have_attribute("data-state", "passed")
        await expect(result).to_have_text(re.compile(r"^\S+ answered in (\d+ ms|\d+\.\d s)\.$"))


class Leaks:
    """Where a secret turns up among what the browser is given: frames, responses, the page."""

    def __init__(self, page: Page, secret: str) -> None:
        self._page = page
        self._secret = secret
        self.found: list[str] = []

    async def watch(self) -> None:
        session = await self._page.context.new_cdp_session(self._page)
        await session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", self._frame)
        await self._page.route("**/api/**", self._response)

    async def _response(self, route: Route) -> None:
        response = await route.fetch(max_retries=2)  # a kept connection may just have been closed
        if self._secret in await response.text():
            self.found.append(response.url)
        await route.fulfill(response=response)

    def _frame(self, event: dict[str, Any]) -> None:
        if self._secret in event["response"]["payloadData"]:
            self.found.append(f"frame {event['response']['payloadData'][:200]}")

    async def check(self) -> list[str]:
        if self._secret in await self._page.content():
            self.found.append("page")
        values = "[...document.querySelectorAll('input, textarea')].map(field => field.value).join()"
        stored = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
        for what in (values, stored):
            if self._secret in str(await self._page.evaluate(what)):
                self.found.append(what)
        return self.found


@asynccontextmanager
async def serve_on_a_usual_port() -> AsyncIterator[str]:
    """An upstream on a port where local model servers listen, by the name webchat finds it under."""
    for port in USUAL_PORTS:
        with suppress(OSError):
            async with serve_openai(port):
                yield f"Server on port {port}"
                return
    pytest.fail("all usual ports of local model servers are in use")


@pytest.fixture
def form(page: Page, bare_app: RunningApp) -> ProviderForm:
    return ProviderForm(page, bare_app.url)


@pytest_asyncio.fixture(loop_scope="session")
async def locked() -> AsyncIterator[str]:
    """The address of an upstream that wants `KEY`."""
    async with serve_openai(api_key=KEY) as upstream:
        yield upstream.url


@pytest_asyncio.fixture(loop_scope="session")
async def web_page() -> AsyncIterator[str]:
    """The address of something that answers everything with a web page."""

    async def answer(request: SeenRequest, reply: Reply) -> None:
        page = b"<!DOCTYPE html><title>A router</title><body>Please sign in</body>"
        reply.whole(200, page, {"Content-Type": "text/html"})

    async with Server(answer) as server:
        yield f"{server.origin}/v1"


async def test_with_nothing_configured_the_guide_answers(page: Page, bare_app: RunningApp) -> None:
    chat = ChatPage(page, bare_app.url)
    await chat.open()
    await chat.choose("guide", provider="Guide")
    await expect(page.get_by_role("main")).to_contain_text("works offline")
    starter = page.get_by_test_id("starter").filter(has_text="Ollama")
    await starter.click()

    await expect(chat.questions).to_contain_text("Ollama")
    await chat.has_status("complete")
    await expect(chat.text).to_contain_text("Ollama")
    await expect(chat.text.get_by_role("heading").first).to_be_visible()
    await chat.ask("Which keyboard shortcuts are there?")
    await chat.has_status("complete")
    await expect(chat.text).to_contain_text("Shift")
    await chat.has_address()
    await page.reload()
    await expect(chat.questions).to_have_count(2)


async def test_a_provider_is_added_tested_used_and_removed(
    form: ProviderForm, page: Page, upstream: Upstream
) -> None:
    await form.open()
    await form.add("Mine", upstream.url)
    await form.passed("Mine")
    await expect(form.item("Mine")).to_contain_text(upstream.url)
    chat = ChatPage(page, form.url)
    await chat.open()
    await chat.choose("echo", provider="Mine")
    await chat.ask("Hello from mine")
    await expect(chat.text).to_have_text("Hello from mine")

    await form.open()
    switch = form.item("Mine").get_by_test_id("provider-enabled")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    await chat.open()
    await chat.picker.click()
    options = page.get_by_test_id("model-option")
    await expect(options.filter(has_text="Guide")).to_have_count(1)
    await expect(options.filter(has_text="Mine")).to_have_count(0)
    await form.open()
    await expect(switch).to_have_attribute("aria-checked", "false")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")

    await form.remove("Mine")
    await expect(page.get_by_test_id("undo-bar")).to_contain_text("Mine was removed")
    await chat.open()
    await expect(chat.picker).not_to_have_text("echo")
    await chat.sidebar.filter(has_text="Hello from mine").click()
    await expect(chat.text).to_have_text("Hello from mine")
    await chat.ask("Are you there?")
    await chat.has_status("error")
    await expect(chat.error_card).to_contain_text("no longer a provider named “Mine”")


async def test_the_free_services_are_there_from_the_start(form: ProviderForm, page: Page) -> None:
    services = ("FreeGpt", "ChatgptFree", "AIChatFree", "ChatGptt", "FlowGpt")
    await form.open()
    for name in services:
        await expect(form.item(name)).to_contain_text("Free service")
    await ChatPage(page, form.url).open()
    await page.get_by_test_id("model-picker").click()
    options = page.get_by_test_id("model-option")

    for name in services:
        await expect(options.filter(has_text=name).first).to_be_visible()
    await expect(options.and_(page.locator('[data-model="Auto:auto"]'))).to_be_visible()


async def test_a_provider_is_edited(form: ProviderForm, page: Page, upstream: Upstream) -> None:
    await form.open()
    await form.add("Draft", f"{upstream.url}/wrong")
    await form.failed("Draft", "HTTP 404")
    await form.item("Draft").get_by_test_id("provider-edit").click()
    await expect(form.name).to_have_value("Draft")
    await expect(form.address).to_have_value(f"{upstream.url}/wrong")
    await form.name.fill("Final")
    await form.address.fill(upstream.url)
    await page.get_by_test_id("provider-save").click()

    await form.passed("Final")
    await expect(form.item("Draft")).to_have_count(0)
    await form.item("Final").get_by_test_id("provider-test").click()
    await form.passed("Final")
    await form.remove("Final")


async def test_a_key_goes_in_and_never_comes_out(form: ProviderForm, page: Page, locked: str) -> None:
    await form.open()
    leaks = Leaks(page, KEY)
    await leaks.watch()
    await form.add("Locked", locked, KEY)
    await form.passed("Locked")
    await expect(form.item("Locked")).to_contain_text("key stored")
    await form.item("Locked").get_by_test_id("provider-edit").click()
    await expect(form.key).to_have_value("")
    await expect(form.key).to_have_attribute("placeholder", "Stored. Leave empty to keep it")
    await form.name.fill("Still locked")
    await page.get_by_test_id("provider-save").click()
    await form.passed("Still locked")
    await page.reload()
    await expect(form.item("Still locked")).to_contain_text("key stored")
    chat = ChatPage(page, form.url)
    await chat.open()
    await chat.choose("echo", provider="Still locked")
    await chat.ask("Hello")
    await expect(chat.text).to_have_text("Hello")

    assert await leaks.check() == []
    await form.open()
    await form.remove("Still locked")


async def test_a_wrong_key_is_named_and_not_shown(form: ProviderForm, page: Page, locked: str) -> None:
    wrong = "sk-wrong-canary-55a1"
    await form.open()
    leaks = Leaks(page, wrong)
    await leaks.watch()
    await form.add("Wrong key", locked, wrong)

    await form.failed("Wrong key", "did not accept the API key", "HTTP 401", "Incorrect API key")
    assert await leaks.check() == []
    await form.remove("Wrong key")


async def test_what_is_wrong_with_an_address_is_said(
    form: ProviderForm, upstream: Upstream, web_page: str
) -> None:
    await form.open()
    await form.add("Nowhere", f"http://127.0.0.1:{free_port()}/v1")
    await form.failed("Nowhere", "cannot be reached")
    await form.add("Lost", upstream.url.replace("/v1", "/v2"))
    await form.failed("Lost", "HTTP 404", "usually ends in /v1")
    await form.add("Router", web_page)
    await form.failed("Router", "web page", "A router")

    for name in ("Nowhere", "Lost", "Router"):
        await form.remove(name)


async def test_a_problem_further_up_in_the_form_is_scrolled_to(form: ProviderForm, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 640})
    await form.open()
    await page.get_by_test_id("provider-add").click()
    await page.get_by_test_id("provider-name").fill("Mine")
    await page.get_by_test_id("provider-url").fill("not an address")
    await page.get_by_test_id("provider-more").click()
    await page.get_by_test_id("provider-body").scroll_into_view_if_needed()
    await expect(page.get_by_test_id("provider-url")).not_to_be_in_viewport()
    await page.get_by_test_id("provider-save").click()

    await expect(page.get_by_test_id("provider-problem")).to_be_in_viewport(ratio=1)
    await expect(page.get_by_test_id("provider-url")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("Odd", "ftp://example.org", "must look like https://host/v1"),
        ("Odd:name", "http://127.0.0.1:1/v1", "cannot contain a colon"),
        ("Guide", "http://127.0.0.1:1/v1", "Guide"),
        ("auto", "http://127.0.0.1:1/v1", "Auto tries all of them"),
        ("Odd", "http://127.0.0.1:1/v1?api_key=abc", "own field"),
        ("Odd", "http://127.0.0.1:1/v1 http://127.0.0.1:2/v1", "Enter one address"),
        ("Odd", "http://me:secret@127.0.0.1:1/v1", "own field"),
    ],
)
async def test_what_cannot_be_saved_stays_in_the_form(
    form: ProviderForm, page: Page, name: str, address: str, words: str
) -> None:
    await form.open()
    known = await form.items.count()
    await form.add(name, address)

    await expect(page.get_by_test_id("provider-problem")).to_contain_text(words)
    await expect(form.name).to_have_value(name)
    await expect(form.address).to_have_value(address)
    await page.get_by_role("button", name="Cancel").click()
    await expect(form.items).to_have_count(known)


async def test_the_guide_can_be_tested_and_not_removed(form: ProviderForm) -> None:
    await form.open()
    await form.item("Guide").get_by_test_id("provider-test").click()

    await form.passed("Guide")
    await expect(form.item("Guide").get_by_test_id("provider-remove")).to_have_count(0)
    await expect(form.item("Guide").get_by_test_id("provider-edit")).to_have_count(0)


async def test_looking_for_local_servers_says_what_it_found(form: ProviderForm, page: Page) -> None:
    await form.open()
    await page.get_by_test_id("provider-find").click()

    await expect(page.get_by_test_id("notice")).to_contain_text(
        re.compile(r"^(Found .+\.|No model server found on this machine's default ports .+)$")
    )
    await expect(page.get_by_test_id("provider-find")).to_be_enabled()


async def test_a_local_server_is_found_and_its_models_offered(form: ProviderForm, page: Page) -> None:
    async with serve_on_a_usual_port() as name:
        await form.open()
        await page.get_by_test_id("provider-find").click()

        await expect(page.get_by_test_id("notice")).to_contain_text(f"Found {name}")
        await expect(form.item(name)).to_contain_text("found on this machine")
        await form.item(name).get_by_test_id("provider-test").click()
        await form.passed(name)
        chat = ChatPage(page, form.url)
        await chat.open()
        await chat.choose("echo", provider=name)
        await chat.ask("Hello, neighbour")
        await expect(chat.text).to_have_text("Hello, neighbour")
    await form.open()
    await form.remove(name)


async def test_a_page_of_another_site_cannot_use_this_server(
    page: Page, bare_app: RunningApp, tolerated: list[str]
) -> None:
    tolerated.append("403")

    async def answer(request: SeenRequest, reply: Reply) -> None:
        reply.whole(200, b"<!DOCTYPE html><title>evil</title>", {"Content-Type": "text/html"})

    async with Server(answer) as elsewhere:
        await page.goto(elsewhere.origin)
        opened = await page.evaluate(
            """url => new Promise(resolve => {
                const address = `${url.replace("http", "ws")}/_event/?EIO=4&transport=websocket`;
                const socket = new WebSocket(address);
                socket.onopen = () => resolve("opened");
                socket.onerror = () => resolve("refused");
            })""",
            bare_app.url,
        )
        async with page.expect_response("**/api/messages?ids=1") as read:
            await page.evaluate(
                "url => void fetch(`${url}/api/messages?ids=1`, { mode: 'no-cors' })", bare_app.url
            )
        assert (await read.value).status == 403
    assert opened == "refused"


async def test_removing_a_provider_asks_first_and_can_be_undone(
    form: ProviderForm, page: Page, locked: str
) -> None:
    await form.open()
    await form.add("Precious", locked, KEY)
    await form.passed("Precious")
    remove = form.item("Precious").get_by_test_id("provider-remove")
    await remove.click()
    question = form.item("Precious").get_by_role("group", name="Remove this provider?")
    await expect(question).to_contain_text("stored key")
    await question.get_by_role("button", name="Cancel").click()
    await expect(remove).to_be_visible()
    await form.remove("Precious")

    await page.get_by_test_id("undo").click()
    await expect(page.get_by_test_id("undo-bar")).to_have_count(0)
    await form.item("Precious").get_by_test_id("provider-test").click()
    await form.passed("Precious")
    await form.remove("Precious")


async def test_a_conversation_goes_on_after_its_provider_was_renamed(
    form: ProviderForm, page: Page, upstream: Upstream
) -> None:
    await form.open()
    await form.add("Before", upstream.url)
    await form.passed("Before")
    chat = ChatPage(page, form.url)
    await chat.open()
    await chat.choose("echo", provider="Before")
    await chat.ask("First")
    await expect(chat.text).to_have_text("First")
    path = await chat.has_address()
    await form.open()
    await form.item("Before").get_by_test_id("provider-edit").click()
    await form.name.fill("After")
    await page.get_by_test_id("provider-save").click()
    await form.passed("After")

    await chat.open(path)
    await chat.ask("Second")
    await chat.has_status("complete")
    await expect(chat.text.last).to_have_text("Second")
    await form.open()
    await form.remove("After")


async def test_a_stored_key_is_asked_for_again_at_another_address(
    form: ProviderForm, page: Page, locked: str, upstream: Upstream
) -> None:
    await form.open()
    await form.add("Moved", locked, KEY)
    await form.passed("Moved")
    await form.item("Moved").get_by_test_id("provider-edit").click()
    await form.address.fill(upstream.url)
    await page.get_by_test_id("provider-save").click()
    await expect(page.get_by_test_id("provider-problem")).to_contain_text("Enter it again")
    await expect(form.key).to_have_attribute("aria-invalid", "true")
    await page.get_by_test_id("provider-forget-secret").check()
    await page.get_by_test_id("provider-save").click()

    await form.passed("Moved")
    await expect(form.item("Moved")).not_to_contain_text("key stored")
    await form.remove("Moved")


async def test_models_are_named_hidden_and_put_in_order(
    form: ProviderForm, page: Page, upstream: Upstream
) -> None:
    await form.open()
    await form.add("Ordered", upstream.url)
    await form.passed("Ordered")
    item = form.item("Ordered")
    await item.get_by_test_id("provider-models").click()
    await page.get_by_test_id("provider-model-name").fill("my-deployment")
    await page.get_by_test_id("provider-model-add").click()
    mine = item.locator('[data-testid="provider-model"][data-name="my-deployment"]')
    await expect(mine).to_contain_text("added by you")
    await expect(page.get_by_test_id("provider-model-name")).to_have_value("")
    await page.get_by_test_id("provider-model-search").fill("echo")
    models = item.get_by_test_id("provider-model")
    echo = item.locator('[data-testid="provider-model"][data-name="echo"]')
    await expect(mine).to_have_count(0)
    await echo.get_by_role("button", name="Move echo to the top").click()
    await page.get_by_test_id("provider-model-search").fill("")
    await expect(mine).to_be_visible()
    await expect(models.first).to_have_attribute("data-name", "echo")
    await mine.get_by_test_id("provider-model-shown").click()
    await expect(mine.get_by_test_id("provider-model-shown")).not_to_be_checked()
    await expect(item).to_contain_text("(1 hidden)")

    await item.get_by_test_id("provider-test").click()
    await expect(item.get_by_test_id("provider-test-result")).to_contain_text("echo answered in")
    await ChatPage(page, form.url).open()
    await page.get_by_test_id("model-picker").click()
    await page.get_by_test_id("model-search").fill("ordered")
    options = page.get_by_test_id("model-option")
    await expect(options.first).to_have_attribute("data-model", "Ordered:echo")
    await expect(options.and_(page.locator('[data-model="Ordered:my-deployment"]'))).to_have_count(0)
    await form.open()
    await form.remove("Ordered")


async def test_a_problem_in_the_folded_part_is_shown_there(form: ProviderForm, page: Page) -> None:
    await form.open()
    await page.get_by_test_id("provider-add").click()
    await form.name.fill("Huge")
    await form.address.fill("localhost:1")
    await page.get_by_test_id("provider-more").click()
    await page.get_by_test_id("provider-context").fill("9" * 5000)
    await page.get_by_test_id("provider-more").click()
    await expect(page.get_by_test_id("provider-context")).to_be_hidden()
    await page.get_by_test_id("provider-save").click()

    await expect(page.get_by_test_id("provider-problem")).to_contain_text("at least 512 tokens")
    await expect(page.get_by_test_id("provider-problem")).to_be_visible()
    await expect(page.get_by_test_id("provider-context")).to_be_visible()
    await page.get_by_role("button", name="Cancel").click()
