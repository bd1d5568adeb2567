"""The trash, temporary chats and automatic deletion."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.services.chat.test_conversations import conversation
from tests.integration.services.chat.test_deleting_running import begun, held
from tests.integration.services.world import World, answer_id
from webchat.services.automatic_deletion import AutomaticDeletion
from webchat.services.chat import trash
from webchat.services.errors import ParameterInvalid, ShareInvalid
from webchat.services.preferences import MAX_DAYS
from webchat.services.purge import Purge
from webchat.storage.errors import ConversationNotFound
from webchat.storage.queries.conversations import RESTORABLE_FOR
from webchat.storage.types import utc_now


async def binned(world: World) -> list[str]:
    return [item.title for item in (await world.services.trash.page(world.owner, "", 99)).items]


async def listed(world: World) -> list[str]:
    return [item.title for item in (await world.listed())]


async def purged(world: World) -> None:
    async def at_once(_seconds: float) -> None:
        pass

    await Purge(world.database, sleep=at_once).round()


async def test_deleted_ones_are_listed_with_their_end_and_come_back(world: World) -> None:
    ids = [await conversation(world, f"Number {number}") for number in range(3)]
    service = world.services.trash
    await service.delete(world.owner, ids[:2])
    await service.delete(world.owner, ids[2:])
    first = await service.page(world.owner, "", 2)
    rest = await service.page(world.owner, first.cursor, 2)

    items = [*first.items, *rest.items]
    assert items[0].id == ids[2]
    assert {item.id for item in items} == set(ids)
    assert rest.cursor == ""
    assert [item.gone_at - item.deleted_at for item in items] == [RESTORABLE_FOR] * 3
    assert (await service.page(world.stranger, "", 9)).items == []
    await service.restore(world.owner, ids[:2])
    assert await listed(world) == ["Number 1", "Number 0"]
    with pytest.raises(ConversationNotFound):
        await service.restore(world.owner, [ids[2], ids[1]])
    assert await binned(world) == ["Number 2"]


async def test_deleting_several_stops_their_answers(world: World) -> None:
    script = held(world)
    sent = await world.send("one")
    await begun(script)
    other = await conversation_done(world)
    await world.services.trash.delete(world.owner, [sent.conversation_id, other])

    assert await world.generations.find(world.owner, answer_id(sent)) is None


async def conversation_done(world: World) -> str:
    world.scripts.pop("Fake")
    return await conversation(world, "Two")


async def test_what_is_deleted_forever_is_purged_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "BATCH", 2)
    asked: list[bool] = []
    service = world.services.trash
    service.on_deleted_forever = lambda: asked.append(True)
    ids = [await conversation(world, f"Number {number}") for number in range(6)]
    with pytest.raises(ConversationNotFound):
        await service.delete_forever(world.owner, ids[:1])
    for id_ in ids[:5]:
        await service.delete(world.owner, [id_])
    await service.delete_forever(world.owner, ids[:1])
    with pytest.raises(ConversationNotFound):
        await service.restore(world.owner, ids[:1])
    assert len(await binned(world)) == 4
    assert await service.empty(world.stranger) == 0
    assert await service.empty(world.owner) == 4
    assert await binned(world) == []
    assert asked == [True, True, True]
    await purged(world)
    with pytest.raises(ConversationNotFound):
        await world.services.conversations.restore(world.owner, ids[1])

    assert await listed(world) == ["Number 5"]


async def test_temporary_chats_live_as_long_as_their_tab(world: World) -> None:
    chats = world.services.temporary_chats
    script = held(world)
    sent = await world.send("Secret", temporary=True)
    chats.keep(world.owner, sent.conversation_id, "tab")
    await begun(script)
    assert await listed(world) == []
    assert (await world.services.conversations.open(world.owner, sent.conversation_id, 9)).temporary
    with pytest.raises(ShareInvalid):
        await world.services.sharing.shareable(world.owner, sent.conversation_id)
    with pytest.raises(ConversationNotFound):
        await world.services.collections.pin(world.owner, [sent.conversation_id])
    await chats.forget("another tab")
    assert (await world.services.conversations.open(world.owner, sent.conversation_id, 9)).temporary
    await chats.forget("tab")

    with pytest.raises(ConversationNotFound):
        await world.services.conversations.open(world.owner, sent.conversation_id, 9)
    assert await world.generations.find(world.owner, answer_id(sent)) is None
    assert await binned(world) == []
    with pytest.raises(ConversationNotFound):
        await world.services.trash.restore(world.owner, [sent.conversation_id])


async def test_temporary_chats_do_not_outlive_a_restart(world: World) -> None:
    sent = await world.send("Secret", temporary=True)
    await world.ended(answer_id(sent))
    kept = await conversation(world, "Kept")
    await world.services.temporary_chats.open()

    with pytest.raises(ConversationNotFound):
        await world.services.conversations.open(world.owner, sent.conversation_id, 9)
    assert (await world.services.conversations.open(world.owner, kept, 9)).title == "Kept"


async def test_unused_ones_are_deleted_only_where_asked_for(world: World) -> None:
    old, pinned, archived = [await conversation(world, title) for title in ("Old", "Pinned", "Archived")]
    await world.services.collections.pin(world.owner, [pinned])
    await world.services.collections.archive(world.owner, [archived])

    async def round_after(days: float) -> None:
        later = AutomaticDeletion(
            world.database, world.services.changes, clock=lambda: utc_now() + timedelta(days=days)
        )
        await later.round()

    await round_after(10_000)
    assert await binned(world) == []
    await world.services.preferences.set_delete_after(world.stranger, "1")
    await world.services.preferences.set_delete_after(world.owner, " 30 ")
    await round_after(29)
    assert await binned(world) == []
    with world.services.changes.listen(world.owner, "tab") as queue:
        await round_after(31)
        assert queue.qsize() == 1

    in_trash = await world.services.trash.page(world.owner, "", 9)
    assert {item.id for item in in_trash.items} == {old, archived}
    assert await listed(world) == ["Pinned"]
    await world.services.preferences.set_delete_after(world.owner, "")
    await round_after(10_000)
    assert await listed(world) == ["Pinned"]


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "x", str(MAX_DAYS + 1), "9" * 400, None, True, [], "٣x"])
async def test_an_impossible_number_of_days_is_refused(world: World, days: object) -> None:
    await world.services.preferences.set_delete_after(world.owner, "7")
    with pytest.raises(ParameterInvalid):
        await world.services.preferences.set_delete_after(world.owner, days)
    assert (await world.services.preferences.get(world.owner)).delete_after_days == 7
