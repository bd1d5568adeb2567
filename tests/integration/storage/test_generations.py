from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlmodel import col

from webchat.messages import FinishReason, Usage
from webchat.services.answers.live_answer import LiveAnswer, Position
from webchat.storage.engine import Database
from webchat.storage.errors import GenerationNotFound, MessageNotFound, TextNotKept
from webchat.storage.ids import new_id
from webchat.storage.queries import attempts, branches, conversations, generations, maintenance
from webchat.storage.queries.attempts import AttemptEnding
from webchat.storage.queries.generations import Ending
from webchat.storage.queries.maintenance import Snapshot
from webchat.storage.queries.sending import Send, SendRecord, record_send
from webchat.storage.tables import Checkpoint, Generation, Message
from webchat.storage.types import GenerationStatus, MessageStatus

LATER = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
async def sent(db: Database, owner: str) -> SendRecord:
    async with db.write() as session:
        return await record_send(session, owner, Send(("c-1",), "Hello", "Guide", "help"))


async def rows(db: Database, sent: SendRecord) -> tuple[Message, Generation]:
    async with db.read() as session:
        joined = await branches.get_with_generation(
            session, sent.conversation.owner_id, sent.assistant_message.id
        )
    assert joined is not None
    assert joined.generation is not None
    return joined.message, joined.generation


async def test_checkpoints_keep_the_text_while_it_streams(db: Database, owner: str, sent: SendRecord) -> None:
    async with db.write() as session:
        other = await record_send(session, owner, Send(("c-2",), "Hello", "Guide", "help"))
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
        ending = Ending(status, "Half", error_code="timeout", error_arguments={"seconds": 9})
        await generations.finish(session, owner, generation_id, ending)
    message, generation = await rows(db, sent)
    assert message.status.value == status.value
    assert (generation.error_code, generation.error_arguments) == ("timeout", {"seconds": 9})
    assert (generation.input_tokens, generation.output_tokens) == (None, None)

    async with db.write() as session:
        assert await generations.resume(session, owner, generation_id, provider="Other", model="big")
        assert not await generations.resume(session, owner, generation_id), "it is running"
    message, generation = await rows(db, sent)
    assert (message.content, message.status, message.model) == ("Half", MessageStatus.STREAMING, "Other:big")
    assert (generation.status, generation.finished_at) == (GenerationStatus.RUNNING, None)
    assert (generation.error_code, generation.error_arguments) == (None, None)
    async with db.write() as session:
        assert await generations.finish(
            session, owner, generation_id, Ending(GenerationStatus.COMPLETE, "Half and whole")
        )
    assert (await rows(db, sent))[0].content == "Half and whole"


async def test_attempts_are_written_with_the_ending_and_numbered_on(
    db: Database, owner: str, sent: SendRecord
) -> None:
    generation_id = sent.generation.id
    failed = AttemptEnding("A", "one", LATER, None, LATER, "rate_limited", {"provider": "A"})
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
        found = await attempts.list_attempts(session, owner, sent.conversation.id)
        same = await attempts.list_attempts(session, owner, sent.conversation.id, generation_id=generation_id)
        none = await attempts.list_attempts(session, owner, sent.conversation.id, generation_id="unknown")
    assert [(a.number, a.provider, a.error_code, a.error_arguments) for a in found] == [
        (1, "A", "rate_limited", {"provider": "A"}),
        (2, "B", None, None),
        (3, "B", None, None),
    ]
    assert (await rows(db, sent))[1].first_text_at == LATER, "the first text stays the first"
    assert [a.id for a in same] == [a.id for a in found]
    assert none == []


async def test_generation_left_running_is_interrupted_with_its_text(
    db: Database, owner: str, stranger: str, sent: SendRecord
) -> None:
    async with db.write() as session:
        theirs = await record_send(session, stranger, Send(("c-1",), "Hello", "Guide", "help"))
        done = await record_send(session, owner, Send(("c-2",), "Hello", "Guide", "help"))
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


# Checkpoints in pieces.

odd = st.sampled_from(["\0", "\ud83d", "\ude00", "\r", "\u2028", "😀", "''", "\x7f"])
any_text = st.lists(st.characters(exclude_categories=[]) | odd, max_size=6).map("".join)
growth = st.lists(st.tuples(st.sampled_from(["text", "reasoning", "checkpoint"]), any_text), max_size=14)


def snapshots(live: LiveAnswer, owner: str, message_id: str, saved: Position) -> Iterator[Snapshot]:
    """What is behind `saved`, in pieces of three characters."""
    for piece in live.pieces(saved, live.position, 3):
        yield Snapshot(owner, message_id, piece.text, piece.reasoning, saved.size)
        saved = piece.position


@settings(
    deadline=None,
    max_examples=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
    growth,
    st.sampled_from(["finish", "interrupt"]),
    st.booleans(),
)
async def test_an_answer_kept_in_pieces_is_the_answer_byte_for_byte(
    db: Database, owner: str, begins: str, parts: list[tuple[str, str]], end: str, unsure: bool
) -> None:
    async with db.write() as session:
        sent = await record_send(session, owner, Send((new_id(),), "Hello", "Guide", "help"))
        message_id = sent.assistant_message.id
        await session.execute(update(Message).where(col(Message.id) == message_id).values(content=begins))
    live = LiveAnswer(begins)
    saved = live.position
    for kind, words in parts:
        if kind == "checkpoint":
            async with db.write() as session:
                await maintenance.checkpoint(session, snapshots(live, owner, message_id, saved))
            if not unsure:  # otherwise nobody knows whether it was written
                saved = live.position
            message, _ = await rows(db, sent)
            assert (message.content, message.reasoning) == (live.text, live.reasoning)
        elif kind == "text":
            live.add_text(words)
        else:
            live.add_reasoning(words)
    if end == "finish":
        first, *more = [(p.text, p.reasoning) for p in live.pieces(saved, live.position, 3)] or [("", "")]
        ending = Ending(
            GenerationStatus.COMPLETE, *first, more=more, kept=saved.text, kept_reasoning=saved.reasoning
        )
        async with db.write() as session:
            assert await generations.finish(session, owner, sent.generation.id, ending)
    else:
        async with db.write() as session:
            await maintenance.checkpoint(session, snapshots(live, owner, message_id, saved))
            await maintenance.interrupt_running(session)
    message, _ = await rows(db, sent)
    assert message.status is not MessageStatus.STREAMING
    assert (message.content, message.reasoning) == (live.text, live.reasoning)
    async with db.read() as session:
        left = select(Checkpoint).where(col(Checkpoint.message_id) == message_id)
        assert (await session.scalars(left)).all() == []


async def test_an_end_that_builds_on_lost_checkpoints_is_refused(
    db: Database, owner: str, sent: SendRecord
) -> None:
    async with db.write() as session:
        await maintenance.checkpoint(session, [Snapshot(owner, sent.assistant_message.id, "Half")])
    ending = Ending(GenerationStatus.COMPLETE, " more", kept=9)
    async with db.write() as session:
        with pytest.raises(TextNotKept):
            await generations.finish(session, owner, sent.generation.id, ending)
        await session.rollback()
    message, generation = await rows(db, sent)
    assert (message.content, generation.status) == ("Half", GenerationStatus.RUNNING)


async def test_a_checkpoint_writes_what_is_new_and_not_the_rest(
    db: Database, owner: str, sent: SendRecord
) -> None:
    """The write-ahead log grows by the same for the thousandth checkpoint as for the first."""
    log = db.path.with_name(f"{db.path.name}-wal")
    grown = []
    for number in range(12):
        before = log.stat().st_size
        async with db.write() as session:
            await session.execute(text("PRAGMA wal_autocheckpoint = 0"))
            snapshot = Snapshot(owner, sent.assistant_message.id, "x" * 50_000, start=number * 50_000)
            await maintenance.checkpoint(session, [snapshot])
        grown.append(log.stat().st_size - before)

    assert max(grown[1:]) <= 1.2 * 50_000 + 20_000
