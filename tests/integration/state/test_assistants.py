"""The handlers of assistants, and conversations that are begun with one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from tests.integration.services.files.test_sending import upload
from tests.integration.services.world import World
from tests.integration.state.page import Page
from webchat.services.change_feed import Change
from webchat.state.assistant_form import AssistantFormState
from webchat.state.assistant_import import AssistantImportState
from webchat.state.assistant_links import AssistantLinksState
from webchat.state.assistants import AssistantsState
from webchat.state.chat import ChatState
from webchat.state.notice import NoticeState
from webchat.state.sidebar import SidebarState
from webchat.storage.ids import new_id

FORM: dict[str, Any] = {
    "name": "Cook",
    "description": "Explains each step",
    "symbol": "",
    "colour": "orange",
    "picture": "",
    "system_prompt": "You cook.",
    "temperature": "0.5",
    "starters": "Two eggs?\n\nBread?",
    "max_tokens": "100",
}


async def added(page: Page, **more: Any) -> str:
    """Add an assistant through the form and return its id."""
    await page.do(AssistantFormState.open_form, assistant_id="")
    await page.do(AssistantFormState.choose_model, model="Fake:m")
    await page.do(AssistantFormState.save, form=FORM | more)
    assert page.var(AssistantFormState, "problem") == ""
    return str(page.var(SidebarState, "assistants")[-1]["id"])


async def test_assistants_are_managed_in_settings(world: World, page: Page) -> None:
    with world.services.changes.listen(world.owner, "other tab") as told:
        id_ = await added(page)
        assert told.get_nowait() == Change("", "tab")
    (row,) = page.var(SidebarState, "assistants")
    assert (row["name"], row["symbol"], row["colour"]) == ("Cook", "C", "orange")
    assert page.var(AssistantFormState, "opened") is False

    await page.do(AssistantFormState.open_form, assistant_id=id_)
    assert page.var(AssistantFormState, "starters") == "Two eggs?\nBread?"
    assert page.var(AssistantFormState, "parameters")["max_tokens"] == "100"
    assert page.var(AssistantFormState, "model_label") == "m · Fake"
    await page.do(AssistantFormState.save, form=FORM | {"name": ""})
    assert "1 to 60 characters" in page.var(AssistantFormState, "problem")
    await page.do(AssistantFormState.save, form=FORM | {"seed": "x"})
    assert page.var(AssistantFormState, "problem_field") == "seed"
    await page.do(AssistantFormState.save, form=FORM | {"name": "Baker"})
    await page.do(AssistantsState.duplicate, assistant_id=id_)
    names = [each["name"] for each in page.var(SidebarState, "assistants")]
    assert names == ["Baker", "Baker 2"]
    ids = [each["id"] for each in page.var(SidebarState, "assistants")]
    await page.do(AssistantsState.reorder, assistant_ids=ids[::-1])
    assert [each["id"] for each in page.var(SidebarState, "assistants")] == ids[::-1]

    await page.do(AssistantsState.delete, assistant_id=id_)
    assert page.var(AssistantsState, "deleted_name") == "Baker"
    assert len(page.var(SidebarState, "assistants")) == 1
    await page.do(AssistantsState.undo)
    assert len(page.var(SidebarState, "assistants")) == 2
    await page.do(AssistantsState.delete, assistant_id="gone")
    assert "no longer exists" in page.var(NoticeState, "text")
    assert page.failures == []


async def test_the_form_names_files_and_how_far_they_are_cut(world: World, page: Page) -> None:
    several = [await upload(world, b"Bread needs flour.", f"{n}.txt") for n in range(3)]
    first, second, third = several
    id_ = await added(page, files=f"{first}:2 {second} {third}:many")
    await page.do(AssistantFormState.open_form, assistant_id=id_)
    files = page.var(AssistantFormState, "files")
    assert [(each["id"], each["cut"]) for each in files] == [(first, 2), (second, None), (third, None)]
    await page.do(AssistantFormState.save, form=FORM | {"files": first})
    await page.do(AssistantFormState.open_form, assistant_id=id_)
    assert [each["cut"] for each in page.var(AssistantFormState, "files")] == [None]
    assert page.failures == []


async def test_a_conversation_is_begun_with_an_assistant(world: World, page: Page) -> None:
    id_ = await added(page)
    await page.do(ChatState.open_new, f"/?assistant={id_}")
    assert page.var(ChatState, "assistant")["name"] == "Cook"
    assert page.var(ChatState, "starters") == ["Two eggs?", "Bread?"]
    assert page.var(ChatState, "system_prompt") == "You cook."
    assert page.var(ChatState, "temperature") == "0.5"
    await page.do(ChatState.ask_starter, f"/?assistant={id_}", text="Two eggs?")
    begun = page.var(ChatState, "conversation_id")
    await page.do(ChatState.open_conversation, f"/c/{begun}")
    assert page.var(ChatState, "assistant")["id"] == id_
    (row,) = page.var(SidebarState, "recent")
    assert row["assistant"] == id_
    assert page.var(SidebarState, "faces")[id_]["name"] == "Cook"

    await page.do(AssistantsState.delete, assistant_id=id_)
    await page.do(ChatState.open_conversation, f"/c/{begun}")
    assert page.var(ChatState, "assistant")["id"] == ""
    assert page.var(ChatState, "system_prompt") == "You cook."
    await page.do(ChatState.open_new, f"/?assistant={id_}")
    assert "no longer exists" in page.var(NoticeState, "text")
    assert page.var(ChatState, "ready") is True
    await page.do(ChatState.open_new)
    assert page.var(ChatState, "starters") == []
    assert page.var(ChatState, "system_prompt") == ""
    assert page.failures == []


async def test_a_message_sent_before_its_page_is_loaded_keeps_the_assistant(
    world: World, unloaded: Page
) -> None:
    id_ = await world.services.assistants.save(world.owner, "", FORM | {"starters": [], "model": "Fake:m"})
    await unloaded.do(
        ChatState.send_message,
        f"/?assistant={id_}",
        text="Hello",
        client_id=new_id(),
        conversation_id="",
        model="Fake:m",
    )
    (summary,) = await world.listed()
    there = await world.services.conversations.open(world.owner, summary.id, 10)
    assert (there.assistant_id, there.system_prompt) == (id_, "You cook.")


async def test_a_file_is_looked_at_before_it_is_imported(world: World, page: Page) -> None:
    async def file() -> AsyncIterator[bytes]:
        yield b'[{"name": "Cook", "model": "gone"}, {"name": ""}]'

    await world.services.assistant_transfer.receive(world.owner, file())
    await page.do(AssistantImportState.received, _found="2")
    first, second = page.var(AssistantImportState, "rows")
    assert first["words"] == "New. Its model gone is not available here, your default is used."
    assert second["words"].startswith("Cannot be imported.")
    assert page.var(AssistantImportState, "new") == 1
    await page.do(AssistantImportState.begin)
    assert page.var(NoticeState, "text") == "1 assistant imported."
    assert [each["name"] for each in page.var(SidebarState, "assistants")] == ["Cook"]
    await page.do(AssistantImportState.begin)
    assert "Choose the file again" in page.var(NoticeState, "text")
    await page.do(AssistantImportState.refused, reason="Why not")
    assert page.var(NoticeState, "text") == "Why not"


async def test_each_file_of_a_shared_assistant_is_chosen(world: World, page: Page) -> None:
    one, two = await upload(world, b"one", "one.txt"), await upload(world, b"two", "two.txt")
    id_ = await world.services.assistants.save(world.owner, "", {"name": "Cook", "files": [one, two]})
    await page.do(AssistantLinksState.open_dialog, assistant_id=id_)
    first, second = page.var(AssistantLinksState, "files")
    assert [first["name"], second["name"]] == ["one.txt", "two.txt"]
    await page.do(AssistantLinksState.create, form={"expiry": "week", second["field"]: "on"})
    (row,) = page.var(AssistantLinksState, "links")
    assert row["about"].endswith("with 1 file")
    await page.do(AssistantLinksState.create, form={"expiry": "week", "file:gone": "on", "file:": "on"})
    assert "Reopen the dialog" in page.var(AssistantLinksState, "problem")
    assert page.failures == []


async def test_an_assistant_is_shared(world: World, page: Page) -> None:
    id_ = await added(page)
    await page.do(AssistantLinksState.open_dialog, assistant_id=id_)
    await page.do(AssistantLinksState.create, form={"expiry": "century"})
    assert page.var(AssistantLinksState, "problem") == "Choose an expiry from the list. Nothing was changed."
    await page.do(AssistantLinksState.create, form={"expiry": "week", "with_prompt": "on"})
    (row,) = page.var(AssistantLinksState, "links")
    assert row["address"].startswith("http://webchat/share/assistant/")
    assert row["about"].endswith("with the system prompt")
    assert page.var(AssistantLinksState, "files") == []
    await page.do(AssistantLinksState.revoke, link_id=row["id"])
    assert page.var(AssistantLinksState, "links") == []
    await page.do(AssistantLinksState.open_dialog, assistant_id="gone")
    assert "no longer exists" in page.var(NoticeState, "text")
    assert page.failures == []
