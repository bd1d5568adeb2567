"""Tests that go through the same steps in each language: what a page says is looked up in the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e.axe import violations
from tests.e2e.russian import english_on
from webchat.errors import WebchatError
from webchat.words.errors import shown
from webchat.words.language import ENGLISH, LANGUAGES, speaking
from webchat.words.text import ngettext, t

in_every_language = pytest.mark.parametrize("language", sorted(LANGUAGES))
"""For tests, or the `pytestmark` of a module: `page` asks for each language in turn."""


def browser_in(language: str) -> dict[str, Any]:
    """The arguments of a browser's context whose owner reads this language."""
    return {} if language == ENGLISH else {"locale": language, "timezone_id": "Europe/Moscow"}


class Words:
    """What webchat says in one language. A message that is not translated fails the test."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __call__(self, message: str, /, **arguments: Any) -> str:
        """See `webchat.words.text.t`."""
        with speaking(self._language):
            assert self._language == ENGLISH or t(message) != message, message
            return t(message, **arguments)

    def many(self, one: str, many: str, count: int, /, **arguments: Any) -> str:
        """See `webchat.words.text.ngettext`."""
        with speaking(self._language):
            said = ngettext(one, many, count, **arguments)
        with speaking(ENGLISH):
            assert self._language == ENGLISH or said != ngettext(one, many, count, **arguments), one
        return said

    def why(self, error: WebchatError) -> str:
        """What the person reads of an error."""
        with speaking(self._language):
            return shown(error)

    async def are_right(self, page: Page) -> None:
        """Expect a page that axe finds nothing wrong with, all of it in this language."""
        found = await violations(page)
        assert found == [], found
        await self.are_all(page)

    async def are_all(self, page: Page) -> None:
        """Expect no English words of ours on a page in another language."""
        assert self._language == ENGLISH or await english_on(page) == []


IN_ENGLISH = Words(ENGLISH)
