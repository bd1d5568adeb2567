"""A long conversation over the services: what does not fit is left out, counted, and said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.integration.services.scripted import Hold, Scripted, saying
from tests.integration.services.steering import talk
from tests.integration.services.world import MODEL, World, answer_id
from webchat.messages import Message, Role, TextDelta
from webchat.providers.errors import TruncatedAnswer
from webchat.services.catalogue.details import Details
from webchat.services.chat import prompt
from webchat.services.chat.further_answers import GO_ON
from webchat.storage.engine import Database
from webchat.storage.ids import new_id
from webchat.storage.queries import branches, providers
from webchat.storage.types import utc_now


async def small_model(world: World, tokens: int) -> None:
    """Let the provider's models hold this many tokens."""
    async with world.database.write() as session:
        row = await providers.get_by_name(session, world.owner, "Fake")
        assert row is not None
        await providers.update(session, world.owner, row.id, options={**row.options, "context": tokens})


def contents(script: Scripted) -> list[str]:
    return [turn.text for turn in script.requests[-1].messages]


async def test_the_oldest_are_left_out_and_counted(world: World) -> None:
    id, _ = await talk(world, *(f"{number} " + "x" * 88 for number in range(10)))
    await world.services.conversation_settings.change_system_prompt(world.owner, id, "Be brief.")
    await small_model(world, 240)  # 180 for what is told; a question takes 34, an answer 8
    script = world.scripts["Fake"] = saying("Yes.")

    answer = await world.asked("the last", conversation_id=id)

    told = script.requests[0].messages
    assert told[0] == Message(Role.SYSTEM, "Be brief.")
    assert told[-1] == Message(Role.USER, "the last")
    assert [turn.content[0] for turn in told[1:-1:2]] == ["7", "8", "9"]
    assert told[1].role is Role.USER
    generation = await world.generation(answer.id)
    assert generation.left_out == 20 + 1 + 1 - len(told)


async def test_a_short_conversation_is_told_whole(world: World) -> None:
    id, _ = await talk(world, "one", "two")
    answer = await world.asked("three", conversation_id=id)

    assert (await world.generation(answer.id)).left_out == 0


async def test_a_question_larger_than_the_model_is_asked_all_the_same(world: World) -> None:
    await small_model(world, 10)
    id, _ = await talk(world, "one")
    script = world.scripts["Fake"] = saying("Too long.")

    answer = await world.asked("y" * 1000, conversation_id=id, system_prompt="Not for this one.")

    assert contents(script) == ["y" * 1000]
    assert (await world.generation(answer.id)).left_out == 2


async def test_another_answer_is_counted_for_itself(world: World) -> None:
    _, ids = await talk(world, "one " + "x" * 300, "two")
    await small_model(world, 100)

    again = await world.services.further_answers.retry(world.owner, ids[3], MODEL)
    await world.ended(again.message.id)

    assert (await world.generation(ids[3])).left_out == 0
    assert (await world.generation(again.message.id)).left_out == 2


async def test_to_go_on_the_question_and_the_beginning_always_stay(world: World) -> None:
    id, _ = await talk(world, "before")
    half = "half " * 100
    world.scripts["Fake"] = Scripted(TextDelta(half), TruncatedAnswer("Fake"))
    cut = await world.asked("z" * 300, conversation_id=id)
    await small_model(world, 50)
    script = world.scripts["Fake"] = saying("and whole.")

    await world.services.further_answers.continue_answer(world.owner, cut.id, MODEL)
    await world.ended(cut.id)

    assert contents(script) == ["z" * 300, half, GO_ON]
    assert (await world.generation(cut.id)).left_out == 2


async def test_auto_fits_the_prompt_to_the_smallest_provider(world: World) -> None:
    id, _ = await talk(world, "one " + "x" * 300, "two")
    await world.services.providers.save(world.owner, None, Details("Small", "http://127.0.0.1:9/v1"))
    async with world.database.write() as session:
        row = await providers.get_by_name(session, world.owner, "Small")
        assert row is not None
        await providers.update(session, world.owner, row.id, options={"context": 100})
        await providers.set_models(session, world.owner, row.id, ["tiny"], utc_now())

    answer = await world.asked("three", conversation_id=id, model="Auto:auto")

    assert (await world.generation(answer.id)).left_out == 2


async def test_what_is_told_is_the_same_in_pages_of_any_size(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, ids = await talk(world, *(f"{number} " + "x" * 88 for number in range(12)))
    await world.services.branches.delete_pair(world.owner, ids[8])
    await small_model(world, 400)
    seen = set()
    for page in (1, 2, 3, 7, 64):
        monkeypatch.setattr(prompt, "PAGE", page)
        script = world.scripts["Fake"] = saying("Yes.")
        again = await world.asked("the last", conversation_id=id, edited_id=None)
        told = script.requests[0].messages
        seen.add((tuple(turn.content for turn in told), (await world.generation(again.id)).left_out))
        await world.services.branches.delete_pair(world.owner, again.id)

    assert len(seen) == 1
    ((contents, left_out),) = seen
    assert left_out == 22 + 1 - len(contents)


async def test_a_send_reads_no_more_of_a_long_conversation_than_fits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as long a conversation is no more to read."""
    read: list[int] = []
    branch_page = branches.branch_page

    async def counted(*args: Any, **options: Any) -> branches.BranchPage:
        page = await branch_page(*args, **options)
        read.append(len(page.messages))
        return page

    monkeypatch.setattr(prompt, "PAGE", 4)
    monkeypatch.setattr(branches, "branch_page", counted)
    await small_model(world, 400)
    sums = []
    id, _ = await talk(world, *(f"{number} " + "x" * 88 for number in range(20)))
    for _ in range(2):
        read.clear()
        await world.asked("the last", conversation_id=id)
        sums.append(sum(read))
        for number in range(20):
            await world.asked(f"{number} " + "x" * 88, conversation_id=id)

    assert 0 < sums[0] < 40
    assert sums[1] <= sums[0] + 4


async def test_a_send_asks_nothing_of_readers_while_it_writes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader may have to wait for a connection, and everybody who writes would wait with it."""
    id, ids = await talk(world, "one")
    read = Database.read
    inside: list[bool] = []

    @asynccontextmanager
    async def reading(self: Database) -> AsyncIterator[Any]:
        inside.append(self._turn.locked())
        async with read(self) as session:
            yield session

    hold = Hold()
    world.scripts["Fake"] = Scripted(hold, TextDelta("half"), TruncatedAnswer("Fake"))
    monkeypatch.setattr(Database, "read", reading)
    sent = await world.send("two", conversation_id=id)
    await hold.reached.wait()
    await world.services.queued_messages.add(world.owner, id, "three", new_id())
    hold.go.set()
    await world.ended(answer_id(sent))
    await world.services.further_answers.continue_answer(world.owner, answer_id(sent), MODEL)
    await world.ended(answer_id(sent))
    again = await world.services.further_answers.retry(world.owner, ids[1], MODEL)
    await world.ended(again.message.id)

    assert inside
    assert not any(inside)
