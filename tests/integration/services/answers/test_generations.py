"""The generation hub over a real database: what comes is kept, whoever watches and however it ends."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.errors import error_text
from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.world import MODEL, World, answer_id, answer_tasks
from webchat.messages import Finish, FinishReason, ReasoningDelta, TextDelta, Usage
from webchat.providers.errors import RateLimitError, TruncatedAnswer
from webchat.services.answers import generations
from webchat.services.answers.live_answer import Piece, Position
from webchat.services.answers.records import AnswerRecords
from webchat.services.chat.answer_start import AnswerStart
from webchat.storage.errors import DatabaseDamaged, DatabaseFull
from webchat.storage.types import GenerationStatus, MessageStatus


@pytest.fixture(autouse=True)
def _quick_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "CHECKPOINT_INTERVAL", 0.005)


async def checkpointed(world: World, message_id: str, content: str) -> None:
    """Wait until the database has these words of an answer that is being written."""
    async with asyncio.timeout(20):
        while (await world.message(message_id)).content != content:  # noqa: ASYNC110  (no event tells)
            await asyncio.sleep(0.002)


# A whole answer.


async def test_events_become_text_reasoning_usage_and_finish(world: World) -> None:
    world.scripts["Fake"] = Scripted(
        ReasoningDelta("Let me "),
        ReasoningDelta("think. "),
        TextDelta("Forty-"),
        Usage(5, 1),
        TextDelta("two."),
        Finish(FinishReason.LENGTH, "max_tokens"),
        Usage(11, 22),
    )

    message = await world.asked("What is it?")

    generation = await world.generation(message.id)
    assert (message.content, message.reasoning, message.status) == (
        "Forty-two.",
        "Let me think. ",
        MessageStatus.COMPLETE,
    )
    assert generation.status is GenerationStatus.COMPLETE
    assert (generation.input_tokens, generation.output_tokens) == (11, 22)
    assert (generation.finish_reason, generation.raw_finish_reason) == (FinishReason.LENGTH, "max_tokens")
    assert (generation.error_code, generation.error_arguments) == (None, None)
    assert generation.first_text_at is not None
    assert generation.finished_at is not None
    assert generation.started_at <= generation.first_text_at <= generation.finished_at
    (attempt,) = await world.attempts(message.id)
    assert (attempt.number, attempt.provider, attempt.model, attempt.error_code) == (1, "Fake", "m", None)
    assert attempt.ended_at is not None


async def test_text_is_saved_before_readers_receive_the_end(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One "), hold, TextDelta("two."), DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    live = await world.generations.find(world.owner, message_id)
    assert live is not None
    hold.go.set()

    pieces = [piece.text async for piece in live.follow(live.position, interval=lambda: 0)]

    row = await world.message(message_id)
    assert "".join(pieces) == "two."
    assert (row.content, row.status) == ("One two.", MessageStatus.COMPLETE)
    assert await world.generations.find(world.owner, message_id) is None
    assert answer_tasks() == []


async def test_a_half_character_at_the_end_is_stored_as_it_was_shown(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("a\ud83d"), TextDelta("\ude00b\0\ud83d"), DONE)

    assert (await world.asked()).content == "a😀b\ufffd"


async def test_running_answer_is_saved_at_each_checkpoint(world: World) -> None:
    first, second = Hold(), Hold()
    world.scripts["Fake"] = Scripted(
        ReasoningDelta("Hm. "), TextDelta("One "), first, TextDelta("two "), second, DONE
    )
    message_id = answer_id(await world.send())

    await first.reached.wait()
    await checkpointed(world, message_id, "One ")
    assert (await world.message(message_id)).reasoning == "Hm. "
    assert (await world.message(message_id)).status is MessageStatus.STREAMING
    first.go.set()
    await checkpointed(world, message_id, "One two ")
    second.go.set()
    assert (await world.ended(message_id)).content == "One two "


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The words that each checkpoint writes."""
    noted: list[list[str]] = []
    checkpoint = AnswerRecords.checkpoint

    async def counted(self: AnswerRecords, snapshots: Any, thoughts: Any = ()) -> None:
        snapshots = list(snapshots)
        noted.append([snapshot.content for snapshot in snapshots])
        await checkpoint(self, snapshots, thoughts)

    monkeypatch.setattr(AnswerRecords, "checkpoint", counted)
    return noted


async def test_what_was_written_is_not_written_again(world: World, written: list[list[str]]) -> None:
    first, second = Hold(), Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One "), first, TextDelta("two "), second, DONE)
    message_id = answer_id(await world.send())
    await checkpointed(world, message_id, "One ")
    first.go.set()
    await checkpointed(world, message_id, "One two ")

    assert written == [["One "], ["two "]]
    second.go.set()
    await world.ended(message_id)


async def test_nothing_new_is_nothing_to_write(world: World, written: list[list[str]]) -> None:
    hold, other = Hold(), Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One "), hold, TextDelta("two."), DONE)
    message_id = answer_id(await world.send())
    await checkpointed(world, message_id, "One ")
    await world.add_provider("Other", ["m"], Scripted(TextDelta("Elsewhere"), other, DONE))
    other_id = answer_id(await world.send(model="Other:m"))
    await checkpointed(world, other_id, "Elsewhere")

    assert written == [["One "], ["Elsewhere"]]
    hold.go.set()
    other.go.set()
    await world.ended(message_id)
    await world.ended(other_id)


async def test_a_checkpoint_that_fails_costs_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = 3
    checkpoint = AnswerRecords.checkpoint

    async def sometimes(self: AnswerRecords, snapshots: Any, thoughts: Any = ()) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise DatabaseFull("webchat.db")
        await checkpoint(self, snapshots, thoughts)

    monkeypatch.setattr(AnswerRecords, "checkpoint", sometimes)
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("kept"), hold, DONE)
    message_id = answer_id(await world.send())

    await checkpointed(world, message_id, "kept")
    assert refusals < 0
    hold.go.set()
    assert (await world.ended(message_id)).status is MessageStatus.COMPLETE


# Failures.


async def test_an_error_keeps_what_came_and_says_what_happened(world: World) -> None:
    error = TruncatedAnswer("Fake", service_words="bye", partial_text="So far")
    world.scripts["Fake"] = Scripted(ReasoningDelta("Hm."), TextDelta("So far"), Usage(1, 2), error)

    message = await world.asked()

    generation = await world.generation(message.id)
    assert (message.content, message.reasoning, message.status) == ("So far", "Hm.", MessageStatus.ERROR)
    assert generation.status is GenerationStatus.ERROR
    assert generation.finish_reason is FinishReason.ERROR
    assert generation.error_code == "truncated_answer"
    assert error_text(generation) == str(error)
    assert "What arrived is saved." in str(error_text(generation))
    assert (generation.input_tokens, generation.output_tokens) == (1, 2)
    (attempt,) = await world.attempts(message.id)
    assert attempt.error_code == "truncated_answer"
    assert error_text(attempt) == str(error)
    assert (attempt.error_arguments or {})["service_words"] == "bye"
    assert attempt.first_text_at is not None


async def test_failure_before_the_first_text_is_an_error_without_text(world: World) -> None:
    world.scripts["Fake"] = Scripted(RateLimitError("Fake", retry_after=7, status=429))

    message = await world.asked()

    generation = await world.generation(message.id)
    assert (message.content, message.status) == ("", MessageStatus.ERROR)
    assert generation.error_code == "rate_limited"
    assert "7 s" in str(error_text(generation))
    assert generation.first_text_at is None


async def test_a_failure_nobody_declared_is_an_error_in_plain_words(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("So far"), KeyError("choices"))

    message = await world.asked()

    generation = await world.generation(message.id)
    assert (message.content, message.status) == ("So far", MessageStatus.ERROR)
    assert generation.error_code == "provider_error"
    assert "Fake failed unexpectedly (KeyError)" in str(error_text(generation))
    assert "What arrived is saved." in str(error_text(generation))
    assert answer_tasks() == []


# Stop.


async def test_stop_keeps_what_came_and_returns_when_it_is_saved(world: World) -> None:
    hold = Hold()
    script = world.scripts["Fake"] = Scripted(TextDelta("Only this"), hold, TextDelta(" not that"), DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()

    assert await world.generations.stop(world.owner, message_id) is True

    message, generation = await world.message(message_id), await world.generation(message_id)
    assert (message.content, message.status) == ("Only this", MessageStatus.STOPPED)
    assert generation.status is GenerationStatus.STOPPED
    assert generation.error_code is None
    assert script.left == 1
    assert await world.generations.stop(world.owner, message_id) is False


async def test_stop_right_after_the_start_ends_the_answer_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    preparing = Hold()
    ask = AnswerStart._ask

    async def slowly(self: AnswerStart, *args: Any) -> Any:
        await preparing.pass_by()
        return await ask(self, *args)

    monkeypatch.setattr(AnswerStart, "_ask", slowly)
    message_id = answer_id(await world.send())
    live = await world.generations.find(world.owner, message_id)
    assert live is not None

    stopping = asyncio.create_task(world.generations.stop(world.owner, message_id))
    await preparing.reached.wait()
    preparing.go.set()

    assert await stopping is True
    assert live.ended
    assert (await world.message(message_id)).status is MessageStatus.STOPPED
    assert answer_tasks() == []
    assert await world.attempts(message_id) == [], "nobody was asked"


async def test_stop_while_the_end_is_saved_leaves_the_end_as_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    saving = Hold()
    finish = AnswerRecords.finish

    async def slowly(self: AnswerRecords, *args: Any) -> bool:
        await saving.pass_by()
        return await finish(self, *args)

    monkeypatch.setattr(AnswerRecords, "finish", slowly)
    message_id = answer_id(await world.send())
    await saving.reached.wait()
    stopping = asyncio.create_task(world.generations.stop(world.owner, message_id))
    await asyncio.sleep(0)
    saving.go.set()

    assert await stopping is True
    message = await world.message(message_id)
    assert (message.content, message.status) == ("Hello there.", MessageStatus.COMPLETE)


async def test_a_second_stop_lets_the_provider_finish_closing(world: World) -> None:
    hold = Hold()
    script = world.scripts["Fake"] = Scripted(TextDelta("Only this"), hold, DONE)
    script.last_breath = closing = Hold()
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    stops = [asyncio.create_task(world.generations.stop(world.owner, message_id))]
    await closing.reached.wait()
    stops.append(asyncio.create_task(world.generations.stop(world.owner, message_id)))
    await asyncio.sleep(0)
    closing.go.set()

    assert await asyncio.gather(*stops) == [True, True]
    assert script.left == 1
    assert (await world.message(message_id)).status is MessageStatus.STOPPED


async def test_nobody_stops_or_reads_somebody_elses_answer(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("Mine"), hold, DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    hub = world.generations

    assert await hub.stop(world.stranger, message_id) is False
    assert await hub.stop(world.owner, "nothing") is False
    assert await hub.find(world.stranger, message_id) is None
    assert await hub.find(world.owner, message_id) is not None
    hold.go.set()
    assert (await world.ended(message_id)).status is MessageStatus.COMPLETE


async def test_the_first_words_are_waited_for_but_not_forever(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(hold, TextDelta("Now"), DONE)
    message_id = answer_id(await world.send())
    hub = world.generations

    await hub.wait_for_first_text(world.owner, message_id, 0.01)
    waiting = asyncio.create_task(hub.wait_for_first_text(world.owner, message_id, 20))
    await hold.reached.wait()
    assert not waiting.done()
    hold.go.set()
    await waiting
    await hub.wait_for_first_text(world.stranger, message_id, 20)
    await hub.wait_for_first_text(world.owner, "nothing", 20)


# The server stops, or has stopped.


async def test_closing_lets_a_short_answer_finish(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One "), hold, TextDelta("two."), DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    closing = asyncio.create_task(world.generations.close(grace=20))
    await asyncio.sleep(0)
    hold.go.set()
    await closing

    message = await world.message(message_id)
    assert (message.content, message.status) == ("One two.", MessageStatus.COMPLETE)


async def test_closing_keeps_what_a_long_answer_has(world: World) -> None:
    hold = Hold()
    script = world.scripts["Fake"] = Scripted(TextDelta("One "), hold, TextDelta("two."), DONE)
    message_id = answer_id(await world.send())
    not_begun_id = answer_id(await world.send())
    await hold.reached.wait()

    await world.generations.close(grace=0)

    message, generation = await world.message(message_id), await world.generation(message_id)
    assert (message.content, message.status) == ("One ", MessageStatus.INTERRUPTED)
    assert generation.status is GenerationStatus.INTERRUPTED
    assert (await world.message(not_begun_id)).status is MessageStatus.INTERRUPTED
    assert script.left == len(script.requests)
    await world.generations.close()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_answer_left_running_by_a_crash_is_interrupted_at_start(world: World, folder: Path) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("Before the crash"), hold, DONE)
    crashed_id = answer_id(await world.send())
    await checkpointed(world, crashed_id, "Before the crash")

    after = World(folder)
    await after.services.accounts.open()
    await after.generations.open()
    message, generation = await world.message(crashed_id), await world.generation(crashed_id)
    await after.close()

    assert (message.content, message.status) == ("Before the crash", MessageStatus.INTERRUPTED)
    assert generation.status is GenerationStatus.INTERRUPTED
    assert generation.finished_at is not None


# The database refuses.


async def test_the_end_is_saved_once_the_database_takes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, tries = AnswerRecords.finish, 0

    async def refused_for_long(self: AnswerRecords, *args: Any) -> bool:
        nonlocal tries
        tries += 1
        if tries < 9:
            raise DatabaseFull("webchat.db")
        return await finish(self, *args)

    monkeypatch.setattr(AnswerRecords, "finish", refused_for_long)
    monkeypatch.setattr(generations, "SAVE_TRIES", 3)
    world.scripts["Fake"] = saying("Not lost.")

    message = await world.asked()

    assert (message.content, message.status) == ("Not lost.", MessageStatus.COMPLETE)
    assert tries == 9


@pytest.mark.parametrize("error", [DatabaseFull("webchat.db"), DatabaseDamaged("webchat.db", "malformed")])
async def test_an_end_that_cannot_be_saved_still_ends_for_its_readers(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def refused(self: AnswerRecords, *args: Any) -> None:
        raise error

    world.unsaved = True
    monkeypatch.setattr(AnswerRecords, "finish", refused)
    monkeypatch.setattr(generations, "SAVE_TRIES", 3)
    unhandled: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    message_id = answer_id(await world.send())
    live = await world.generations.find(world.owner, message_id)
    assert live is not None

    reading = asyncio.create_task(collect(live.follow(Position(), interval=lambda: 0)))
    while live.text != "Hello there.":  # noqa: ASYNC110  (no event tells)
        await asyncio.sleep(0)
    await world.generations.close(grace=0)

    await asyncio.gather(*answer_tasks())
    assert await reading == "Hello there."
    assert await world.generations.find(world.owner, message_id) is None
    gc.collect()  # a task nobody asked for its exception complains when it is collected
    assert unhandled == []


async def collect(pieces: AsyncIterator[Piece]) -> str:
    return "".join([piece.text async for piece in pieces])


async def test_thirty_answers_at_once_leave_no_task(world: World) -> None:
    sent = [await world.send() for _ in range(30)]
    for one in sent[::2]:
        await world.generations.stop(world.owner, answer_id(one))
    messages = [await world.ended(answer_id(one)) for one in sent]

    assert {message.status for message in messages[1::2]} == {MessageStatus.COMPLETE}
    assert {message.content for message in messages[1::2]} == {"Hello there."}
    assert answer_tasks() == []
    assert await world.no_row_streams()


async def test_time_of_the_reasoning_is_saved_when_it_ends(world: World) -> None:
    thinking, writing = Hold(), Hold()
    world.scripts["Fake"] = Scripted(
        ReasoningDelta("Hm."), thinking, TextDelta("So"), writing, TruncatedAnswer("Fake")
    )
    message_id = answer_id(await world.send("Question"))
    await thinking.reached.wait()
    assert (await world.generation(message_id)).thought_ms is None
    thinking.go.set()
    await checkpointed(world, message_id, "So")
    first = (await world.generation(message_id)).thought_ms
    assert first is not None

    writing.go.set()
    await world.ended(message_id)
    assert (await world.generation(message_id)).thought_ms == first

    world.scripts["Fake"] = Scripted(ReasoningDelta("Again."), TextDelta(" it is."), DONE)
    await world.services.further_answers.continue_answer(world.owner, message_id, MODEL)
    await world.ended(message_id)
    both = (await world.generation(message_id)).thought_ms
    assert both is not None
    assert both >= first


async def test_answer_without_reasoning_has_no_time_of_it(world: World) -> None:
    message = await world.asked("Question")

    assert (await world.generation(message.id)).thought_ms is None
