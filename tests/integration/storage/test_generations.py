from datetime import UTC, datetime, timedelta

import pytest

from webchat.messages import FinishReason, Usage
from webchat.storage.engine import Database
from webchat.storage.errors import GenerationNotFound, MessageNotFound
from webchat.storage.queries import conversations, generations, maintenance, messages
from webchat.storage.queries.generations import AttemptEnding, Ending
from webchat.storage.queries.maintenance import Snapshot
from webchat.storage.queries.sending import Send, SendRecord, record_send
from webchat.storage.tables import Generation, Message
from webchat.storage.types import GenerationStatus, MessageStatus

LATER = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
async def sent(db: Database, owner: str) -> SendRecord:
    async with db.write() as session:
        return await record_send(session, owner, Send("c-1", "Hello", "Guide", "help"))


async def rows(db: Database, sent: SendRecord) -> tuple[Message, Generation]:
    async with db.read() as session:
        joined = await messages.get_with_generation(
            session, sent.conversation.owner_id, sent.assistant_message.id
        )
    assert joined is not None
    assert joined.generation is not None
    return joined.message, joined.generation


async def test_checkpoints_keep_the_text_while_it_streams(db: Database, owner: str, sent: SendRecord) -> None:
    async with db.write() as session:
        other = await record_send(session, owner, Send("c-2", "Hello", "Guide", "help"))
        await maintenance.checkpoint(
            session,
            [
                Snapshot(owner, sent.assistant_message.id, "Hi", "thinking"),
                Snapshot(owner, other.assistant_message.id, "Ho"),
            ],
        )
    message, _ = await rows(db, sent)
    assert (message.content, message.reasoning, message.status) == (
        "Hi", "thinking", MessageStatus.STREAMING,
    )  # fmt: skip
    assert (await rows(db, other))[0].content == "Ho"


async def test_an_ending_is_written_whole_and_once(db: Database, owner: str, sent: SendRecord) -> None:
    ending = Ending(
        GenerationStatus.COMPLETE, "Hi there", "thought", FinishReason.LENGTH, "max_tokens",
        Usage(3, 5), finished_at=LATER, provider="Other", model="big",
    )  # fmt: skip
    async with db.write() as session:
        assert await generations.finish(session, owner, sent.generation.id, ending)
    async with db.write() as session:
        late = Ending(GenerationStatus.STOPPED, "overwritten")
        assert not await generations.finish(session, owner, sent.generation.id, late)
        await maintenance.checkpoint(session, [Snapshot(owner, sent.assistant_message.id, "overwritten")])
    message, generation = await rows(db, sent)
    assert (message.content, message.reasoning, message.status, message.model) == (
        "Hi there", "thought", MessageStatus.COMPLETE, "Other:big",
    )  # fmt: skip
    assert (generation.status, generation.finish_reason, generation.raw_finish_reason) == (
        GenerationStatus.COMPLETE, FinishReason.LENGTH, "max_tokens",
    )  # fmt: skip
    assert (generation.input_tokens, generation.output_tokens) == (3, 5)
    assert (generation.provider, generation.model, generation.finished_at) == ("Other", "big", LATER)
    async with db.read() as session:
        assert (await conversations.require(session, owner, sent.conversation.id)).updated_at == LATER


@pytest.mark.parametrize(
    "status", [GenerationStatus.STOPPED, GenerationStatus.ERROR, GenerationStatus.INTERRUPTED]
)
async def test_an_answer_cut_off_goes_on_in_place(
    db: Database, owner: str, sent: SendRecord, status: GenerationStatus
) -> None:
    generation_id = sent.generation.id
    async with db.write() as session:
        ending = Ending(status, "Half", error_code="timeout", error_message="Too slow.")
        await generations.finish(session, owner, generation_id, ending)
    message, generation = await rows(db, sent)
    assert message.status.value == status.value
    assert (generation.error_code, generation.error_message) == ("timeout", "Too slow.")
    assert (generation.input_tokens, generation.output_tokens) == (None, None)

    async with db.write() as session:
        assert await generations.resume(session, owner, generation_id, provider="Other", model="big")
        assert not await generations.resume(session, owner, generation_id), "it is running"
    message, generation = await rows(db, sent)
    assert (message.content, message.status, message.model) == ("Half", MessageStatus.STREAMING, "Other:big")
    assert (generation.status, generation.finished_at) == (GenerationStatus.RUNNING, None)
    assert (generation.error_code, generation.error_message) == (None, None)
    async with db.write() as session:
        assert await generations.finish(
            session, owner, generation_id, Ending(GenerationStatus.COMPLETE, "Half and whole")
        )
    assert (await rows(db, sent))[0].content == "Half and whole"


async def test_attempts_are_written_with_the_ending_and_numbered_on(
    db: Database, owner: str, sent: SendRecord
) -> None:
    generation_id = sent.generation.id
    failed = AttemptEnding("A", "one", LATER, None, LATER, "rate_limit", "Too many.", "429")
    good = AttemptEnding("B", "two", LATER, LATER, LATER)
    async with db.write() as session:
        ending = Ending(GenerationStatus.ERROR, "Half", attempts=[failed, good], first_text_at=LATER)
        await generations.finish(session, owner, generation_id, ending)
        await generations.resume(session, owner, generation_id)
        again = Ending(
            GenerationStatus.COMPLETE, "Whole", attempts=[good], first_text_at=LATER + timedelta(1)
        )
        await generations.finish(session, owner, generation_id, again)
    async with db.read() as session:
        found = await generations.list_attempts(session, owner, sent.conversation.id)
        same = await generations.list_attempts(
            session, owner, sent.conversation.id, generation_id=generation_id
        )
        none = await generations.list_attempts(session, owner, sent.conversation.id, generation_id="unknown")
    assert [(a.number, a.provider, a.error_code, a.service_words) for a in found] == [
        (1, "A", "rate_limit", "429"),
        (2, "B", None, None),
        (3, "B", None, None),
    ]
    assert (await rows(db, sent))[1].first_text_at == LATER, "the first text stays the first"
    assert [a.id for a in same] == [a.id for a in found]
    assert none == []


async def test_what_a_crash_left_running_is_interrupted_and_its_text_kept(
    db: Database, owner: str, stranger: str, sent: SendRecord
) -> None:
    async with db.write() as session:
        theirs = await record_send(session, stranger, Send("c-1", "Hello", "Guide", "help"))
        done = await record_send(session, owner, Send("c-2", "Hello", "Guide", "help"))
        await generations.finish(
            session, owner, done.generation.id, Ending(GenerationStatus.COMPLETE, "Done")
        )
        await maintenance.checkpoint(session, [Snapshot(owner, sent.assistant_message.id, "Half")])
    async with db.write() as session:
        assert await maintenance.interrupt_running(session, now=LATER) == 2
        assert await maintenance.interrupt_running(session) == 0
    message, generation = await rows(db, sent)
    assert (message.content, message.status) == ("Half", MessageStatus.INTERRUPTED)
    assert (generation.status, generation.finished_at) == (GenerationStatus.INTERRUPTED, LATER)
    assert (await rows(db, theirs))[0].status is MessageStatus.INTERRUPTED
    assert (await rows(db, done))[0].status is MessageStatus.COMPLETE


async def test_generations_are_found(db: Database, owner: str, sent: SendRecord) -> None:
    async with db.write() as session:
        by_message = await generations.get_by_message(session, owner, sent.assistant_message.id)
        assert by_message is not None
        assert by_message.id == sent.generation.id
        await generations.finish(session, owner, sent.generation.id, Ending(GenerationStatus.STOPPED, ""))
        with pytest.raises(GenerationNotFound):
            await generations.finish(session, owner, "unknown", Ending(GenerationStatus.STOPPED, ""))
        with pytest.raises(MessageNotFound):
            await generations.start(
                session, "somebody else", sent.assistant_message, provider="A", model="one"
            )
