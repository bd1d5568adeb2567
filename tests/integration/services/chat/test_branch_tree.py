"""The tree of all versions of a conversation, as the page gets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import insert
from starlette.applications import Starlette

from tests.integration.services.steering import talk
from tests.integration.services.world import MODEL, World
from tests.integration.state.page import serving
from webchat.http import branch_tree
from webchat.messages import Role
from webchat.services.chat.branches import TREE_CHARACTERS, TREE_PAGE
from webchat.storage.errors import ConversationNotFound
from webchat.storage.ids import new_id
from webchat.storage.tables import Message
from webchat.storage.types import MessageStatus


@pytest.fixture
def served(world: World) -> Iterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=branch_tree.routes))
    with serving(world):
        yield httpx.AsyncClient(transport=transport, base_url="http://webchat")


async def tree(served: httpx.AsyncClient, id: str) -> tuple[str, list[dict[str, Any]]]:
    """The last message of the current branch, and every message of the tree."""
    found: list[dict[str, Any]] = []
    before, leaf = "", ""
    while True:
        page = (await served.get(f"/api/conversations/{id}/tree", params={"before": before})).json()
        assert len(page["messages"]) <= TREE_PAGE
        found += page["messages"]
        leaf, before = leaf or page["leaf"], page["next"]
        if not before:
            return leaf, found


async def test_tree_has_all_versions(world: World, served: httpx.AsyncClient) -> None:
    id, (first, answer, *_) = await talk(world, "one  and\nmore", "two " + "x" * 500)
    again = await world.services.further_answers.retry(world.owner, answer, "Fake:other")
    await world.ended(again.message.id)

    leaf, messages = await tree(served, id)

    assert leaf == again.message.id
    by_id = {each["id"]: each for each in messages}
    assert [each["id"] for each in messages] == sorted(by_id, reverse=True)
    assert by_id[first]["parent"] is None
    assert (by_id[first]["role"], by_id[first]["text"]) == ("user", "one and more")
    assert {by_id[each]["parent"] for each in (answer, again.message.id)} == {first}
    assert (by_id[answer]["model"], by_id[leaf]["model"]) == (MODEL, "Fake:other")
    assert max(len(each["text"]) for each in messages) == TREE_CHARACTERS


async def test_tree_has_deleted_messages_without_their_text(world: World, served: httpx.AsyncClient) -> None:
    id, (question, answer, *_) = await talk(world, "secret", "two")
    await world.services.branches.delete_pair(world.owner, question)

    _, messages = await tree(served, id)

    deleted = [each for each in messages if each.get("deleted")]
    assert {each["id"] for each in deleted} == {question, answer}
    assert all("text" not in each for each in deleted)


async def test_tree_of_many_versions_comes_in_pages(world: World, served: httpx.AsyncClient) -> None:
    id, (question, *_) = await talk(world, "one")
    for _ in range(20):
        rows = [
            {
                "id": new_id(),
                "conversation_id": id,
                "owner_id": world.owner,
                "parent_id": question,
                "depth": 1,
                "role": Role.ASSISTANT,
                "content": "word " * 50,
                "reasoning": "",
                "status": MessageStatus.COMPLETE,
            }
            for _ in range(500)
        ]
        async with world.database.write() as session:
            await session.execute(insert(Message), rows)

    _, messages = await tree(served, id)

    assert len({each["id"] for each in messages}) == len(messages) == 10_002


async def test_nobody_elses_tree_is_found(world: World, served: httpx.AsyncClient) -> None:
    id, _ = await talk(world, "one")

    with pytest.raises(ConversationNotFound):
        await world.services.branches.tree_page(world.stranger, id, "")
    for wrong in ("nothing", "%00", "x" * 3000):
        assert (await served.get(f"/api/conversations/{wrong}/tree")).status_code == 404
