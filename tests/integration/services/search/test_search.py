"""Search as the history page offers it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.integration.services.world import World
from webchat.messages import Role
from webchat.services.errors import ParameterInvalid, SearchInvalid
from webchat.services.search import search
from webchat.services.search.search import FoundConversation
from webchat.storage.errors import MessageNotFound


def words(found: FoundConversation) -> tuple[str, list[str]]:
    """The title and the excerpts of a conversation."""
    title = "".join(segment.text for segment in found.title)
    return title, ["".join(segment.text for segment in hit.excerpt) for hit in found.hits]


async def test_results_are_grouped_by_conversation_titles_first(world: World) -> None:
    first = await world.asked("Apples and pears")
    await world.asked("Apples again", conversation_id=first.conversation_id)
    await world.asked("Plums")
    await world.services.conversations.rename(world.owner, first.conversation_id, "Fruit with apples")

    page = await world.services.search.find(world.owner, "apples")

    assert [words(found) for found in page.conversations] == [
        ("Fruit with apples", []),
        ("Fruit with apples", ["Apples again", "Apples and pears"]),
    ]
    (marked,) = [segment for segment in page.conversations[0].title if segment.marked]
    assert marked.text == "apples"
    assert [hit.role for hit in page.conversations[1].hits] == [Role.USER, Role.USER]
    assert page.cursor == ""
    assert (await world.services.search.find(world.stranger, "apples")).conversations == ()


async def test_a_renamed_conversation_is_found_by_its_new_title_only(world: World) -> None:
    asked = await world.asked("Something")
    await world.services.conversations.rename(world.owner, asked.conversation_id, "Автомат")
    assert (await world.services.search.find(world.owner, "автомат")).conversations
    await world.services.conversations.rename(world.owner, asked.conversation_id, "ΜΟΥ")
    assert not (await world.services.search.find(world.owner, "автомат")).conversations
    assert (await world.services.search.find(world.owner, "μου")).conversations


async def test_answers_are_found_by_their_model(world: World) -> None:
    await world.asked("A question")
    page = await world.services.search.find(world.owner, "model:fake hello")
    assert [words(found) for found in page.conversations] == [("A question", ["Hello there."])]
    assert not (await world.services.search.find(world.owner, "model:other hello")).conversations
    assert (await world.services.search.find(world.owner, "role:user -hello")).conversations


async def test_a_begun_word_goes_on_where_whole_words_fill_no_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    for text in ("the sun", "the moon", "the sea", "there"):
        await world.asked(text)

    async def found(typed: str) -> list[str]:
        page = await world.services.search.find(world.owner, f"role:user {typed}")
        return [excerpt for each in page.conversations for excerpt in words(each)[1]]

    assert await found("the") == ["the sea", "the moon"]
    assert await found("the*") == ["there", "the sea"]
    assert await found("ther") == ["there"]


async def test_one_conversation_does_not_fill_the_page(world: World) -> None:
    answer = await world.asked("word 0")
    for number in range(1, 7):
        await world.asked(f"word {number}", conversation_id=answer.conversation_id)
    await world.asked("another word")
    page = await world.services.search.find(world.owner, "word role:user")
    assert [(len(found.hits), found.more) for found in page.conversations] == [(1, 0), (4, 3)]


async def test_pages_end_and_do_not_repeat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    for number in range(5):
        await world.asked(f"Number {number}")
    seen, cursor = [], ""
    while True:
        page = await world.services.search.find(world.owner, "number role:user", cursor)
        seen += [excerpt for found in page.conversations for excerpt in words(found)[1]]
        cursor = page.cursor
        if not cursor:
            break
    assert seen == [f"Number {number}" for number in reversed(range(5))]


async def test_words_in_the_order_typed_are_the_best_match(world: World) -> None:
    await world.asked("Pears, and also green apples")
    await world.asked("Apples that are green")
    page = await world.services.search.find(world.owner, "green apples")
    assert [hit.best for found in page.conversations for hit in found.hits] == [False, True]


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
async def test_nothing_typed_finds_nothing(world: World, text: str) -> None:
    await world.asked("Something")
    assert (await world.services.search.find(world.owner, text)).conversations == ()


@pytest.mark.parametrize("text", ['"', "a" * 10_000, "\0" * 9, "NEAR(", "-", "{}", "' OR 1=1 --", "()" * 50])
async def test_a_hostile_query_is_searched_or_refused(world: World, text: str) -> None:
    await world.asked("Something")
    with suppress(SearchInvalid):
        await world.services.search.find(world.owner, text)


async def test_what_is_no_text_is_refused_and_a_cursor_can_be_anything(world: World) -> None:
    for value in (None, 7, ["a"]):
        with pytest.raises(ParameterInvalid):
            await world.services.search.find(world.owner, value)
    for cursor in ("x", "-", "9" * 40, "١"):
        await world.services.search.find(world.owner, "word", cursor)


async def test_a_found_message_is_shown_with_its_neighbours(world: World) -> None:
    first = await world.asked("q0")
    for number in range(1, 6):
        await world.asked(f"q{number}", conversation_id=first.conversation_id)
    page = await world.services.search.find(world.owner, "q2")
    message_id = page.conversations[0].hits[0].message_id
    service = world.services.conversations

    await service.show(world.owner, message_id)
    opened = await service.open(world.owner, first.conversation_id, 4, around=message_id)
    newer = await service.newer(world.owner, first.conversation_id, opened.window.end_id, 4)
    last = await service.newer(world.owner, first.conversation_id, newer.end_id, 9)

    contents = [[item.message.content for item in part.items] for part in (opened.window, newer, last)]
    assert contents == [
        ["q1", "Hello there.", "q2", "Hello there."],
        ["q3", "Hello there.", "q4", "Hello there."],
        ["q5", "Hello there."],
    ]
    assert [part.has_newer for part in (opened.window, newer, last)] == [True, True, False]
    assert opened.window.has_older


async def test_a_message_on_another_branch_is_switched_to(world: World) -> None:
    answer = await world.asked("one way")
    edited = await world.asked(
        "another way", conversation_id=answer.conversation_id, edited_id=answer.parent_id
    )
    page = await world.services.search.find(world.owner, "one way")
    message_id = page.conversations[-1].hits[-1].message_id
    service = world.services.conversations

    await service.show(world.owner, message_id)

    opened = await service.open(world.owner, edited.conversation_id, 9, around=message_id)
    assert [item.message.content for item in opened.window.items] == ["one way", "Hello there."]
    with pytest.raises(MessageNotFound):
        await service.show(world.stranger, message_id)


async def test_folders_and_tags_restrict_titles_and_messages(world: World) -> None:
    collections = world.services.collections
    filed = await world.asked("apples at work")
    tagged = await world.asked("apples at home")
    folder = (await collections.create_folder(world.owner, "Work stuff")).id
    await collections.move(world.owner, [filed.conversation_id], folder)
    await collections.add_tag(world.owner, [tagged.conversation_id], "Home")

    async def found(text: str) -> set[str]:
        page = await world.services.search.find(world.owner, text)
        return {each.id for each in page.conversations}

    assert await found("apples in:work") == {filed.conversation_id}
    assert await found("apples tag:HOME") == {tagged.conversation_id}
    assert await found("apples in:nowhere") == set()
    assert await found("apples tag:home in:work") == set()
    assert await found("apples") == {filed.conversation_id, tagged.conversation_id}
