from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webchat.messages import Role
from webchat.storage.engine import Database
from webchat.storage.errors import ConversationNotFound, MessageNotFound
from webchat.storage.queries import conversations, listing, messages
from webchat.storage.queries.conversations import ConversationPage, Cursor
from webchat.storage.queries.listing import Filters
from webchat.storage.tables import Conversation

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


async def create(db: Database, owner: str, title: str = "", *, minutes: int = 0, **more: Any) -> str:
    async with db.write() as session:
        made = await conversations.create(
            session, owner, title=title, now=NOON + timedelta(minutes=minutes), **more
        )
    return made.id


async def history(
    db: Database, owner: str, *, limit: int = 50, before: Cursor | None = None, **filters: Any
) -> ConversationPage:
    async with db.read() as session:
        return await listing.list_page(session, owner, Filters(**filters), limit=limit, before=before)


async def titles(db: Database, owner: str, **filters: Any) -> list[str]:
    page = await history(db, owner, **filters)
    return [conversation.title for conversation in page.conversations]


async def get(db: Database, owner: str, conversation_id: str) -> Conversation:
    async with db.read() as session:
        return await conversations.require(session, owner, conversation_id)


async def test_a_new_conversation_comes_back_as_it_was_made(db: Database, owner: str) -> None:
    made = await create(db, owner, "Été", model="Guide:help", system_prompt="Be kind.", temperature=0.5)
    found = await get(db, owner, made)
    assert (found.title, found.model, found.system_prompt, found.temperature) == (
        "Été", "Guide:help", "Be kind.", 0.5,
    )  # fmt: skip
    assert (found.created_at, found.updated_at, found.deleted_at) == (NOON, NOON, None)
    assert found.created_at.tzinfo is UTC
    assert (found.current_leaf_id, found.title_is_manual) == (None, False)


async def test_pages_follow_one_another_without_gap_or_repeat(db: Database, owner: str) -> None:
    # Five share each moment, so a page ends among equals and the id decides.
    made = [await create(db, owner, f"{n}", minutes=n // 5) for n in range(23)]
    seen: list[str] = []
    before: Cursor | None = None
    sizes = []
    while True:
        async with db.read() as session:
            page = await listing.list_page(session, owner, Filters(), limit=4, before=before)
        seen += [conversation.id for conversation in page.conversations]
        sizes.append(len(page.conversations))
        if page.next is None:
            break
        before = page.next
    assert seen == made[::-1]
    assert sizes == [4, 4, 4, 4, 4, 3]


async def test_the_last_page_says_so_even_when_it_is_full(db: Database, owner: str) -> None:
    for n in range(4):
        await create(db, owner, minutes=n)
    assert (await history(db, owner, limit=4)).next is None
    assert (await history(db, owner, limit=3)).next is not None


async def test_a_page_stays_in_place_when_conversations_move_up(db: Database, owner: str) -> None:
    made = [await create(db, owner, minutes=n) for n in range(6)]
    first = await history(db, owner, limit=3)
    async with db.write() as session:
        assert await conversations.touch(session, owner, made[0], now=NOON + timedelta(hours=1))
    second = await history(db, owner, limit=3, before=first.next)
    assert [conversation.id for conversation in second.conversations] == [made[2], made[1]]
    assert (await history(db, owner, limit=1)).conversations[0].id == made[0]


async def test_a_new_title_is_noted_as_a_persons(db: Database, owner: str) -> None:
    made = await create(db, owner, "Автомат")
    async with db.write() as session:
        await conversations.rename(session, owner, made, "ΜΟΥ")
    assert await titles(db, owner) == ["ΜΟΥ"]
    assert (await get(db, owner, made)).title_is_manual


async def test_the_model_filter_knows_settings_and_answers(db: Database, owner: str, stranger: str) -> None:
    await create(db, owner, "set", model="A:one")
    answered = await create(db, owner, "answered", model="A:two")
    gone = await create(db, owner, "deleted", model="A:gone")
    await create(db, stranger, "foreign", model="B:foreign")
    async with db.write() as session:
        await messages.add(
            session, owner, answered, parent_id=None, role=Role.ASSISTANT, content="", model="A:one"
        )
        await conversations.delete(session, owner, gone)
    assert await titles(db, owner, model="A:one") == ["answered", "set"]
    assert await titles(db, owner, model="A:two") == ["answered"]
    assert await titles(db, owner, model="A:gone") == []
    async with db.read() as session:
        assert await conversations.models_used(session, owner) == ["A:one", "A:two"]


async def test_options_are_set_one_by_one(db: Database, owner: str) -> None:
    made = await create(db, owner, model="A:one", system_prompt="Be kind.", temperature=1.0)
    async with db.write() as session:
        await conversations.set_options(session, owner, made, temperature=None)
        await conversations.set_options(session, owner, made, model="B:two")
    found = await get(db, owner, made)
    assert (found.model, found.system_prompt, found.temperature) == ("B:two", "Be kind.", None)


async def test_the_current_leaf_is_a_message_of_the_conversation(db: Database, owner: str) -> None:
    made, other = await create(db, owner), await create(db, owner)
    async with db.write() as session:
        mine = await messages.add(session, owner, made, parent_id=None, role=Role.USER, content="hi")
        theirs = await messages.add(session, owner, other, parent_id=None, role=Role.USER, content="hi")
        await conversations.set_current_leaf(session, owner, made, mine.id)
    assert (await get(db, owner, made)).current_leaf_id == mine.id
    async with db.write() as session:
        with pytest.raises(MessageNotFound):
            await conversations.set_current_leaf(session, owner, made, theirs.id)
        await conversations.set_current_leaf(session, owner, made, None)
    assert (await get(db, owner, made)).current_leaf_id is None


async def test_deleting_can_be_undone_for_thirty_days(db: Database, owner: str) -> None:
    made = await create(db, owner, "gone")
    async with db.write() as session:
        assert await conversations.delete(session, owner, made, now=NOON)
        assert not await conversations.delete(session, owner, made, now=NOON), "it is deleted already"
    assert await titles(db, owner) == []
    async with db.write() as session:
        with pytest.raises(ConversationNotFound):
            await conversations.rename(session, owner, made, "title")
        last_moment = NOON + conversations.RESTORABLE_FOR
        assert await conversations.restore(session, owner, made, now=last_moment)
        assert not await conversations.restore(session, owner, made), "it is here"
    assert await titles(db, owner) == ["gone"]

    async with db.write() as session:
        await conversations.delete(session, owner, made, now=NOON)
        too_late = last_moment + timedelta(seconds=1)
        assert not await conversations.restore(session, owner, made, now=too_late)
