"""How answers look: Markdown, code, reasoning, and nothing a model could abuse."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation

PACED = conversation("Paced", "paced-400-400")
CODE = """def greet(name: str) -> str:
    return f"Hello, {name}!"
"""

HOSTILE = """[one](javascript:window.pwned=1) [two](data:text/html,<script>window.pwned=1</script>)

<iframe src="https://evil.example/frame"></iframe><svg onload="window.pwned=1"></svg>
<a href="javascript:window.pwned=1">three</a> <style>body { display: none }</style>

![four](https://evil.example/four.png) ![five](data:image/svg+xml,<svg/onload=1>)

<reflex.Var>1</reflex.Var>
"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [PACED]


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere(page: Page, chat: ChatPage) -> list[str]:
    """The requests the page makes to any other address than its own."""
    asked: list[str] = []
    own = urlsplit(chat.url).netloc

    def note(url: str) -> None:
        if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != own:
            asked.append(url)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    return asked


async def test_markdown_is_shown_as_what_it_means(chat: ChatPage) -> None:
    await chat.open()
    await chat.ask("Show me", model="markdown")

    await expect(chat.text.get_by_role("heading", level=3)).to_have_text("A heading")
    await expect(chat.text.get_by_role("row")).to_have_count(3)
    await expect(chat.text.get_by_role("row").nth(2).get_by_role("cell")).to_have_text(["Two", "200", "no"])
    await expect(chat.text.locator("ol > li")).to_have_count(2)
    await expect(chat.text.locator("blockquote")).to_have_text("a quotation")
    link = chat.text.get_by_role("link", name="link", exact=True)
    await expect(link).to_have_attribute("href", "https://example.org")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


async def test_code_is_highlighted_and_can_be_copied(chat: ChatPage) -> None:
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.open()
    await chat.ask("Show me", model="markdown")
    block = chat.text.locator('[data-testid="code-block"]')

    await expect(block).to_contain_text("def greet(name: str) -> str:")
    await expect(block.locator("span", has_text="def").last).to_have_class("k")
    await block.get_by_test_id("copy-code").click()
    assert await chat.page.evaluate("navigator.clipboard.readText()") == CODE.rstrip()


async def test_a_whole_answer_is_copied_as_markdown(chat: ChatPage) -> None:
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.open()
    await chat.ask("Show me", model="markdown")
    await chat.answer.get_by_test_id("copy").click()

    assert await chat.page.evaluate("navigator.clipboard.readText()") == await chat.stored_text()


async def test_s7_html_is_shown_and_not_run(chat: ChatPage, elsewhere: list[str]) -> None:
    await chat.open()
    await chat.ask("Show me", model="markdown")

    await expect(chat.text).to_contain_text("<script>window.pwned = true</script>")
    await expect(chat.text).to_contain_text('<img src="https://evil.example/x.png"')
    assert await chat.page.evaluate("window.pwned") is None
    assert elsewhere == []


async def test_s8_a_remote_image_is_not_loaded(chat: ChatPage, elsewhere: list[str]) -> None:
    await chat.open()
    await chat.ask("Show me", model="markdown")

    await expect(chat.text.locator("img")).to_have_count(0)
    image = chat.text.get_by_role("link", name="remote")
    await expect(image).to_have_attribute("href", "https://evil.example/pixel.png")
    await chat.page.reload()
    await expect(image).to_be_visible()
    assert elsewhere == []


async def test_s7_hostile_words_do_nothing(chat: ChatPage, elsewhere: list[str]) -> None:
    await chat.open()
    await chat.ask(HOSTILE, model="echo")

    await expect(chat.text).to_contain_text("three")
    for words in (chat.text, chat.questions.last):
        await expect(words.locator("iframe, script, style, img, svg[onload]")).to_have_count(0)
        await expect(words.locator('a[href^="javascript"], a[href^="data"]')).to_have_count(0)
    await expect(chat.questions.last.get_by_test_id("message-text")).to_have_text(HOSTILE.strip())
    assert await chat.page.evaluate("window.pwned") is None
    assert elsewhere == []
    await expect(chat.composer).to_be_visible()


async def test_reasoning_is_apart_from_the_answer(chat: ChatPage) -> None:
    await chat.open()
    await chat.ask("Think", model="reasoning")

    await expect(chat.text).to_have_text("The answer is 42.")
    reasoning = chat.answer.get_by_test_id("reasoning-text")
    await expect(reasoning).to_be_hidden()
    await chat.answer.get_by_text("Reasoning", exact=True).click()
    await expect(reasoning).to_have_text("Let me think about it.")
    await chat.page.reload()
    await expect(chat.text).to_have_text("The answer is 42.")
    await chat.answer.get_by_text("Reasoning", exact=True).click()
    await expect(reasoning).to_have_text("Let me think about it.")


async def test_unfinished_markdown_shows_no_raw_marks(chat: ChatPage) -> None:
    await chat.open(PACED.path)
    await chat.page.evaluate(
        """() => {
            window.raw = [];
            new MutationObserver(() => {
                const answer = document.querySelector('[data-role="assistant"] [data-testid="message-text"]');
                const words = answer?.innerText ?? "";
                for (const mark of ["```", "**", "| ---", "| name", "](", "## "])
                    if (words.includes(mark)) window.raw.push([mark, words.slice(-80)]);
            }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    await chat.ask("Everything")

    await expect(chat.text).to_contain_text("END")
    assert await chat.page.evaluate("window.raw") == []


async def test_code_is_formatted_though_nothing_more_can_be_fetched(
    chat: ChatPage, complaints: list[str]
) -> None:
    """As when the connection goes before the first code block appears."""
    await chat.open()
    await chat.page.route("**/assets/*.js", lambda route: route.abort())
    await chat.ask("Show me", model="markdown")

    await expect(chat.text.locator("pre")).to_contain_text(CODE.splitlines()[0])
    await expect(chat.text.get_by_test_id("unformatted")).to_be_hidden()
    complaints.clear()


async def test_code_is_plain_text_if_formatting_fails(chat: ChatPage, complaints: list[str]) -> None:
    await chat.open()
    await chat.page.evaluate(
        "() => { window.requestIdleCallback = () => { throw new Error('no highlighting'); }; }"
    )
    await chat.ask("Show me", model="markdown")

    await expect(chat.text).to_contain_text(CODE.splitlines()[0])
    await expect(chat.text.get_by_test_id("unformatted")).to_be_visible()
    await expect(chat.composer).to_be_editable()
    complaints.clear()
