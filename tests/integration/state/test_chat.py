"""The chat page's handlers: what a person does, and what their tab then shows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.world import World
from tests.integration.state.page import Page, opened_page
from webchat.messages import Finish, FinishReason, TextDelta, Usage
from webchat.providers.errors import RateLimitError
from webchat.services.chat.recording import Sent
from webchat.services.chat.sending import Draft
from webchat.services.chat.window import OPENING, WINDOW
from webchat.services.limits import MAX_PROMPT_BYTES
from webchat.services.runtime import services
from webchat.state import chat
from webchat.state.chat import ChatState
from webchat.state.notice import NoticeState
from webchat.state.sidebar import SidebarState
from webchat.storage.errors import DatabaseFull
from webchat.storage.ids import new_id

REFLEX_TAG = "<reflex.Var>x</reflex.Var>"


async def send(page: Page, text: Any = "Hello", client_id: Any = None) -> None:
    await page.do(ChatState.send_message, text=text, client_id=client_id or new_id())


async def send_to_new(page: Page) -> None:
    """Send as the browser does what was written for a new conversation."""
    await page.do(
        ChatState.send_message, text="Hello", client_id=new_id(), conversation_id="", model="Fake:m"
    )


def rows(page: Page) -> list[dict[str, Any]]:
    return list(page.var(ChatState, "messages"))


async def answered(world: World, page: Page) -> dict[str, Any]:
    """Wait for the last answer's end, tell the page as the stream does, and return the row it shows."""
    await world.ended(rows(page)[-1]["id"])
    await page.do(ChatState.refresh_message, message_id=rows(page)[-1]["id"])
    return rows(page)[-1]


async def test_a_new_conversation_begins_with_the_persons_defaults(world: World, page: Page) -> None:
    await world.services.preferences.set_defaults(world.owner, "Be brief.", "0,5")
    await page.do(ChatState.open_new)

    shown = [page.var(ChatState, name) for name in ("model", "system_prompt", "temperature", "ready")]
    assert shown == ["Fake:m", "Be brief.", "0.5", True]
    assert page.var(ChatState, "model_label") == "m"


async def test_send_shows_both_messages_and_redirects_to_the_address(world: World, page: Page) -> None:
    world.scripts["Fake"] = Scripted(
        TextDelta("Hi"), Finish(FinishReason.LENGTH, "max_tokens"), Usage(11, 22)
    )
    client_id = new_id()
    await send(page, "  Hello  ", client_id)

    question, answer = rows(page)
    assert (question["role"], question["sent_as"]) == ("user", client_id)
    assert (answer["role"], answer["status"], answer["model"]) == ("assistant", "streaming", "Fake:m")
    assert page.redirects == [f"/c/{page.var(ChatState, 'conversation_id')}"]
    assert [row["title"] for row in page.var(SidebarState, "recent")] == ["Hello"]
    shown = await answered(world, page)
    assert shown["status"] == "complete"
    assert "22 tokens" in shown["note"]
    assert "cut off at the length limit" in shown["note"]
    assert page.var(ChatState, "answering") is False
    assert page.failures == []


async def test_an_answer_that_ends_with_a_tool_call_says_so(world: World, page: Page) -> None:
    called = Finish(FinishReason.TOOL_CALLS, "tool_calls")
    world.scripts["Fake"] = Scripted(TextDelta("Let me look."), called)
    await send(page, "Hello", new_id())

    shown = await answered(world, page)

    assert shown["status"] == "complete"
    assert "the model wanted to call a tool" in shown["note"]


async def test_send_before_the_page_is_loaded_shows_the_conversation(world: World, unloaded: Page) -> None:
    """After a restart of the server, what waited in the browser may be sent first."""
    page = unloaded
    await page.do(SidebarState.load, path="/settings")
    await send_to_new(page)
    assert page.var(ChatState, "ready") is False
    await page.do(ChatState.open_new)

    assert [row["role"] for row in rows(page)] == ["user", "assistant"]
    assert page.redirects == [f"/c/{page.var(ChatState, 'conversation_id')}"]
    assert page.var(ChatState, "title") == "Hello"

    await page.do(ChatState.open_new)
    assert rows(page) == []
    assert page.failures == []


async def test_page_loaded_during_a_send_shows_the_conversation(
    world: World, unloaded: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = unloaded
    began, loaded = asyncio.Event(), asyncio.Event()
    send_at_once = world.services.sending.send

    async def send_late(owner_id: str, draft: Draft) -> Sent:
        began.set()
        await loaded.wait()
        return await send_at_once(owner_id, draft)

    monkeypatch.setattr(world.services.sending, "send", send_late)
    sending = asyncio.create_task(send_to_new(page))
    await began.wait()
    # Reflex loads the page of a state it does not know; the browser does so again when it has reconnected.
    while not page.var(ChatState, "ready"):  # noqa: ASYNC110
        await asyncio.sleep(0)
    loaded.set()
    await sending
    shown = rows(page)
    await page.do(ChatState.open_new)

    assert [row["id"] for row in rows(page)] == [row["id"] for row in shown]
    assert [row["role"] for row in rows(page)] == ["user", "assistant"]
    assert page.redirects == [f"/c/{page.var(ChatState, 'conversation_id')}"]
    assert page.failures == []

    await answered(world, page)
    await page.do(ChatState.open_new)
    assert rows(page) == []


async def test_conversation_loaded_during_a_send_shows_the_message(
    world: World, unloaded: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart of the server, what waited in the browser is sent while the conversation loads."""
    page = unloaded
    earlier = await world.send("Earlier")
    await world.ended(earlier.messages[-1].message.id)
    id = earlier.conversation_id
    began, loaded = asyncio.Event(), asyncio.Event()
    send_at_once = world.services.sending.send

    async def send_late(owner_id: str, draft: Draft) -> Sent:
        began.set()
        await loaded.wait()
        return await send_at_once(owner_id, draft)

    monkeypatch.setattr(world.services.sending, "send", send_late)
    payload = {"text": "Hello", "client_id": new_id(), "conversation_id": id, "model": "Fake:m"}
    sending = asyncio.create_task(page.do(ChatState.send_message, **payload, path=f"/c/{id}"))
    await began.wait()
    # Reflex loads the page of a state it does not know; the browser does so again when it has reconnected.
    while page.var(ChatState, "conversation_id") != id:  # noqa: ASYNC110
        await asyncio.sleep(0)
    loaded.set()
    await sending

    assert [row["role"] for row in rows(page)] == ["user", "assistant"] * 2
    await answered(world, page)
    assert page.failures == []


async def test_a_repeated_send_shows_nothing_twice(world: World, page: Page) -> None:
    client_id = new_id()
    await send(page, "Hello", client_id)
    await answered(world, page)
    await send(page, "Hello", client_id)

    assert [row["role"] for row in rows(page)] == ["user", "assistant"]
    assert len(await world.listed()) == 1


async def test_a_refused_send_goes_back_to_the_composer(world: World, page: Page) -> None:
    for text, words in (("", "nothing to send"), ("x" * (MAX_PROMPT_BYTES + 1), "257 KB")):
        client_id = new_id()
        await send(page, text, client_id)
        assert page.var(ChatState, "refused_id") == client_id
        assert words in page.var(ChatState, "refusal")


async def test_message_sent_during_an_answer_is_queued(world: World, page: Page) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(hold, DONE)
    await asyncio.gather(send(page), hold.reached.wait())
    await send(page, "Too soon", "too-soon-1")
    assert "too-soon-1" in page.var(ChatState, "accepted_ids")
    assert page.var(ChatState, "queued") == "Too soon"
    await send(page, "And this", "too-soon-2")
    await send(page, "And this", "too-soon-2")
    assert page.var(ChatState, "queued") == "Too soon\n\nAnd this"
    await page.do(ChatState.withdraw_queued)
    assert page.var(ChatState, "queued") == ""
    assert len(rows(page)) == 2
    hold.go.set()


async def test_a_message_sent_after_a_stop_takes_what_waits_along(world: World, page: Page) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("First."), hold, DONE)
    await send(page, "one")
    await hold.reached.wait()
    await send(page, "two")
    await page.do(ChatState.stop_answer)
    assert page.var(ChatState, "queued") == "two"
    world.scripts["Fake"] = saying("Next.")

    await send(page, "three")

    assert page.var(ChatState, "queued") == ""
    assert [row["role"] for row in rows(page)] == ["user", "assistant"] * 2
    await answered(world, page)


async def test_an_edit_that_is_repeated_makes_one_branch(world: World, page: Page) -> None:
    await send(page, "one")
    await answered(world, page)
    question = rows(page)[0]["id"]
    client_id = new_id()
    for _ in range(2):  # the answer to the first was lost on its way
        await page.do(ChatState.edit_message, message_id=question, text="one, edited", client_id=client_id)
        await answered(world, page)

    assert rows(page)[0]["places"] == 2
    assert page.failures == []


async def test_a_full_disk_gives_the_text_back_too(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise DatabaseFull("webchat.db")

    monkeypatch.setattr(world.services.sending, "send", refuse)
    await send(page, "Keep me", "full-disk-1")

    assert page.var(ChatState, "refused_id") == "full-disk-1"
    assert "disk is full" in page.var(ChatState, "refusal")


async def test_text_that_looks_like_reflexs_own_marks_is_text(world: World, page: Page) -> None:
    for text in (REFLEX_TAG, "<reflex.Var>1</reflex.Var>", "<reflex.Var></reflex.Var>", "<reflex.Var>"):
        await page.do(ChatState.open_new)
        await page.do(ChatState.ask_starter, text=text)
        assert (await world.message(rows(page)[0]["id"])).content == text
        await page.do(ChatState.choose_model, model=text)
        assert text in page.var(NoticeState, "text")
    assert page.failures == []


# Stop, errors, retry.


async def test_stop_keeps_what_came_and_says_so(world: World, page: Page) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("Only this"), hold, DONE)
    await send(page)
    assert page.var(ChatState, "answering") is True

    await page.do(ChatState.stop_answer)

    assert rows(page)[-1]["status"] == "stopped"
    assert rows(page)[-1]["note"].startswith("Stopped · ")
    assert page.var(ChatState, "answering") is False
    assert (await world.message(rows(page)[-1]["id"])).content == "Only this"
    await page.do(ChatState.stop_answer)
    assert page.failures == []


async def test_a_failed_answer_is_a_card_that_offers_another_try(world: World, page: Page) -> None:
    error = RateLimitError("Fake", retry_after=7, status=429)
    world.scripts["Fake"] = Scripted(error)
    await send(page)
    card = await answered(world, page)
    assert (card["status"], card["error_title"]) == ("error", "This answer failed")
    assert card["error_text"] == str(error)

    world.scripts["Fake"] = saying("Now it works.")
    await page.do(ChatState.retry_answer, message_id=card["id"])

    shown = await answered(world, page)
    assert (len(rows(page)), shown["status"], shown["error_text"]) == (2, "complete", "")
    assert (await world.message(shown["id"])).content == "Now it works."


async def test_retry_with_a_model_that_is_gone_is_a_card_again(world: World, page: Page) -> None:
    await send(page)
    await answered(world, page)
    await page.do(ChatState.choose_model, model="Gone:m")
    await page.do(ChatState.retry_answer, message_id=rows(page)[-1]["id"])

    assert "no longer a provider named “Gone”" in (await answered(world, page))["error_text"]


async def test_a_retry_that_cannot_be_is_said(world: World, page: Page) -> None:
    elsewhere = await world.asked("Elsewhere")
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One"), hold, DONE)
    await send(page)
    before = rows(page)
    await page.do(ChatState.retry_answer, message_id=rows(page)[-1]["id"])
    assert "still being written" in page.var(NoticeState, "text")
    await page.do(ChatState.retry_answer, message_id=rows(page)[0]["id"])
    await page.do(ChatState.retry_answer, message_id="nothing")
    assert "no longer exists" in page.var(NoticeState, "text")
    # Another conversation's answer may be asked again, but this page does not show it.
    await page.do(ChatState.retry_answer, message_id=elsewhere.id)

    assert rows(page) == before
    assert page.failures == []
    hold.go.set()


async def test_an_interrupted_answer_says_what_happened(world: World, page: Page) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("Half"), hold, DONE)
    await send(page)
    await world.generations.close(grace=0)
    await page.do(ChatState.refresh_message, message_id=rows(page)[-1]["id"])

    assert rows(page)[-1]["status"] == "interrupted"
    assert "What arrived is saved" in rows(page)[-1]["error_text"]


# Opening and leaving.


async def test_a_conversation_opens_at_its_address(world: World, page: Page) -> None:
    sent = await world.send("Question", system_prompt="Be brief.", temperature=0.25)
    await world.ended(sent.messages[-1].message.id)
    await page.do(ChatState.open_conversation, path=f"/c/{sent.conversation_id}")

    assert page.var(ChatState, "title") == "Question"
    assert [row["status"] for row in rows(page)] == ["complete", "complete"]
    assert page.var(ChatState, "system_prompt") == "Be brief."
    assert page.var(ChatState, "temperature") == "0.25"
    for wrong in ("nothing", "", "%00", "../../etc", "x" * 5000):
        await page.do(ChatState.open_conversation, path=f"/c/{wrong}")
        assert page.var(ChatState, "missing") is True
        assert rows(page) == []
    assert page.failures == []


@pytest.mark.parametrize("at_message", [False, True])
async def test_a_click_loads_a_conversation_before_its_page_opens(
    world: World, page: Page, at_message: bool
) -> None:
    sent = await world.send("Question")
    question, answer = (item.message.id for item in sent.messages)
    await world.ended(answer)
    path = f"/c/{sent.conversation_id}" + (f"?message={question}" if at_message else "")
    await page.do(ChatState.open_clicked, href=path, elsewhere=True)
    assert page.var(ChatState, "conversation_id") == ""  # it opens in another tab

    await page.do(ChatState.open_clicked, href=path, elsewhere=False)
    assert [row["status"] for row in rows(page)] == ["complete", "complete"]
    assert page.var(ChatState, "found_id") == (question if at_message else "")
    before = len(page.sent)
    await page.do(ChatState.open_conversation, path=path)
    assert "Question" not in str(page.sent[before:])  # its page loads nothing again

    await services().conversations.rename(world.owner, sent.conversation_id, "Renamed")
    await page.do(ChatState.open_conversation, path=path)
    assert page.var(ChatState, "title") == "Renamed"


async def test_a_click_whose_page_never_opened_is_not_mistaken_for_a_later_one(
    world: World, page: Page
) -> None:
    sent = await world.send("Question")
    path = f"/c/{sent.conversation_id}"
    await page.do(ChatState.open_clicked, href=path, elsewhere=False)
    await page.do(ChatState.open_new)  # another link was clicked before the page opened
    await page.do(ChatState.open_conversation, path=path)

    assert page.var(ChatState, "conversation_id") == sent.conversation_id
    assert len(rows(page)) == 2


@pytest.mark.parametrize("wrong", ["", "/", "/c/nothing", "http://[", "/c/%00?message=%00", "x" * 16_000])
async def test_a_click_on_no_conversation_shows_none(page: Page, wrong: str) -> None:
    await page.do(ChatState.open_clicked, href=wrong, elsewhere=False)
    assert page.failures == []
    assert rows(page) == []


async def test_older_messages_come_in_front(world: World, page: Page) -> None:
    sent = await world.send("q0")
    await world.ended(sent.messages[-1].message.id)
    for number in range(1, 25):
        await world.asked(f"q{number}", conversation_id=sent.conversation_id)
    await page.do(ChatState.open_conversation, path=f"/c/{sent.conversation_id}")
    assert len(rows(page)) == OPENING
    assert page.var(ChatState, "has_older") is True

    await page.do(ChatState.load_older)
    await page.do(ChatState.load_older)

    assert len({row["id"] for row in rows(page)}) == len(rows(page)) == 50
    assert page.var(ChatState, "has_older") is False
    # Loading the page again shows as much of it as before.
    await page.do(ChatState.open_conversation, path=f"/c/{sent.conversation_id}")
    assert len(rows(page)) == 50


async def test_a_tab_keeps_a_part_of_a_conversation_that_grows(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "MOST_LOADED", WINDOW)
    for number in range(WINDOW // 2 + 2):
        await send(page, f"q{number}")
        await answered(world, page)

    assert len(rows(page)) <= WINDOW
    assert rows(page)[-1]["status"] == "complete"
    assert page.var(ChatState, "has_older") is True
    before = [row["id"] for row in rows(page)]
    await page.do(ChatState.load_older)
    assert [row["id"] for row in rows(page)][-len(before) :] == before
    assert len({row["id"] for row in rows(page)}) == len(rows(page)) == WINDOW + 4
    assert page.var(ChatState, "has_older") is False


async def test_who_has_gone_elsewhere_is_left_there(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await world.send("Other")
    await world.ended(other.messages[-1].message.id)
    monkeypatch.setattr(chat, "FIRST_TEXT_WAIT", 20)
    hold = Hold()
    world.scripts["Fake"] = Scripted(hold, TextDelta("Late"), DONE)
    sending = asyncio.create_task(send(page))
    await hold.reached.wait()
    leaving = asyncio.create_task(page.do(ChatState.open_conversation, path=f"/c/{other.conversation_id}"))
    async with asyncio.timeout(20):
        while page.var(ChatState, "conversation_id") != other.conversation_id:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    hold.go.set()
    await asyncio.gather(sending, leaving)

    assert len(page.redirects) == 1, "the address it got while it was still on screen"
    assert page.var(ChatState, "conversation_id") == other.conversation_id
    assert len(page.var(SidebarState, "recent")) == 2


async def test_two_tabs_show_the_same_conversation(world: World, page: Page) -> None:
    await send(page)
    id = page.var(ChatState, "conversation_id")
    async with opened_page(page.person, "second") as second:
        await second.do(ChatState.open_conversation, path=f"/c/{id}")
        assert [row["id"] for row in rows(second)] == [row["id"] for row in rows(page)]


# This conversation's parameters.


async def test_parameters_are_checked_and_kept(world: World, page: Page) -> None:
    await send(page)
    await answered(world, page)
    id = page.var(ChatState, "conversation_id")

    await page.do(ChatState.choose_model, model="Fake:other")
    await page.do(ChatState.change_system_prompt, text="Be brief.")
    await page.do(ChatState.change_temperature, value=" 0,30 ")
    for wrong in ("hot", "-1", "3", "nan"):
        await page.do(ChatState.change_temperature, value=wrong)
        assert "from 0 to 2" in page.var(ChatState, "temperature_problem")
    await page.do(ChatState.change_system_prompt, text="x" * (MAX_PROMPT_BYTES + 1))
    assert page.var(NoticeState, "failed") is True

    opened = await world.services.conversations.open(world.owner, id, 1)
    assert (opened.model, opened.system_prompt, opened.temperature) == ("Fake:other", "Be brief.", 0.3)
    assert page.var(ChatState, "temperature") == "0.3"
    await page.do(ChatState.change_temperature, value="")
    assert (await world.services.conversations.open(world.owner, id, 1)).temperature is None
    assert page.failures == []


async def test_a_changed_prompt_and_temperature_are_confirmed(world: World, page: Page) -> None:
    changes = [
        (ChatState.change_system_prompt, {"text": "Be brief."}, "The system prompt was saved."),
        (ChatState.change_temperature, {"value": "0,3"}, "The temperature was saved."),
    ]
    await page.do(ChatState.open_new)
    for handler, payload, _ in changes:
        await page.do(handler, **payload)
        assert page.var(NoticeState, "text") == "It will be saved with the first message."
        await page.do(NoticeState.dismiss)
    await send(page)
    await answered(world, page)
    for handler, payload, _ in changes:  # what was entered again is no change
        await page.do(handler, **payload)
        assert page.var(NoticeState, "text") == ""
    for handler, payload, said in changes:
        await page.do(handler, **dict.fromkeys(payload, ""))
        assert page.var(NoticeState, "text") == said
        assert page.var(NoticeState, "failed") is False
    await page.do(ChatState.change_temperature, value="hot")
    assert page.var(NoticeState, "text") == "The temperature was saved."


async def test_advanced_parameters_are_saved_or_refused_beside_their_field(world: World, page: Page) -> None:
    script = world.scripts["Fake"] = saying("Hi")
    await page.do(ChatState.open_new)
    await page.do(ChatState.save_parameters, form={"seed": "7", "headers": "X-Key: sk-canary"})
    await send(page, "Hello")
    await answered(world, page)
    id = page.var(ChatState, "conversation_id")
    assert script.requests[0].parameters.seed == 7
    assert script.requests[0].parameters.headers == {"X-Key": "sk-canary"}

    await page.do(ChatState.save_parameters, form={"seed": "8", "top_p": "2"})
    assert page.var(ChatState, "parameters_field") == "top_p"
    assert "from 0 to 1" in page.var(ChatState, "parameters_problem")
    assert page.var(ChatState, "parameters")["seed"] == "7"
    await page.do(ChatState.save_parameters, form={"seed": "8", "top_p": "1"})
    assert page.var(ChatState, "parameters_problem") == page.var(ChatState, "parameters_field") == ""

    await page.do(ChatState.open_conversation, path=f"/c/{id}")
    assert page.var(ChatState, "parameters")["seed"] == "8"
    await page.do(ChatState.save_parameters, form={"top_p": "2"})
    await page.do(ChatState.change_temperature, value="7")
    assert "from 0 to 2" in page.var(ChatState, "temperature_problem")
    await page.do(ChatState.open_new)
    assert page.var(ChatState, "temperature_problem") == page.var(ChatState, "parameters_problem") == ""
    assert "sk-canary" not in "".join(page.sent)
    assert page.failures == []


async def test_parameters_that_a_model_does_not_take_are_not_offered(world: World, page: Page) -> None:
    await page.do(ChatState.open_new)
    assert "max_tokens" in page.var(ChatState, "parameters_offered")

    await page.do(ChatState.choose_model, model="Guide:guide")

    assert page.var(ChatState, "parameters_offered") == []
