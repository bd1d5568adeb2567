"""Comparing as a person does it."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.languages import IN_ENGLISH, Words
from tests.e2e.upstream import PROVIDER


class Comparison:
    """The columns of a chat page; `say` has the language of the page."""

    def __init__(self, chat: ChatPage, say: Words = IN_ENGLISH) -> None:
        self.chat = chat
        self.say = say
        self.page = chat.page
        self.box = chat.page.get_by_test_id("comparison")
        self.columns = self.box.get_by_test_id("message")
        self.tabs = self.box.get_by_test_id("comparison-tab")

    async def choose(self, *models: str) -> None:
        """Choose these models in the picker, however it stands, and close it."""
        await self.mark(*models)
        await self.page.get_by_test_id("compare-start").click()
        await expect(self.chat.picker).to_have_text(
            self.say.many("{count} model", "{count} models", len(models))
        )

    async def mark(self, *models: str) -> None:
        """Choose these models in the picker, which stays open."""
        await (
            self.page.get_by_test_id("compare-models")
            .or_(self.page.get_by_test_id("compare-start"))
            .wait_for()
        )
        if await self.page.get_by_test_id("compare-models").is_visible():
            await self.page.get_by_test_id("compare-models").click()
        options = self.page.get_by_test_id("model-option")
        for model in models:
            await self.page.get_by_test_id("model-search").fill(f"{PROVIDER}:{model}")
            option = self.page.locator(f'[data-testid="model-option"][data-model="{PROVIDER}:{model}"]')
            if await option.get_attribute("aria-selected") != "true":
                await option.click()
            await expect(option).to_have_attribute("aria-selected", "true")
        await expect(options.first).to_be_visible()
