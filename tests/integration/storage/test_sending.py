import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from webchat.messages import Role
from webchat.storage.engine import Database
from webchat.storage.errors import ConversationNotFound, MessageNotFound, StillAnswering
from webchat.storage.queries import branches, conversations, generations
from webchat.storage.queries.sending import (
    Place,
    Regenerate,
    Send,
    SendRecord,
    record_regeneration,
    record_send,
)
from webchat.storage.tables import Conversation, Generation, Message
from webchat.storage.types import GenerationStatus, MessageStatus

HELLO = Send(client_ids=("c-1",), content="Hello", provider="Guide", model="help:latest")


async def send(db: Database, owner: str, what: Send) -> SendRecord:
    async with db.write() as session:
        return await record_send(session, owner, what)


async def answered(db: Database, owner: str, what: Send) -> SendRecord:
    """A send whose answer is complete, so that the next message can stand below it."""
    record = await send(db, owner, what)
    async with db.write() as session:
        ending = generations.Ending(GenerationStatus.COMPLETE, "Hi")
        await generations.finish(session, owner, record.generation.id, ending)
    return record


async def how_many(db: Database) -> tuple[int, int, int]:
    async with db.read() as session:
        conversations_, messages_, generations_ = [
            (await session.scalars(select(func.count()).select_from(table))).one()
            for table in (Conversation, Message, Generation)
        ]
    return conversations_, messages_, generations_


async def test_the_first_send_creates_everything(db: Database, owner: str) -> None:
    first = replace(HELLO, title="Greeting", system_prompt="Be kind.", temperature=0.2)
    record = await send(db, owner, first)
    assert record.created
    async with db.read() as session:
        conversation = await conversations.require(session, owner, record.conversation.id)
        asked, answer = await branches.branch(session, owner, conversation.id, conversation.current_leaf_id)
        generation = await generations.get(session, owner, record.generation.id)
    assert (conversation.title, conversation.title_is_manual) == ("Greeting", False)
    assert conversation.model == "Guide:help:latest"
    assert (asked.role, asked.content, asked.status, record.client_ids) == (
        Role.USER, "Hello", MessageStatus.COMPLETE, ("c-1",),
    )  # fmt: skip
    assert (answer.role, answer.content, answer.status) == (Role.ASSISTANT, "", MessageStatus.STREAMING)
    assert answer.model == "Guide:help:latest"
    assert (asked.depth, answer.depth, answer.parent_id) == (0, 1, asked.id)
    assert generation is not None
    assert (generation.message_id, generation.status) == (answer.id, GenerationStatus.RUNNING)
    assert (generation.provider, generation.model) == ("Guide", "help:latest")
    assert (generation.system_prompt, generation.temperature) == ("Be kind.", 0.2)


async def test_the_next_send_goes_below_the_last_message(db: Database, owner: str) -> None:
    first = await answered(db, owner, HELLO)
    conversation = first.conversation
    second = await send(
        db, owner, replace(HELLO, client_ids=("c-2",), conversation_id=conversation.id, model="other")
    )
    assert second.user_message.parent_id == first.assistant_message.id
    assert second.assistant_message.depth == 3
    assert second.conversation.current_leaf_id == second.assistant_message.id
    assert second.conversation.model == "Guide:other"
    assert second.conversation.updated_at > conversation.updated_at
    assert await how_many(db) == (1, 4, 2)


async def test_nothing_goes_below_an_answer_that_is_being_written(db: Database, owner: str) -> None:
    first = await send(db, owner, HELLO)
    with pytest.raises(StillAnswering):
        await send(db, owner, replace(HELLO, client_ids=("c-2",), conversation_id=first.conversation.id))
    assert await how_many(db) == (1, 2, 1)


async def test_an_answer_keeps_what_it_was_made_with(db: Database, owner: str) -> None:
    first = await answered(db, owner, HELLO)
    conversation_id = first.conversation.id
    async with db.write() as session:
        await conversations.set_options(
            session, owner, conversation_id, system_prompt="Be short.", temperature=1.5
        )
    second = await send(db, owner, replace(HELLO, client_ids=("c-2",), conversation_id=conversation_id))
    async with db.read() as session:
        found = [await generations.get(session, owner, sent.generation.id) for sent in (first, second)]
    made = [one for one in found if one is not None]
    assert [(one.system_prompt, one.temperature) for one in made] == [("", None), ("Be short.", 1.5)]
    assert [one.id for one in made] == [first.generation.id, second.generation.id]


async def test_editing_makes_a_branch(db: Database, owner: str) -> None:
    first = await answered(db, owner, HELLO)
    there = replace(HELLO, conversation_id=first.conversation.id)
    second = await send(db, owner, replace(there, client_ids=("c-2",)))
    edited = await send(db, owner, replace(there, client_ids=("c-3",), parent=first.assistant_message.id))
    again = await send(db, owner, replace(there, client_ids=("c-4",), parent=Place.ROOT))
    assert edited.user_message.parent_id == second.user_message.parent_id
    assert again.user_message.parent_id is None
    assert again.conversation.current_leaf_id == again.assistant_message.id
    async with db.read() as session:
        places = await branches.sibling_ids(
            session, owner, first.conversation.id, [edited.user_message.id, again.user_message.id]
        )
    assert places == {
        edited.user_message.id: [second.user_message.id, edited.user_message.id],
        again.user_message.id: [first.user_message.id, again.user_message.id],
    }


async def test_regenerating_adds_an_answer_beside_the_first(db: Database, owner: str) -> None:
    first = await send(db, owner, HELLO)
    wish = Regenerate("c-2", first.conversation.id, first.user_message.id, "Other", "big")

    async def regenerate() -> SendRecord:
        async with db.write() as session:
            return await record_regeneration(session, owner, wish)

    records = await asyncio.gather(*(regenerate() for _ in range(3)))
    assert [record.created for record in records] == [True, False, False]
    assert len({record.assistant_message.id for record in records}) == 1
    record = records[2]
    assert record.user_message.id == first.user_message.id
    assert record.assistant_message.id != first.assistant_message.id
    assert record.assistant_message.model == "Other:big"
    assert record.conversation.current_leaf_id == record.assistant_message.id
    assert (await send(db, owner, HELLO)).assistant_message.id == first.assistant_message.id
    assert await how_many(db) == (1, 3, 2)


async def test_sends_repeated_at_once_are_recorded_once(db: Database, owner: str) -> None:
    """60 sends, three at once of each, every second one beginning a conversation."""
    home = (await send(db, owner, HELLO)).conversation.id
    sends = [
        replace(
            HELLO,
            client_ids=(f"s-{n}",),
            content=f"{n}",
            conversation_id=home if n % 2 else None,
            parent=Place.ROOT if n % 2 else Place.CURRENT_LEAF,
        )
        for n in range(60)
    ]
    records = await asyncio.gather(*(send(db, owner, one) for one in sends for _ in range(3)))
    for n in range(60):
        three = records[3 * n : 3 * n + 3]
        assert sorted(record.created for record in three) == [False, False, True]
        for part in ("conversation", "user_message", "assistant_message", "generation"):
            assert len({getattr(record, part).id for record in three}) == 1
        assert {record.user_message.content for record in three} == {f"{n}"}
    assert await how_many(db) == (31, 122, 61)


async def test_a_repeat_returns_the_rows_as_they_now_are(db: Database, owner: str) -> None:
    first = await send(db, owner, HELLO)
    async with db.write() as session:
        ending = generations.Ending(GenerationStatus.COMPLETE, "Hi!")
        await generations.finish(session, owner, first.generation.id, ending)
    again = await send(db, owner, replace(HELLO, content="something else"))
    assert not again.created
    assert again.user_message.content == "Hello"
    assert (again.assistant_message.content, again.assistant_message.status) == (
        "Hi!", MessageStatus.COMPLETE,
    )  # fmt: skip
    assert again.generation.status is GenerationStatus.COMPLETE


async def test_two_owners_may_use_one_client_id(db: Database, owner: str, stranger: str) -> None:
    assert (await send(db, owner, HELLO)).created
    assert (await send(db, stranger, HELLO)).created


async def test_a_refused_send_leaves_nothing(db: Database, owner: str, stranger: str) -> None:
    foreign = await send(db, stranger, HELLO)
    mine = await send(db, owner, HELLO)
    before = await how_many(db)
    other = replace(HELLO, client_ids=("c-2",))
    for what, error in [
        (replace(other, conversation_id="unknown"), ConversationNotFound),
        (replace(other, conversation_id=foreign.conversation.id), ConversationNotFound),
        (replace(other, conversation_id=mine.conversation.id, parent="unknown"), MessageNotFound),
        (replace(other, parent=mine.assistant_message.id), MessageNotFound),
        (replace(other, parent=foreign.assistant_message.id), MessageNotFound),
    ]:
        with pytest.raises(error):
            await send(db, owner, what)
    async with db.write() as session:
        for message_id in (mine.assistant_message.id, foreign.user_message.id, "unknown"):
            with pytest.raises(MessageNotFound):
                await record_regeneration(
                    session, owner, Regenerate("c-3", mine.conversation.id, message_id, "Guide", "help")
                )
    async with db.write() as session:
        await conversations.delete(session, owner, mine.conversation.id)
    with pytest.raises(ConversationNotFound):
        await send(db, owner, replace(other, conversation_id=mine.conversation.id))
    assert await how_many(db) == before
