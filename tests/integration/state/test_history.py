"""The history page's handlers."""

from __future__ import annotations

from typing import Any

from tests.integration.services.world import World
from tests.integration.state.page import Page
from webchat.state.deletion import DeletionState
from webchat.state.history import PAGE, HistoryState
from webchat.state.notice import NoticeState
from webchat.state.sidebar import SidebarState


def rows(page: Page) -> list[dict[str, Any]]:
    return list(page.var(HistoryState, "rows"))


def titles(page: Page) -> list[str]:
    return [row["title"] for row in rows(page)]


async def ask(world: World, *questions: str, model: str = "Fake:m") -> None:
    for question in questions:
        await world.asked(question, model=model)


async def test_conversations_are_listed_by_day_newest_first(world: World, page: Page) -> None:
    await ask(world, "First", "Second")
    await page.do(HistoryState.load)

    assert titles(page) == ["Second", "First"]
    assert [row["heading"] for row in rows(page)] == ["Today", ""]
    assert page.var(HistoryState, "models") == ["Fake:m"]
    assert page.var(HistoryState, "has_more") is False


async def test_more_comes_page_by_page(world: World, page: Page) -> None:
    for number in range(PAGE + 3):
        await world.asked(f"Number {number}")
    await page.do(HistoryState.load)
    assert len(rows(page)) == PAGE
    await page.do(HistoryState.load_more)
    await page.do(HistoryState.load_more)

    assert titles(page) == [f"Number {number}" for number in reversed(range(PAGE + 3))]
    assert [row["heading"] for row in rows(page)] == ["Today"] + [""] * (PAGE + 2)


async def test_the_model_filter_narrows_the_list(world: World, page: Page) -> None:
    await ask(world, "Apples", "Pears")
    await ask(world, "Plums", model="Fake:other")
    await page.do(HistoryState.filter_model, model="Fake:other")
    assert titles(page) == ["Plums"]
    assert page.var(HistoryState, "filtered") is True
    await page.do(HistoryState.filter_model, model="")
    assert len(titles(page)) == 3


async def test_a_row_is_renamed_in_place(world: World, page: Page) -> None:
    await ask(world, "Old")
    await page.do(HistoryState.load)
    await page.do(HistoryState.start_renaming, conversation_id=rows(page)[0]["id"])
    await page.do(HistoryState.rename, form={"title": "  New  "})
    assert titles(page) == ["New"]
    assert page.var(HistoryState, "renaming") == ""
    assert [row["title"] for row in page.var(SidebarState, "recent")] == ["New"]

    await page.do(HistoryState.start_renaming, conversation_id=rows(page)[0]["id"])
    form: object
    for form in ({"title": ""}, {"title": None}, {}, None, [], "New", {"title": ["x"]}):
        await page.do(NoticeState.dismiss)
        await page.do(HistoryState.rename, form=form)
        assert "old one was kept" in page.var(NoticeState, "text")
    await page.do(HistoryState.cancel_renaming)
    await page.do(HistoryState.rename, form={"title": "Nothing is being renamed"})

    assert titles(page) == ["New"]
    assert page.failures == []


async def test_a_deleted_conversation_can_be_brought_back(world: World, page: Page) -> None:
    await ask(world, "Keep", "Drop")
    await page.do(HistoryState.load)
    await page.do(DeletionState.delete, conversation_id=rows(page)[0]["id"])
    assert titles(page) == ["Keep"]
    assert page.var(DeletionState, "title") == "Drop"
    await page.do(DeletionState.undo)
    assert titles(page) == ["Drop", "Keep"]
    await page.do(DeletionState.delete, conversation_id="nothing")
    assert "no longer exists" in page.var(NoticeState, "text")
    await page.do(DeletionState.undo)

    assert titles(page) == ["Drop", "Keep"]
    assert page.failures == []
