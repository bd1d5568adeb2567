"""Titles written by a model: when, by which, and never over a person's own."""

from __future__ import annotations

import pytest

from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.scripted import Hold, Scripted, saying
from tests.integration.services.world import World, answer_id
from tests.integration.state.possessions import finished
from webchat.messages import Finish, FinishReason, TextDelta, Usage
from webchat.providers.errors import ServiceError as ServiceFailed
from webchat.services.chat.sending import Draft
from webchat.services.chat.titles import INSTRUCTION, MAX_CONCURRENT, MAX_TITLE, Titles, clean_title
from webchat.services.errors import ModelUnknown
from webchat.services.member_limits import Limit, Use
from webchat.services.preferences import TITLES_BY_CHAT, TITLES_OFF
from webchat.storage.ids import new_id
from webchat.storage.queries import usage
from webchat.storage.types import utc_now


class Writer:
    """Titles over a world, with a provider `Writer` whose script can be changed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.told: list[tuple[str, str]] = []
        services = world.services
        self.titles = Titles(
            world.database,
            services.catalogue,
            services.preferences,
            services.member_limits,
            lambda *what: self.told.append(what),
        )

    async def ask(self, script: Scripted, text: str = "How do I grow beans?") -> str:
        """A conversation whose answer is complete; the script then writes its title."""
        await self.world.add_provider("Writer", ["m"], script)
        message = await self.world.asked(text, model="Writer:m")
        return message.conversation_id

    async def title(self, conversation_id: str) -> str:
        return (await self.world.services.conversations.open(self.world.owner, conversation_id, 1)).title


@pytest.fixture
def writer(world: World) -> Writer:
    return Writer(world)


async def test_the_model_that_answered_writes_the_title(writer: Writer, world: World) -> None:
    script = saying("Beans ", "in May")
    id = await writer.ask(script)
    assert await writer.title(id) == "How do I grow beans?"

    assert await writer.titles.write(world.owner, id)

    assert await writer.title(id) == "Beans in May"
    (request,) = script.requests[1:]
    assert request.model == "m"
    text = request.messages[0].text
    assert text.startswith(INSTRUCTION)
    assert "How do I grow beans?" in text
    assert "Beans in May" in text  # the answer


async def test_after_compared_answers_a_complete_one_gives_the_title(writer: Writer, world: World) -> None:
    await world.add_provider("Down", ["m"], Scripted(ServiceFailed("Down", "Not today")))
    await world.add_provider("Writer", ["m"], saying("Beans in May"))
    sent = await world.send("How do I grow beans?", models=("Down:m", "Writer:m"))
    for each in sent.messages[1:]:
        await world.ended(each.message.id)

    assert await writer.titles.write(world.owner, sent.conversation_id)

    assert await writer.title(sent.conversation_id) == "Beans in May"


async def test_answers_that_end_at_once_get_one_title(writer: Writer, world: World) -> None:
    script = saying("Beans")
    id = await writer.ask(script)
    for _ in range(2):
        writer.titles.begin(world.owner, id)
    while writer.titles._tasks:
        await next(iter(writer.titles._tasks))
    assert len(script.requests) == 2  # the answer, and one title


async def test_a_title_in_the_background_is_told(writer: Writer, world: World) -> None:
    id = await writer.ask(saying("Beans"))
    writer.titles.begin(world.owner, id)
    while writer.titles._tasks:
        await next(iter(writer.titles._tasks))
    assert writer.told == [(world.owner, id)]


async def test_a_persons_title_stays(writer: Writer, world: World) -> None:
    hold = Hold()
    script = saying("Written")
    id = await writer.ask(script)
    script.steps = (hold, *script.steps)
    writer.titles.begin(world.owner, id)
    await hold.reached.wait()
    await world.services.conversations.rename(world.owner, id, "Mine")
    hold.go.set()
    while writer.titles._tasks:
        await next(iter(writer.titles._tasks))
    assert await writer.title(id) == "Mine"
    assert writer.told == []
    assert not await writer.titles.write(world.owner, id)
    assert len(script.requests) == 2


async def test_only_the_first_answer_gets_a_title(writer: Writer, world: World) -> None:
    script = saying("Words")
    id = await writer.ask(script)
    await world.asked("And then?", conversation_id=id, model="Writer:m")
    assert not await writer.titles.write(world.owner, id)
    assert len(script.requests) == 2
    assert not await writer.titles.write(world.stranger, id)


@pytest.mark.parametrize(
    "steps",
    [(ServiceFailed("Writer", status=500),), (TextDelta("x" * 5 * MAX_TITLE),), (TextDelta("?!"),)],
)
async def test_a_failure_leaves_the_first_words(
    writer: Writer, world: World, steps: tuple[object, ...]
) -> None:
    script = saying("Answer")
    id = await writer.ask(script)
    script.steps = steps  # type: ignore[assignment]
    writer.titles.begin(world.owner, id)
    while writer.titles._tasks:
        await next(iter(writer.titles._tasks))
    assert await writer.title(id) == "How do I grow beans?"
    assert writer.told == []


async def test_settings_say_who_writes(writer: Writer, world: World) -> None:
    script = saying("Answer")
    id = await writer.ask(script)
    preferences = world.services.preferences
    await preferences.set_title_model(world.owner, TITLES_OFF)
    assert not await writer.titles.write(world.owner, id)
    await preferences.set_title_model(world.owner, "Fake:m")
    assert await writer.titles.write(world.owner, id)
    assert await writer.title(id) == "Hello there"
    assert len(script.requests) == 1
    with pytest.raises(ModelUnknown):
        await preferences.set_title_model(world.owner, "no model")
    assert (await preferences.get(world.stranger)).title_model == TITLES_BY_CHAT


async def test_the_guide_is_only_asked_if_selected(writer: Writer, world: World) -> None:
    message = await world.asked("What can you do?", model="Guide:guide")
    assert not await writer.titles.write(world.owner, message.conversation_id)


async def test_few_titles_are_written_at_once_and_none_after_closing(writer: Writer, world: World) -> None:
    hold = Hold()
    script = saying("Answer")
    ids = [await writer.ask(script)]
    for _ in range(MAX_CONCURRENT + 2):
        ids.append((await world.asked(model="Writer:m")).conversation_id)
    script.steps = (hold, *script.steps)
    for id in ids:
        writer.titles.begin(world.owner, id)
    assert len(writer.titles._tasks) == MAX_CONCURRENT
    await hold.reached.wait()
    await writer.titles.close()
    assert await writer.title(ids[0]) == "How do I grow beans?"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Beans in May", "Beans in May"),
        ("\n\n  “Beans in May.”  \nMore words", "Beans in May"),
        ("# Beans", "Beans"),
        ("Title: **Beans**", "Beans"),
        ("**Title: Beans**", "Beans"),
        ("「豆」", "「豆」"),
        ("", ""),
        ("...", ""),
        ("x" * (MAX_TITLE + 1), ""),
    ],
)
def test_what_a_model_writes_is_cleaned(text: str, title: str) -> None:
    assert clean_title(text) == title


async def test_tokens_of_titles_count_in_the_limits_of_members(writer: Writer, world: World) -> None:
    await set_up(world.services.accounts)
    bob = (await world.services.accounts.person_of(await join(world.services.accounts, "bob"))).id
    limits = world.services.member_limits
    await limits.set_for(bob, {Limit.MESSAGES: "9", Limit.TOKENS: "250"}, "ann")
    script = Scripted(TextDelta("Beans"), Usage(90, 10), Finish(FinishReason.STOP, "stop"))
    await world.add_provider("Writer", ["m"], script)
    talks = []
    for _ in range(2):
        sent = await world.services.sending.send(bob, Draft("Beans?", new_id(), None, "Writer:m"))
        await finished(world, bob, answer_id(sent))
        talks.append(sent.conversation_id)

    assert await writer.titles.write(bob, talks[0])
    assert await limits.use(bob) == [Use(Limit.MESSAGES, 2, 9), Use(Limit.TOKENS, 300, 250)]
    assert not await writer.titles.write(bob, talks[1])
    assert len(script.requests) == 3, "nothing is asked beyond the limit"


async def test_title_is_written_after_the_last_message_of_a_day(writer: Writer, world: World) -> None:
    await set_up(world.services.accounts)
    bob = (await world.services.accounts.person_of(await join(world.services.accounts, "bob"))).id
    await world.services.member_limits.set_for(bob, {Limit.MESSAGES: "1"}, "ann")
    await world.add_provider("Writer", ["m"], saying("Beans"))
    sent = await world.services.sending.send(bob, Draft("Beans?", new_id(), None, "Writer:m"))
    await finished(world, bob, answer_id(sent))

    assert await writer.titles.write(bob, sent.conversation_id)


async def test_tokens_of_a_title_that_failed_count_too(writer: Writer, world: World) -> None:
    script = saying("Words")
    id = await writer.ask(script)
    script.steps = (Usage(7, 1), ServiceFailed("Writer", status=500))
    with pytest.raises(ServiceFailed):
        await writer.titles.write(world.owner, id)
    async with world.database.read() as session:
        (used,) = await usage.tokens_of_month(session, world.owner, utc_now())
    assert (used.model, used.input_tokens, used.output_tokens) == ("m", 7, 1)
