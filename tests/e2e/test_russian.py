"""From setup to sharing in a browser that asks for Russian: no English word of ours is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.attaching import Files
from tests.e2e.chat_page import ChatPage
from tests.e2e.comparison import Comparison
from tests.e2e.planting import Planted, conversation
from tests.e2e.russian import english_on
from tests.e2e.test_accounts import fill_in
from tests.e2e.test_passkeys import device  # noqa: F401 - a fixture
from tests.e2e.test_transfer import archive
from tests.running_app import RunningApp
from tests.sharing import publish

TALK = conversation("Почему небо голубое", turns=["Почему небо голубое?", "Из-за рассеяния."])
CUT = conversation("Оборвано", "cut")
LONG_MODEL = "the-long-name-of-a-model-" * 3
LONG_NOTE = conversation("Длинное имя модели", LONG_MODEL, turns=["Вопрос", "Ответ"])
COMPARED = conversation("Сравнение", turns=["Вопрос", "Ответ"])
USED = conversation("Расход", turns=["Вопрос", "Ответ"])
SCROLLS = """(box) => [
    box.scrollWidth > box.clientWidth && box.clientWidth <= document.documentElement.clientWidth,
    getComputedStyle(box).backgroundAttachment,
]"""
"""That there is more at the side, and that shadows show it as in the tables of answers."""
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
NAMES = """(card) =>
    [...card.querySelectorAll("button")].map((each) => each.ariaLabel || each.innerText.trim())"""
CUT_OFF = """(card) => [card, ...card.querySelectorAll("*")]
    .filter((each) => getComputedStyle(each).display !== "inline" && each.scrollWidth > each.clientWidth)
    .map((each) => each.outerHTML)"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TALK, CUT, LONG_NOTE, COMPARED, USED]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The sidebar has the titles of all conversations there are."""
    return own_app


@pytest.fixture(scope="module")
def accounts_app(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A webchat with accounts, before anybody has set it up."""
    running = RunningApp(tmp_path_factory.mktemp("russian") / "data", {"WEBCHAT_HOST": "0.0.0.0"}).start()
    yield running
    running.kill()


@pytest.fixture
def language() -> str:
    return "ru"


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports of a wrong password or passphrase."""
    return ["the server responded with a status of 403"]


@pytest.mark.usefixtures("device")
async def test_setup_a_wrong_password_and_a_passkey(page: Page, accounts_app: RunningApp) -> None:
    url = accounts_app.url.replace("127.0.0.1", "localhost")
    await page.goto(accounts_app.setup_link().replace("127.0.0.1", "localhost"))
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Настройка webchat")
    assert await english_on(page) == []
    await fill_in(page, "setup-form", "anna")
    await page.wait_for_url(f"{url}/")

    await page.goto(f"{url}/settings/account")
    await page.get_by_test_id("passkey-add").click()
    await page.get_by_test_id("passkey-new-name").fill("Ноутбук")
    await page.get_by_test_id("passkey-save").click()
    await expect(page.get_by_test_id("passkey")).to_contain_text(
        re.compile(r"Добавлен: сегодня, .* · не использовался$")
    )
    assert await english_on(page) == []

    await page.get_by_test_id("sign-out").click()
    await fill_in(page, "sign-in-form", "anna", "another password")
    await expect(page.get_by_role("alert")).to_contain_text(re.compile("парол", re.IGNORECASE))
    assert await english_on(page) == []
    await page.locator('[data-testid="passkey-form"] button').click()
    await page.wait_for_url(f"{url}/")


async def test_a_shared_conversation_and_its_passphrase(page: Page, app: RunningApp) -> None:
    link = await publish(app.data_dir, TALK.id, title=TALK.title, may_continue=True)
    await page.goto(app.url + link.path)
    await expect(page.get_by_role("article")).to_have_count(2)
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await expect(page.locator("body")).to_contain_text("2 сообщения")
    await expect(page.locator("body")).to_contain_text(re.compile(r"\d{1,2} [а-я]+ 20\d\d"))
    assert await english_on(page) == []

    locked = await publish(app.data_dir, TALK.id, passphrase="correct horse")
    await page.goto(app.url + locked.path)
    await page.get_by_label("Кодовая фраза").fill("wrong horse")
    await page.get_by_label("Кодовая фраза").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Неправильная кодовая фраза")
    assert await english_on(page) == []


async def test_an_answer_that_broke_off_offers_its_ways_on_in_full(page: Page, app: RunningApp) -> None:
    chat = ChatPage(page, app.url)
    await chat.open(CUT.path)
    await chat.ask("Начни")
    await chat.has_status("error")
    for width in (1280, 390, 360):
        await page.set_viewport_size({"width": width, "height": 800})
        # No name ends in dots, which would read as if it were cut off, and none is cut off.
        assert await chat.error_card.evaluate(NAMES) == [
            "Продолжить",
            "Продолжить с другой моделью",
            "Начать заново",
            "Начать заново с другой моделью",
            "Попытки",
        ]
        assert await chat.error_card.evaluate(CUT_OFF) == []
    assert await english_on(page) == []


async def test_names_of_buttons_are_in_full_under_and_beside_answers(page: Page, app: RunningApp) -> None:
    chat = ChatPage(page, app.url)
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 800})
        await chat.open(LONG_NOTE.path)
        await expect(chat.answers.last.get_by_test_id("message-note")).to_contain_text(LONG_MODEL)
        assert await chat.answers.last.get_by_test_id("regenerate-with").evaluate(CUT_OFF) == []
        assert await page.evaluate(WIDER) is False


async def test_names_of_buttons_break_in_the_columns_of_a_comparison(page: Page, app: RunningApp) -> None:
    chat = ChatPage(page, app.url)
    comparison = Comparison(chat)
    await page.set_viewport_size({"width": 1280, "height": 800})
    await chat.open(COMPARED.path)
    await chat.send("/compare")
    await comparison.mark("echo", "quota", "cut")
    await page.get_by_test_id("compare-start").click()
    await chat.composer.fill("Какую очередь взять?")
    await chat.send_button.click()
    for column in (1, 2):
        await expect(comparison.columns.nth(column)).to_have_attribute("data-status", "error")
    path = page.url
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(path)
        for column in (1, 2):
            card = comparison.columns.nth(column).get_by_test_id("error-card")
            await card.scroll_into_view_if_needed()
            assert await card.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("language", ["ru-RU", "en-GB"])
async def test_tables_of_usage_scroll_within_their_card_and_show_it(
    browser: Browser, app: RunningApp, language: str
) -> None:
    context = await browser.new_context(locale=language, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await ChatPage(page, app.url).open(USED.path)
    await ChatPage(page, app.url).ask("Ещё раз")
    await page.goto(f"{app.url}/settings/server")
    for testid in ("usage-by-person", "usage-by-model"):
        box = page.get_by_test_id(testid).locator("..")
        await box.scroll_into_view_if_needed()
        assert await box.evaluate(SCROLLS) == [True, "local, local, scroll, scroll"]
        await box.evaluate("element => element.scrollTo(element.scrollWidth, 0)")
        cost = box.locator("tr").last.locator("td").last
        await expect(cost).to_be_in_viewport(ratio=0.95)  # of fractions of pixels
    assert await page.evaluate(WIDER) is False
    await context.close()


async def test_a_file_is_attached_and_another_refused(page: Page, app: RunningApp) -> None:
    chat, files = ChatPage(page, app.url), Files(page)
    await page.goto(app.url + TALK.path)
    await expect(chat.messages).to_have_count(2)
    await files.choose(("заметки.txt", "Ограниченная очередь. " * 400), ("program", "\x7fELF\0\0"))
    await expect(files.status("program")).to_have_text(
        "Это не картинка и не документ, который можно прочитать."
    )
    await expect(files.status("заметки.txt")).to_have_text(
        re.compile(r"^\d+(,\d)?\sКБ\s·\s\d+\s\d{3}\sтокен(а|ов)?$")
    )
    assert await english_on(page) == []


async def test_conversations_are_imported_and_offered_for_export(page: Page, bare_app: RunningApp) -> None:
    await page.goto(f"{bare_app.url}/history")
    await page.get_by_test_id("import-file").set_input_files(archive())
    report = page.get_by_test_id("import-report")
    await expect(report).to_have_attribute("data-phase", "previewed")
    await expect(report).to_contain_text("2 чата")
    assert await english_on(page) == []
    await page.get_by_test_id("import-begin").click()
    await expect(report).to_have_attribute("data-phase", "done")
    assert await english_on(page) == []
    await page.get_by_test_id("import-close").click()
    await expect(page.get_by_test_id("history-item")).to_have_count(1)
    await expect(page.get_by_text("Экспортировать всё в")).to_be_visible()
    assert await english_on(page) == []


async def test_no_section_of_settings_has_an_english_word(page: Page, bare_app: RunningApp) -> None:
    sections = (
        *("", "/models", "/assistants", "/prompts", "/sharing", "/data", "/keyboard", "/account"),
        *("/about", "/people", "/server"),
    )
    for section in sections:
        await page.goto(f"{bare_app.url}/settings{section}")
        await expect(page.locator("main h2").first).to_be_visible()
        await expect(page.get_by_role("status", name="Загрузка")).to_have_count(0)
        assert await english_on(page) == [], section
