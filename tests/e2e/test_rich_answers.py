"""What is in an answer besides words: lists, tables, code, formulas, diagrams, footnotes and pictures."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.axe import violations_in_both_schemes
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.rich_answers import FORMULAS, LISTS, TABLE, answers_to_plant, show
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp
from tests.sharing import publish

ANSWERS = answers_to_plant("Rich")
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
ECHOED = conversation("Rich and held", "echo-hold")
HELD = conversation("Held in the middle", "hold-caret")


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [*ANSWERS.values(), ECHOED, HELD]


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere(page: Page, chat: ChatPage) -> list[str]:
    """The requests the page makes to any other address than its own."""
    asked: list[str] = []
    own = urlsplit(chat.url).netloc
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("data:", "blob:")) or urlsplit(request.url).netloc == own
            else asked.append(request.url)
        ),
    )
    return asked


async def test_the_second_line_of_an_item_hangs_below_the_first(chat: ChatPage) -> None:
    await show(chat, ANSWERS["lists"])
    item = chat.text.locator("li").first

    await expect(item).to_have_css("list-style-position", "outside")
    lefts = await item.evaluate(
        """item => {
            const range = document.createRange();
            range.selectNodeContents(item);
            return [...range.getClientRects()].map(rect => Math.round(rect.left));
        }"""
    )
    assert len(set(lefts)) == 1
    paragraphs = chat.text.locator("li").nth(1).locator("p")
    first, second = await paragraphs.nth(0).bounding_box(), await paragraphs.nth(1).bounding_box()
    assert first is not None
    assert second is not None
    assert second["y"] - first["y"] - first["height"] >= 8


async def test_a_task_shows_its_box_without_a_bullet(chat: ChatPage) -> None:
    await show(chat, ANSWERS["lists"])

    await expect(chat.text.get_by_role("img", name="Done")).to_have_text("☑")
    await expect(chat.text.get_by_role("img", name="To do")).to_have_text("☐")
    await expect(chat.text.locator("li.task").first).to_have_css("list-style-type", "none")
    await expect(chat.text.locator("input")).to_have_count(0)


async def test_a_wide_table_scrolls_and_breaks_no_word(chat: ChatPage) -> None:
    await chat.page.set_viewport_size({"width": 390, "height": 800})
    await show(chat, ANSWERS["table"])
    box = chat.text.locator(".wide")

    assert await box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert await chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cell = chat.text.get_by_role("cell", name="PostgreSQLEnterprise")
    assert (
        await cell.evaluate(
            """cell => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            return range.getClientRects().length;
        }"""
        )
        == 1
    )
    await box.focus()
    await box.press("ArrowRight")
    await chat.page.wait_for_function("() => document.querySelector('.formatted .wide').scrollLeft > 0")


async def test_a_table_is_copied_as_markdown_and_as_csv(chat: ChatPage) -> None:
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await show(chat, ANSWERS["table"])
    for format, words in {
        "Markdown": '| a, "b" | 200 | c | d | e |\n',
        "CSV": '"a, ""b""",200,c,d,e\r\n',
    }.items():
        await chat.text.locator("table").hover()
        await chat.text.get_by_test_id("table-menu").click()
        await chat.page.get_by_role("menuitem", name=format).click()
        await chat.page.wait_for_function(
            "async words => (await navigator.clipboard.readText()).endsWith(words)", arg=words
        )


async def test_harmless_html_is_shown_as_what_it_means(chat: ChatPage) -> None:
    await show(chat, ANSWERS["html"])

    for tag, words in {"sub": "2", "sup": "2", "kbd": "Ctrl", "summary": "More"}.items():
        await expect(chat.text.locator(tag)).to_have_text(words)
    await expect(chat.text.locator("br")).to_have_count(1)
    folded = chat.text.locator("details strong")
    await expect(folded).to_be_hidden()
    await chat.text.locator("summary").click()
    await expect(folded).to_have_text("words")


async def test_what_is_written_from_right_to_left_is_mirrored(chat: ChatPage) -> None:
    await show(chat, ANSWERS["directions"])

    await expect(chat.text.locator("blockquote")).to_have_css("direction", "rtl")
    await expect(chat.text.locator("blockquote")).to_have_css("border-right-width", "3px")
    await expect(chat.text.locator("table")).to_have_css("direction", "rtl")
    first, second = [await cell.bounding_box() for cell in await chat.text.locator("thead th").all()]
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"]


async def test_a_footnote_and_its_reference_lead_to_each_other(chat: ChatPage) -> None:
    await show(chat, ANSWERS["footnotes"])
    reference = chat.text.locator("sup a")
    await reference.click()

    note = chat.text.locator(".footnotes li")
    await expect(note).to_be_focused()
    await note.get_by_role("link", name="Back to reference 1").click()
    await expect(reference).to_be_focused()
    assert chat.page.url.endswith(ANSWERS["footnotes"].path)
    assert len(chat.page.context.pages) == 1
    assert await chat.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_headings_have_the_sizes_of_share_pages(chat: ChatPage) -> None:
    await show(chat, ANSWERS["headings"])
    sizes = [
        await heading.evaluate("heading => getComputedStyle(heading).fontSize")
        for heading in await chat.text.get_by_role("heading").all()
    ]

    assert sizes == ["22px", "19px", "17px", "16px"]


async def test_formulas_are_mathml_and_prices_are_not(chat: ChatPage, elsewhere: list[str]) -> None:
    await show(chat, ANSWERS["formulas"])

    await expect(chat.text.locator("math")).to_have_count(4)
    await expect(chat.text.locator("p").first).to_contain_text("From $5 to $10:")
    await expect(chat.text.locator('math[display="block"]')).to_have_count(2)
    await expect(chat.text.locator("code")).to_have_text("$\\frac{1$")
    assert elsewhere == []


TORN = """(answer) => {
    const [colon, bracket] = answer.querySelectorAll("math");
    const words = document.createTreeWalker(answer, NodeFilter.SHOW_TEXT);
    const lines = (formula, sign) => {
        words.currentNode = answer;
        while (words.nextNode())
            if (!formula.contains(words.currentNode) && words.currentNode.data.includes(sign)) break;
        const place = document.createRange();
        const at = words.currentNode.data.indexOf(sign);
        place.setStart(words.currentNode, at);
        place.setEnd(words.currentNode, at + 1);
        const [one, other] = [formula, place].map((each) => each.getBoundingClientRect());
        return Math.abs(one.top + one.bottom - other.top - other.bottom) / 2 > 14;
    };
    const torn = [];
    for (let width = 80; width < 400; width += 1) {
        answer.style.width = `${width}px`;
        if (lines(colon, ":") || lines(bracket, "(") || lines(bracket, ")")) torn.push(width);
    }
    return torn;
}"""


async def test_no_line_breaks_between_a_formula_and_its_punctuation(
    chat: ChatPage, app: RunningApp, page: Page
) -> None:
    await show(chat, ANSWERS["punctuation"])
    await expect(chat.text.locator("math")).to_have_count(2)
    assert await chat.text.locator("p").evaluate(TORN) == []

    link = await publish(app.data_dir, ANSWERS["punctuation"].id)
    await page.goto(app.url + link.path)
    assert await page.locator(".formatted p").evaluate(TORN) == []


async def test_without_its_library_a_formula_shows_its_source(chat: ChatPage, complaints: list[str]) -> None:
    await chat.page.route("**/assets/temml*.js", lambda route: route.abort())
    await show(chat, ANSWERS["formulas"])

    await expect(chat.text.locator("code").first).to_have_text("$x^2$")
    await expect(chat.text).to_contain_text("END")
    complaints.clear()


async def test_s7_a_diagram_is_an_image_and_runs_nothing(
    chat: ChatPage, elsewhere: list[str], complaints: list[str]
) -> None:
    await show(chat, ANSWERS["diagram"])
    image = chat.text.get_by_test_id("diagram").get_by_role("img", name="Diagram").first

    await expect(chat.text.get_by_test_id("diagram")).to_have_count(2)
    await expect(image).to_have_attribute("src", re.compile("^data:image/svg"))
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    await expect(chat.text.get_by_test_id("code-block")).to_contain_text("no such diagram")
    await chat.text.get_by_test_id("diagram-source").first.click()
    await expect(chat.text.get_by_test_id("code-block").first).to_contain_text("graph TD")
    assert await chat.page.evaluate("window.pwned") is None
    assert await chat.page.locator("body > svg, body > div > svg[id^=diagram]").count() == 0
    assert elsewhere == []


async def test_s7_nothing_in_an_answer_runs(chat: ChatPage, elsewhere: list[str]) -> None:
    """Nor does the policy have to stop anything, which the console would show."""
    await chat.page.add_init_script("window.alert = () => { window.pwned = true; };")
    await show(chat, ANSWERS["attack"])
    await expect(chat.text.locator("p").last).to_have_text("END", timeout=30_000)
    await expect(
        chat.text.get_by_test_id("diagram").or_(chat.text.get_by_test_id("code-block"))
    ).to_be_visible()
    await expect(chat.text.locator("math").last).to_be_attached()

    handlers = await chat.text.evaluate(
        """text => [...text.querySelectorAll("*")].filter(element =>
            [...element.attributes].some(({ name, value }) =>
                name.startsWith("on") || /^\\s*(javascript|data:text|vbscript)/i.test(value))).length"""
    )
    assert handlers == 0
    await expect(chat.text.locator("script, iframe, object, embed, style, base, form, input")).to_have_count(
        0
    )
    assert await chat.page.evaluate("window.pwned") is None
    assert elsewhere == []


async def test_a_long_code_block_is_folded(chat: ChatPage, tmp_path: Path) -> None:
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await show(chat, ANSWERS["long code"])
    block = chat.text.get_by_test_id("code-block")

    await expect(block).to_contain_text("line_39 = 39")
    await expect(block).not_to_contain_text("line_40 = 40")
    await block.get_by_test_id("copy-code").click()
    await expect(block.get_by_role("button", name="Copied")).to_be_visible()
    assert str(await chat.page.evaluate("navigator.clipboard.readText()")).endswith("line_199 = 199")
    await block.get_by_role("button", name="Show all 200 lines").click()
    await expect(block).to_contain_text("line_199 = 199")
    await block.get_by_role("button", name="Show fewer lines").click()
    await expect(block).not_to_contain_text("line_199 = 199")
    async with chat.page.expect_download() as downloading:
        await block.get_by_test_id("download-code").click()
    download = await downloading.value
    assert download.suggested_filename == "code.py"
    await download.save_as(tmp_path / "code.py")
    assert (tmp_path / "code.py").read_text().count("\n") == 199


async def test_long_lines_of_code_are_wrapped_on_demand(chat: ChatPage) -> None:
    await show(chat, ANSWERS["long code"])
    block = chat.text.get_by_test_id("code-block")
    await expect(block.locator("pre")).to_have_css("white-space", "pre")
    await block.get_by_test_id("wrap-code").click()

    await expect(block.locator("pre")).to_have_css("white-space", "pre-wrap")
    await expect(block.get_by_test_id("wrap-code")).to_have_attribute("aria-pressed", "true")


async def test_a_finished_answer_is_as_high_as_it_was_streamed(chat: ChatPage, upstream: Upstream) -> None:
    await chat.open(ECHOED.path)
    await chat.send(f"{LISTS}\n{TABLE}\n{FORMULAS}")
    await chat.has_status("streaming")
    await expect(chat.text).to_contain_text("END")
    await expect(chat.text.locator("math")).to_have_count(4)

    streamed = await chat.text.locator(".formatted").bounding_box()
    await upstream.release("echo")
    await chat.ended()

    finished = await chat.text.locator(".formatted").bounding_box()
    assert streamed is not None
    assert finished is not None
    assert finished["height"] == streamed["height"] > 0


async def test_a_caret_shows_where_an_answer_is_being_written(chat: ChatPage, upstream: Upstream) -> None:
    await chat.page.emulate_media(reduced_motion="reduce")
    await chat.open(HELD.path)
    await chat.send("Everything")

    await expect(chat.text.get_by_test_id("caret")).to_be_visible()
    await expect(chat.text.get_by_test_id("caret")).to_have_css("animation-duration", "1e-06s")
    await upstream.release("caret")
    await chat.ended()
    await expect(chat.text.get_by_test_id("caret")).to_have_count(0)


async def test_s8_a_picture_elsewhere_is_loaded_on_a_click(chat: ChatPage, elsewhere: list[str]) -> None:
    await chat.page.context.route(
        "https://pictures.example/**", lambda route: route.fulfill(body=PIXEL, content_type="image/gif")
    )
    await show(chat, ANSWERS["picture"])
    card = chat.text.get_by_test_id("picture")

    await expect(card).to_contain_text("pictures.example")
    assert elsewhere == []
    await card.get_by_test_id("show-picture").click()
    picture = chat.text.frame_locator("iframe").locator("img")
    await expect(picture).to_have_js_property("naturalWidth", 1)
    assert elsewhere == ["https://pictures.example/cat.png"]


async def test_axe_finds_nothing_in_answers(chat: ChatPage) -> None:
    await show(chat, ANSWERS["all"])
    await expect(chat.text.locator("math").first).to_be_visible()
    await expect(chat.text.locator("pre .n").first).to_be_visible()

    assert await violations_in_both_schemes(chat.page) == []
