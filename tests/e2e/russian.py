"""Finds English words of ours on a page that is in Russian."""

from __future__ import annotations

import re
from functools import cache

from playwright.async_api import Page

from tests.translations import stored

WORDS = """() => {
    const said = document.body.innerText.split("\\n");
    for (const name of ["aria-label", "title", "placeholder", "alt"])
        for (const element of document.querySelectorAll(`[${name}]`)) said.push(element.getAttribute(name));
    return said.map(each => each.trim()).filter(Boolean);
}"""
"""Everything that a page says, to the eye or to a screen reader."""


def _pattern(message: str) -> str:
    parts = re.split(r"\{[^{}]*\}", message)
    return ".+?".join(map(re.escape, parts))


@cache
def _english() -> re.Pattern[str]:
    messages = set()
    for message in stored("ru"):
        said = [message.id] if isinstance(message.id, str) else list(message.id)
        answers = [message.string] if isinstance(message.string, str) else list(message.string or ())
        # What is not translated, such as a name, or has hardly a word of its own, tells nothing.
        messages |= {
            each
            for each in said
            if each not in answers and re.search("[a-z]{3}", re.sub(r"\{.*?\}", "", each))
        }
    return re.compile("|".join(map(_pattern, sorted(messages, key=len, reverse=True))))


async def english_on(page: Page) -> list[str]:
    """What the page says in words of our English catalogue."""
    english = _english()
    return [text for text in await page.evaluate(WORDS) if english.fullmatch(text)]
