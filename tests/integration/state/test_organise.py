"""Selecting, the menu of a conversation, the sidebar, the trash and temporary chats, by their handlers."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.services.scripted import DONE, Hold, Scripted
from tests.integration.services.world import World
from tests.integration.state.page import Page, opened_page, serving
from tests.integration.state.test_history import ask, rows, titles
from webchat.messages import TextDelta
from webchat.services.answers import generations
from webchat.services.change_feed import ANSWERS
from webchat.state import connection, history_selection, sidebar, sidebar_folders
from webchat.state.chat import ChatState
from webchat.state.conversation_menu import ConversationMenuState
from webchat.state.deletion import DeletionState
from webchat.state.folders import FoldersState
from webchat.state.history import PAGE, HistoryState
from webchat.state.notice import NoticeState
from webchat.state.sidebar import SidebarState
from webchat.state.trash import TrashState
from webchat.storage.errors import ConversationNotFound
from webchat.storage.ids import new_id

CLICK, SHIFT = {"shift_key": False}, {"shift_key": True}


async def pick(page: Page, position: int, pointer: dict[str, bool] = CLICK) -> None:
    await page.do(HistoryState.pick, conversation_id=rows(page)[position]["id"], pointer=pointer)


def selected(page: Page) -> list[str]:
    chosen = set(page.var(HistoryState, "selected"))
    return [row["title"] for row in rows(page) if row["id"] in chosen]


def notice(page: Page) -> str:
    return str(page.var(NoticeState, "text"))


async def test_shift_selects_all_between_and_deselects_them(world: World, page: Page) -> None:
    await ask(world, "E", "D", "C", "B", "A")
    await page.do(HistoryState.open)
    await page.do(HistoryState.start_selecting)
    await pick(page, 3)
    await pick(page, 1, SHIFT)
    assert selected(page) == ["B", "C", "D"]
    await pick(page, 4)
    await pick(page, 2)
    assert selected(page) == ["B", "D", "E"]
    await pick(page, 4, SHIFT)
    assert selected(page) == ["B"]
    await page.do(HistoryState.pick, conversation_id="unknown", pointer=SHIFT)
    await page.do(HistoryState.select_all)
    assert len(selected(page)) == 5
    await page.do(HistoryState.select_all)

    assert selected(page) == []


async def test_a_selection_that_is_too_large_is_explained(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_selection, "MAX_AT_ONCE", 2)
    await ask(world, "C", "B", "A")
    await page.do(HistoryState.open)
    await page.do(HistoryState.select_all)
    assert selected(page) == ["A", "B"]
    assert notice(page) == "At most 2 conversations can be selected at once."
    await page.do(HistoryState.select_all)
    assert selected(page) == []
    await pick(page, 2)
    await page.do(NoticeState.dismiss)
    await pick(page, 0, SHIFT)

    assert len(selected(page)) == 2
    assert "At most 2" in notice(page)


async def test_what_disappears_elsewhere_is_no_longer_selected(world: World, page: Page) -> None:
    await ask(world, "Keep", "Drop")
    await page.do(HistoryState.open)
    await page.do(HistoryState.select_all)
    await world.services.conversations.delete(world.owner, rows(page)[0]["id"])
    await page.do(HistoryState.on_remote_change, conversation_id="")

    assert selected(page) == ["Keep"]


async def test_selected_ones_are_moved_tagged_and_archived(world: World, page: Page) -> None:
    await ask(world, "Second", "First")
    await page.do(HistoryState.open)
    await page.do(FoldersState.create, form={"name": "Work"})
    folder = page.var(HistoryState, "folders")[0]
    with world.services.changes.listen(world.owner, "another tab") as changes:
        await page.do(HistoryState.select_all)
        await page.do(HistoryState.move_selected, folder_id=folder["id"])
        assert changes.qsize() == 1
    assert notice(page) == "2 conversations were moved."
    assert [row["folder"] for row in rows(page)] == ["Work", "Work"]
    await pick(page, 0)
    await page.do(HistoryState.tag_selected, form={"tag": "Later"})
    assert [row["tags"] for row in rows(page)] == [["later"], []]
    assert page.var(HistoryState, "tags") == [{"tag": "later", "label": "later (1)"}]
    await page.do(HistoryState.tag_selected, form={"tag": "Later"})
    assert "No conversation is selected" in notice(page)
    await pick(page, 0)
    await page.do(HistoryState.archive_selected)
    assert titles(page) == ["Second"]
    await page.do(HistoryState.show_archived, archived=True)
    assert titles(page) == ["First"]
    await page.do(HistoryState.select_all)
    await page.do(HistoryState.move_selected, folder_id="none")
    await page.do(HistoryState.show_archived, archived=False)
    await page.do(HistoryState.filter_folder, folder_id=folder["id"])
    assert titles(page) == ["Second"]
    await page.do(FoldersState.delete, folder_id=folder["id"])

    assert page.var(HistoryState, "folder_filter") == ""
    assert titles(page) == ["Second"]
    assert page.failures == []


async def test_several_are_deleted_and_brought_back(world: World, page: Page) -> None:
    await ask(world, "Second", "First")
    await page.do(HistoryState.open, path="/history")
    ids = [row["id"] for row in rows(page)]
    await page.do(DeletionState.delete_several, path="/history", conversation_ids=[*ids, "unknown"])
    assert titles(page) == ["First", "Second"]
    assert "no longer exists" in notice(page)
    await page.do(DeletionState.delete_several, path="/history", conversation_ids=ids)
    assert titles(page) == []
    assert page.var(DeletionState, "count") == 2
    await page.do(DeletionState.open_page, path="/history")
    await page.do(DeletionState.undo, path="/history")
    assert titles(page) == ["First", "Second"]
    await page.do(DeletionState.delete, path=f"/c/{ids[0]}", conversation_id=ids[0])
    assert page.redirects == ["/"]
    await page.do(DeletionState.open_page, path="/")
    assert page.var(DeletionState, "count") == 1
    await page.do(DeletionState.open_page, path="/settings")

    assert page.var(DeletionState, "count") == 0
    assert page.failures == []


async def test_a_change_keeps_all_pages_that_are_shown(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.storage.queries.listing.MAX_PAGE", PAGE)
    await ask(world, *[f"Number {number}" for number in range(PAGE + 3)])
    await page.do(HistoryState.open)
    await page.do(HistoryState.load_more)
    await page.do(HistoryState.on_remote_change, conversation_id="")

    assert len(rows(page)) == PAGE + 3
    assert page.var(HistoryState, "has_more") is False


async def test_the_sidebar_adds_pages_up_to_a_limit(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidebar, "RECENT", 2)
    monkeypatch.setattr(sidebar, "MAX_RECENT", 4)
    await ask(world, *[f"Number {number}" for number in range(6)])
    await page.do(SidebarState.load)
    assert len(page.var(SidebarState, "recent")) == 2
    await page.do(SidebarState.load_more)
    await page.do(SidebarState.load)
    await page.do(SidebarState.load_more)

    assert [row["title"] for row in page.var(SidebarState, "recent")] == [
        f"Number {number}" for number in (5, 4, 3, 2)
    ]
    assert page.var(SidebarState, "has_more") is False


def inside(page: Page) -> list[str]:
    return [row["title"] for row in page.var(SidebarState, "inside")]


async def test_a_folder_of_the_sidebar_opens_in_pages(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidebar_folders, "INSIDE", 2)
    monkeypatch.setattr(sidebar_folders, "MAX_INSIDE", 4)
    await ask(world, *"FEDCBA")
    await page.do(HistoryState.open)
    work = await world.services.collections.create_folder(world.owner, "Work")
    await world.services.collections.move(world.owner, [row["id"] for row in rows(page)], work.id)
    await page.do(SidebarState.load)
    assert page.var(SidebarState, "folders") == [{"id": work.id, "name": "Work"}]
    assert inside(page) == []
    await page.do(SidebarState.toggle_folder, folder_id=work.id)
    assert inside(page) == ["A", "B"]
    await page.do(SidebarState.load_more_inside)
    await page.do(SidebarState.load)
    assert inside(page) == ["A", "B", "C", "D"]
    assert page.var(SidebarState, "more_inside") is False
    assert page.var(SidebarState, "inside_full") is True
    await page.do(SidebarState.load_more_inside)
    assert len(inside(page)) == 4
    await page.do(FoldersState.delete, folder_id=work.id)

    assert page.var(SidebarState, "folders") == []
    assert page.var(SidebarState, "open_folder") == ""
    assert inside(page) == []
    assert page.failures == []


async def test_the_history_opens_with_the_folder_of_its_address(world: World, page: Page) -> None:
    work = await world.services.collections.create_folder(world.owner, "Work")
    path = f"/history?folder={work.id}"
    await page.do(HistoryState.open, path=path)
    assert page.var(HistoryState, "folder_filter") == work.id
    await page.do(HistoryState.filter_folder, path=path, folder_id="")
    await page.do(HistoryState.open, path=path)

    assert page.var(HistoryState, "folder_filter") == ""


async def test_many_folders_are_shown_when_asked_for(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidebar_folders, "FOLDERS", 2)
    for number in range(5):
        await world.services.collections.create_folder(world.owner, f"Folder {number}")
    await page.do(SidebarState.load)
    assert len(page.var(SidebarState, "folders")) == 2
    assert page.var(SidebarState, "more_folders") == 3
    await page.do(SidebarState.toggle_folder, folder_id="unknown")
    assert page.var(SidebarState, "open_folder") == ""
    await page.do(SidebarState.show_all_folders)

    assert len(page.var(SidebarState, "folders")) == 5
    assert page.var(SidebarState, "more_folders") == 0


async def test_the_sidebar_knows_running_answers(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "ANNOUNCED_AFTER", 0)
    told: asyncio.Queue[str] = asyncio.Queue()
    world.generations.on_running_changed = told.put_nowait
    world.scripts["Fake"] = Scripted(TextDelta("So far"), Hold(), DONE)
    sent = await world.send("Hello")
    assert await told.get() == world.owner
    await page.do(SidebarState.on_remote_change, conversation_id=ANSWERS)
    assert page.var(SidebarState, "running") == [sent.conversation_id]
    await world.generations.stop_conversation(world.owner, sent.conversation_id)
    assert await told.get() == world.owner
    await page.do(SidebarState.on_remote_change, conversation_id=ANSWERS)

    assert page.var(SidebarState, "running") == []
    assert told.empty()


async def test_the_menu_renames_pins_and_labels(world: World, page: Page) -> None:
    await ask(world, "Old")
    await page.do(SidebarState.load)
    id_ = page.var(SidebarState, "recent")[0]["id"]
    await page.do(ConversationMenuState.start_renaming, conversation_id=id_, place="recent")
    await page.do(ConversationMenuState.rename, form={"title": "New"})
    await page.do(ConversationMenuState.pin, conversation_id=id_, pinned=True)
    assert [row["title"] for row in page.var(SidebarState, "pinned")] == ["New"]
    assert page.var(SidebarState, "recent") == []
    await page.do(ConversationMenuState.open_labels, conversation_id=id_)
    too_many = ",".join(f"t{number}" for number in range(30))
    await page.do(ConversationMenuState.save_labels, form={"folder": "", "tags": too_many})
    assert "at most 20 tags" in notice(page)
    assert page.var(ConversationMenuState, "labelling") == id_
    await page.do(ConversationMenuState.save_labels, form={"folder": "", "tags": "b, a"})
    assert page.var(ConversationMenuState, "labelling") == ""
    await page.do(ConversationMenuState.open_labels, conversation_id=id_)
    assert page.var(ConversationMenuState, "tags") == "a, b"
    await page.do(ConversationMenuState.archive, conversation_id=id_, archived=True)
    assert page.var(SidebarState, "pinned") == []
    await page.do(ConversationMenuState.open_labels, conversation_id="unknown")

    assert "no longer exists" in notice(page)
    assert page.failures == []


async def test_the_trash_restores_and_empties(world: World, page: Page) -> None:
    await ask(world, "C", "B", "A")
    await page.do(HistoryState.open)
    ids = [row["id"] for row in rows(page)]
    await page.do(DeletionState.delete_several, conversation_ids=ids)
    await page.do(TrashState.open)
    assert {row["title"] for row in page.var(TrashState, "rows")} == {"A", "B", "C"}
    assert page.var(TrashState, "rows")[0]["remaining"] == "gone in 29 days"
    await page.do(TrashState.restore, conversation_id=ids[0])
    await page.do(TrashState.pick, conversation_id=ids[1])
    await page.do(TrashState.pick, conversation_id="unknown")
    assert page.var(TrashState, "selected") == [ids[1]]
    await page.do(TrashState.delete_selected)
    assert notice(page) == "1 conversation was deleted forever."
    await page.do(TrashState.restore, conversation_id=ids[1])
    assert "no longer exists" in notice(page)
    await page.do(TrashState.empty)

    assert page.var(TrashState, "rows") == []
    assert notice(page) == "The trash is empty. 1 conversation was deleted forever."
    assert page.failures == []


async def send(page: Page, path: str) -> str:
    """Send the first message on a page and return the id of its conversation."""
    client_id = new_id()
    await page.do(
        ChatState.send_message,
        path=path,
        text="Secret",
        client_id=client_id,
        conversation_id="",
        model="Fake:m",
    )
    return str(page.var(ChatState, "begun")[client_id])


@pytest.mark.parametrize("loaded", [True, False], ids=["usual", "before the page is loaded again"])
async def test_a_temporary_chat_goes_with_its_tab(world: World, loaded: bool) -> None:
    person = await world.services.accounts.person_of("")
    with serving(world):
        async with opened_page(person, "closing") as page:
            if loaded:
                await page.do(ChatState.open_new, path="/?temporary=true")
                assert page.var(ChatState, "temporary") is True
            id_ = await send(page, "/?temporary=true")
            await page.do(ChatState.open_conversation, path=f"/c/{id_}")
            assert page.var(ChatState, "temporary") is True
            await page.do(SidebarState.load)
            assert page.var(SidebarState, "recent") == []
        connection._forget_tab("closing")
        while connection._forgetting:
            await next(iter(connection._forgetting))

    with pytest.raises(ConversationNotFound):
        await world.services.conversations.open(world.owner, id_, 9)


async def test_a_usual_chat_is_not_temporary(world: World, page: Page) -> None:
    await page.do(ChatState.open_new, path="/?temporary=yes")
    assert page.var(ChatState, "temporary") is False
    id_ = await send(page, "/")

    assert not (await world.services.conversations.open(world.owner, id_, 9)).temporary
