"""The chat page as a person uses it, over the hooks of the pages."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.e2e.upstream import PROVIDER


class ChatPage:
    """`page` on webchat at `url`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.composer = page.get_by_test_id("composer")
        self.problem = page.get_by_test_id("composer-problem")
        self.send_button = page.get_by_test_id("send")
        self.stop_button = page.get_by_test_id("stop")
        self.to_latest = page.get_by_test_id("to-latest")
        self.picker = page.get_by_test_id("model-picker")
        self.transcript = page.get_by_test_id("transcript")
        self.messages = page.get_by_test_id("message")
        self.questions = page.locator('[data-testid="message"][data-role="user"]')
        self.answers = page.locator('[data-testid="message"][data-role="assistant"]')
        self.sidebar = page.get_by_test_id("conversation-item")
        self.queued = page.get_by_test_id("queued")
        self.unsent = page.get_by_test_id("unsent")
        self.offline = page.get_by_test_id("offline")

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.answers.last

    @property
    def text(self) -> Locator:
        """The words of the last answer."""
        return self.answer.get_by_test_id("message-text")

    @property
    def error_card(self) -> Locator:
        """What the last answer says went wrong."""
        return self.answer.get_by_test_id("error-card")

    async def open(self, path: str = "/") -> None:
        """Load a chat page and wait until it can be used: its conversation is there and a model is chosen."""
        await self.page.goto(self.url + path)
        await expect(self.composer).to_have_attribute("data-conversation", path.rpartition("/")[2])
        await expect(self.picker).not_to_have_attribute("data-value", "")

    async def choose(self, model: str, provider: str = PROVIDER) -> None:
        """Pick a model from the list."""
        await self.picker.click()
        await self.page.get_by_test_id("model-search").fill(f"{provider}:{model}")
        await self.page.locator(f'[data-testid="model-option"][data-model="{provider}:{model}"]').click()
        await expect(self.picker).to_have_text(model)

    async def send(self, text: str) -> None:
        """Write and press Enter."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def ask(self, text: str, model: str | None = None) -> None:
        """Send and wait for the end of the answer, whatever it is."""
        if model is not None:
            await self.choose(model)
        known = await self.answers.count()
        await self.send(text)
        await expect(self.answers).to_have_count(known + 1)
        await self.ended()

    async def ended(self) -> None:
        """Wait until the last answer is no longer being written."""
        await expect(self.answer).not_to_have_attribute("data-status", "streaming")

    async def has_status(self, status: str) -> None:
        """Expect the last answer to come to this status."""
        await expect(self.answer).to_have_attribute("data-status", status)

    async def has_address(self) -> str:
        """Wait for the address of a conversation and return its path."""
        await self.page.wait_for_url("**/c/*")
        return self.page.url.removeprefix(self.url)

    async def stored_text(self) -> str:
        """The words of the last answer as the server has them, Markdown and all."""
        message_id = await self.answer.get_attribute("data-id")
        found = await self.page.request.get(f"{self.url}/api/messages?ids={message_id}")
        return "".join(part["text"] for part in (await found.json())[message_id]["parts"])
