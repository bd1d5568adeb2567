"""Comparing and repeating on the chat page: what a person does, and what their tab then shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.steering import talk
from tests.integration.services.world import World
from tests.integration.state.page import Page
from webchat.messages import Finish, FinishReason, TextDelta, Usage
from webchat.providers.errors import ServiceError as ProviderFailure
from webchat.state.chat import ChatState
from webchat.state.notice import NoticeState
from webchat.state.repeat import RepeatState
from webchat.storage.ids import new_id

MODELS = ["One:m", "Two:m"]


@pytest.fixture
async def comparing(world: World, page: Page) -> Page:
    """A page for a new chat that compares two models, one of which fails."""
    usage = (TextDelta("One."), Usage(10, 20), Finish(FinishReason.STOP, "stop"))
    await world.add_provider("One", ["m"], Scripted(*usage))
    await world.add_provider("Two", ["m"], Scripted(ProviderFailure("Two", "Down")))
    await page.do(ChatState.open_new)
    await page.do(ChatState.compare_models, models=MODELS)
    return page


async def send(page: Page, text: str = "Hello", **draft: Any) -> None:
    await page.do(ChatState.send_message, text=text, client_id=new_id(), **draft)


def columns(page: Page) -> list[dict[str, Any]]:
    return list(page.var(ChatState, "compared"))


async def ended(world: World, page: Page) -> None:
    """Wait until the answers have ended, and tell the page as their streams do."""
    for column in columns(page):
        await world.ended(column["id"])
        await page.do(ChatState.refresh_message, message_id=column["id"])


async def test_answers_stand_side_by_side_with_what_they_took(world: World, comparing: Page) -> None:
    assert comparing.var(ChatState, "model_label") == "2 models"
    await send(comparing)
    await ended(world, comparing)

    one, two = columns(comparing)
    assert next(fact["name"] for fact in one["facts"]) == "Time"
    assert {"name": "Tokens", "value": "10 in · 20 out"} in one["facts"]
    assert (two["status"], two["error_title"]) == ("error", "This answer failed")
    assert [row["role"] for row in comparing.var(ChatState, "messages")] == ["user"]
    assert comparing.var(ChatState, "next_follows") == "m · One"
    assert comparing.var(ChatState, "answering") is False


async def test_an_answer_is_asked_for_again_of_its_own_model(world: World, comparing: Page) -> None:
    await send(comparing)
    await ended(world, comparing)
    world.scripts["Two"] = saying("Two.")

    await comparing.do(ChatState.retry_answer, message_id=columns(comparing)[1]["id"])
    await ended(world, comparing)

    assert [(each["model"], each["status"]) for each in columns(comparing)] == [
        ("One:m", "complete"),
        ("Two:m", "complete"),
    ]


async def test_stop_stops_all_or_one(world: World, comparing: Page) -> None:
    slow = [Hold(), Hold()]
    for name, hold in zip(("One", "Two"), slow, strict=True):
        world.scripts[name] = Scripted(TextDelta("Begun"), hold, DONE)
    await send(comparing)
    for hold in slow:
        await hold.reached.wait()

    await comparing.do(ChatState.stop_compared, message_id=columns(comparing)[1]["id"])
    assert [each["status"] for each in columns(comparing)] == ["streaming", "stopped"]
    await comparing.do(ChatState.stop_answer)
    assert [each["status"] for each in columns(comparing)] == ["stopped", "stopped"]


async def test_a_chosen_answer_ends_the_comparison(world: World, comparing: Page) -> None:
    await send(comparing)
    await ended(world, comparing)

    await comparing.do(ChatState.choose_answer, message_id=columns(comparing)[0]["id"])

    assert columns(comparing) == []
    assert comparing.var(ChatState, "comparing") == []
    assert comparing.var(ChatState, "model") == "One:m"
    last = comparing.var(ChatState, "messages")[-1]
    assert (last["place"], last["places"]) == (1, 2)
    await comparing.do(ChatState.choose_answer, message_id=last["id"])
    assert "no longer exists" in comparing.var(NoticeState, "text")


async def test_one_model_again_ends_comparing(world: World, comparing: Page) -> None:
    await comparing.do(ChatState.compare_models, models=["One:m"])
    assert "two or three" in comparing.var(NoticeState, "text")
    await comparing.do(ChatState.choose_model, model="One:m")
    assert comparing.var(ChatState, "comparing") == []
    await comparing.do(ChatState.compare_models, models=MODELS)
    await comparing.do(ChatState.compare_models, models=[])
    await send(comparing)

    assert columns(comparing) == []
    await world.ended(comparing.var(ChatState, "messages")[-1]["id"])


async def test_a_conversation_is_repeated_and_continued(world: World, page: Page) -> None:
    await world.add_provider("Two", ["m"], Scripted(ProviderFailure("Two", "Down")))
    source, _ = await talk(world, "First", "Second")
    await page.do(RepeatState.open_dialog, conversation_id=source)
    assert page.var(RepeatState, "questions") == 2
    await page.do(RepeatState.begin)
    assert "is not available" in page.var(RepeatState, "problem")
    await page.do(RepeatState.choose_model, model="Two:m")
    await page.do(RepeatState.begin)
    [path] = page.redirects

    await page.do(ChatState.open_conversation, path=path)
    await world.ended(page.var(ChatState, "messages")[-1]["id"])
    assert (page.var(ChatState, "repeat_asked"), page.var(ChatState, "repeat_total")) == (1, 2)
    world.scripts["Two"] = saying("Now.")
    for _ in range(2):  # the server asks the next question itself; here nobody does
        await page.do(ChatState.continue_repeat, path=path)
        await world.ended(page.var(ChatState, "messages")[-1]["id"])
    assert page.var(ChatState, "repeat_asked") == 2
    await page.do(ChatState.end_repeat, path=path)
    assert page.var(ChatState, "repeat_total") == 0
