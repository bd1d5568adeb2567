"""Pins, the archive, folders and tags: limits, all or nothing, and never somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.integration.services.chat.test_conversations import conversation
from tests.integration.services.world import World
from webchat.services.chat import collections
from webchat.services.chat.batches import BATCH, MAX_AT_ONCE
from webchat.services.chat.collections import MAX_TAG, MAX_TAGS, Labels, checked_tag
from webchat.services.errors import CollectionInvalid
from webchat.storage.errors import ConversationNotFound, FolderNameTaken, FolderNotFound
from webchat.storage.queries import conversations as queries
from webchat.words.errors import shown


async def listed(world: World, **filters: object) -> list[str]:
    page = await world.services.conversations.page(world.owner, "", "", 99, **filters)  # type: ignore[arg-type]
    return [item.title for item in page.items]


async def test_pinned_ones_are_apart_from_the_others(world: World) -> None:
    first, second = await conversation(world, "First"), await conversation(world, "Second")
    service, conversations = world.services.collections, world.services.conversations
    await service.pin(world.owner, [first])

    assert [item.id for item in await conversations.pinned(world.owner)] == [first]
    assert [item.id for item in (await conversations.unpinned(world.owner, "", 9)).items] == [second]
    assert await listed(world) == ["Second", "First"]
    await service.pin(world.owner, [first], pinned=False)
    assert await conversations.pinned(world.owner) == []


async def test_archived_ones_are_listed_apart(world: World) -> None:
    first, _ = await conversation(world, "First"), await conversation(world, "Second")
    await world.services.collections.archive(world.owner, [first])

    assert await listed(world) == ["Second"]
    assert await listed(world, archived=True) == ["First"]
    assert (await world.services.conversations.open(world.owner, first, 9)).title == "First"
    await world.services.collections.archive(world.owner, [first], archived=False)
    assert await listed(world) == ["Second", "First"]


async def test_folders_have_one_name_each_and_an_order(world: World) -> None:
    service = world.services.collections
    work = await service.create_folder(world.owner, "  Work\n1 ")
    home = await service.create_folder(world.owner, "Home")
    assert work.name == "Work 1"
    for name in ("WORK 1", "ｗork 1"):
        with pytest.raises(FolderNameTaken):
            await service.create_folder(world.owner, name)
    with pytest.raises(FolderNameTaken) as taken:
        await service.rename_folder(world.owner, home.id, "work 1")
    assert shown(taken.value) == "There is already a folder named “work 1”. Choose another name."
    assert await service.rename_folder(world.owner, work.id, "work 1") == "work 1"
    await service.create_folder(world.stranger, "Home")
    await service.reorder_folders(world.owner, [home.id, "unknown", work.id])
    assert [folder.name for folder in await service.folders(world.owner)] == ["Home", "work 1"]
    for invalid in ("", "  ", "x" * 81, None, 7):
        with pytest.raises(CollectionInvalid):
            await service.create_folder(world.owner, invalid)


async def test_a_deleted_folder_leaves_its_conversations(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collections, "BATCH", 2)
    service = world.services.collections
    ids = [await conversation(world, f"Number {number}") for number in range(5)]
    folder = await service.create_folder(world.owner, "Work")
    for id_ in ids:
        await service.move(world.owner, [id_], folder.id)
    assert len(await listed(world, folder_id=folder.id)) == 5
    with pytest.raises(FolderNotFound):
        await service.delete_folder(world.stranger, folder.id)
    await service.delete_folder(world.owner, folder.id)

    assert await service.folders(world.owner) == []
    assert len(await listed(world)) == 5
    assert await listed(world, folder_id=folder.id) == []
    with pytest.raises(FolderNotFound):
        await service.move(world.owner, ids[:1], folder.id)


async def test_tags_are_stored_in_one_form_and_counted(world: World) -> None:
    service = world.services.collections
    ids = [await conversation(world, f"Number {number}") for number in range(3)]
    assert await service.add_tag(world.owner, ids, " #Über,  Uns") == "über uns"
    assert await service.set_labels(world.owner, ids[0], "", ["b", "A", "a"]) == Labels("", ["a", "b"])
    assert await service.labels(world.owner, ids[0]) == Labels("", ["a", "b"])
    assert await service.tags(world.owner) == {"a": 1, "b": 1, "über uns": 2}
    assert await listed(world, tag="über uns") == ["Number 2", "Number 1"]
    await service.remove_tag(world.owner, ids, "ÜBER UNS")
    assert await service.tags(world.owner) == {"a": 1, "b": 1}
    assert await service.tags(world.stranger) == {}


@pytest.mark.parametrize("tag", ["", " # ", ",", "x" * (MAX_TAG + 1), None, 3, ["x"]])
def test_an_unusable_tag_is_refused(tag: object) -> None:
    with pytest.raises(CollectionInvalid):
        checked_tag(tag)


async def test_a_conversation_has_a_limited_number_of_tags(world: World) -> None:
    service = world.services.collections
    id_, other = await conversation(world, "One"), await conversation(world, "Other")
    await service.set_labels(world.owner, id_, "", [f"t{number}" for number in range(MAX_TAGS)])
    with pytest.raises(CollectionInvalid):
        await service.add_tag(world.owner, [other, id_], "one more")
    with pytest.raises(CollectionInvalid):
        await service.set_labels(world.owner, id_, "", [f"u{number}" for number in range(MAX_TAGS + 1)])

    assert len(await service.tags(world.owner)) == MAX_TAGS


async def test_many_are_changed_together_or_not_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    service = world.services.collections
    ids = [await conversation(world, f"Number {number}") for number in range(2)]
    folder = await service.create_folder(world.owner, "Work")
    async with world.database.write() as session:
        foreign = (await queries.create(session, world.stranger)).id
    for unknown in ("nothing", foreign):
        wrong = [*ids, unknown]
        for change in (
            service.pin(world.owner, wrong),
            service.archive(world.owner, wrong),
            service.move(world.owner, wrong, folder.id),
            service.add_tag(world.owner, wrong, "tag"),
            world.services.trash.delete(world.owner, wrong),
        ):
            with pytest.raises(ConversationNotFound):
                await change
    assert await listed(world) == ["Number 1", "Number 0"]
    assert await world.services.conversations.pinned(world.owner) == []
    assert await service.tags(world.owner) == {}
    for ids_ in ([], [f"id{number}" for number in range(MAX_AT_ONCE + 1)]):
        with pytest.raises(CollectionInvalid):
            await service.archive(world.owner, ids_)
    monkeypatch.setattr(collections, "MAX_PINNED", 1)
    with pytest.raises(CollectionInvalid):
        await service.pin(world.owner, ids)
    assert await world.services.conversations.pinned(world.owner) == []


async def test_folders_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "MAX_FOLDERS", 1)
    await world.services.collections.create_folder(world.owner, "One")
    with pytest.raises(CollectionInvalid) as refused:
        await world.services.collections.create_folder(world.owner, "Two")
    assert "maximum" in shown(refused.value)


@pytest.mark.parametrize("act", ["archive", "move", "add_tag", "remove_tag", "delete", "restore", "forever"])
async def test_another_write_gets_in_between(world: World, act: str) -> None:
    """It waits for one batch, not for all."""
    service, trash = world.services.collections, world.services.trash
    async with world.database.write() as session:
        ids = [(await queries.create(session, world.owner)).id for _ in range(3 * BATCH)]
    folder = await service.create_folder(world.owner, "Work")
    if act in ("restore", "forever"):
        await trash.delete(world.owner, ids)
    acts: dict[str, Callable[[], Awaitable[Any]]] = {
        "archive": lambda: service.archive(world.owner, ids),
        "move": lambda: service.move(world.owner, ids, folder.id),
        "add_tag": lambda: service.add_tag(world.owner, ids, "tag"),
        "remove_tag": lambda: service.remove_tag(world.owner, ids, "tag"),
        "delete": lambda: trash.delete(world.owner, ids),
        "restore": lambda: trash.restore(world.owner, ids),
        "forever": lambda: trash.delete_forever(world.owner, ids),
    }
    changing = asyncio.ensure_future(acts[act]())
    written = 0
    while not changing.done():
        await service.create_folder(world.owner, f"Meanwhile {written}")
        written += 1
    await changing

    assert written >= 3


async def test_what_is_deleted_meanwhile_is_left_out(world: World) -> None:
    service = world.services.collections
    async with world.database.write() as session:
        ids = [(await queries.create(session, world.owner)).id for _ in range(2 * BATCH)]
    async with world.database.write() as session:
        archiving = asyncio.ensure_future(service.archive(world.owner, ids))
        while not world.database.waiting:  # noqa: ASYNC110 (it has found them, and waits for its turn)
            await asyncio.sleep(0)
        await queries.delete(session, world.owner, ids[-1])
    await archiving

    assert len(await listed(world, archived=True)) == len(ids) - 1
