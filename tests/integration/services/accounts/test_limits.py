"""What administrators let members use: messages a day, tokens and cost a month."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.scripted import Hold, Scripted
from tests.integration.services.world import MODEL, World, answer_id
from webchat.messages import Finish, FinishReason, TextDelta, Usage
from webchat.services.accounts import Person
from webchat.services.accounts.audit import What
from webchat.services.catalogue.details import Details
from webchat.services.chat.recording import Sent
from webchat.services.chat.sending import Draft
from webchat.services.errors import LimitInvalid, LimitReached
from webchat.services.member_limits import Limit, MemberLimits, Use
from webchat.storage.errors import UserNotFound
from webchat.storage.ids import new_id
from webchat.storage.queries import maintenance, usage
from webchat.storage.types import utc_now

END = Finish(FinishReason.STOP, "stop")


@pytest.fixture
async def bob(world: World) -> Person:
    """A member; `Fake` is the administrator's."""
    accounts = world.services.accounts
    await set_up(accounts)
    return await accounts.person_of(await join(accounts, "bob"))


async def send(world: World, owner_id: str, **draft: Any) -> Sent:
    """Send, and wait for the end of the answer."""
    values = {"client_id": new_id(), "conversation_id": None, "model": MODEL} | draft
    sent = await world.services.sending.send(owner_id, Draft(text="Hello", **values))
    await ended(world, owner_id, answer_id(sent))
    return sent


async def ended(world: World, owner_id: str, message_id: str) -> None:
    live = await world.generations.find(owner_id, message_id)
    if live is not None:
        async for _ in live.follow(live.position, interval=lambda: 0):
            pass


async def limited(world: World, bob: Person, **limits: str) -> None:
    entered = {Limit(name): text for name, text in limits.items()}
    await world.services.member_limits.set_for(bob.id, entered, "ann")


async def test_messages_of_a_day_end_and_say_when(world: World, bob: Person) -> None:
    await limited(world, bob, messages="2")
    for _ in range(2):
        await send(world, bob.id)
    before = await listed(world, bob)

    with pytest.raises(LimitReached) as reached:
        await send(world, bob.id)

    assert str(reached.value) == (
        "You have sent 2 messages today. You can send again after 00:00 UTC. "
        "This was not sent, and nothing is lost."
    )
    assert await listed(world, bob) == before, "nothing was written"
    assert await world.services.member_limits.use(bob.id) == [Use(Limit.MESSAGES, 2, 2)]
    assert not await world.services.member_limits.use(world.owner)
    await world.send("Administrators have no limits")


async def listed(world: World, person: Person) -> list[str]:
    page = await world.services.conversations.page(person.id, "", "", 100)
    return [item.id for item in page.items]


async def test_every_way_to_an_answer_passes_the_limit(world: World, bob: Person) -> None:
    sent = await send(world, bob.id)
    question, answer = (each.message for each in sent.messages)
    here = sent.conversation_id
    further, queued = world.services.further_answers, world.services.queued_messages
    world.scripts["Fake"] = Scripted(TextDelta("cut"), Finish(FinishReason.LENGTH, "length"))
    cut = await send(world, bob.id, conversation_id=here)
    await limited(world, bob, messages="2")
    ways: list[Callable[[], Awaitable[object]]] = [
        lambda: send(world, bob.id),
        lambda: send(world, bob.id, conversation_id=here),
        lambda: send(world, bob.id, conversation_id=here, edited_id=question.id),
        lambda: further.retry(bob.id, answer.id, MODEL),
        lambda: further.continue_answer(bob.id, answer_id(cut), MODEL),
        lambda: queued.add(bob.id, here, "Later", new_id()),
    ]
    for way in ways:
        with pytest.raises(LimitReached):
            await way()

    assert await world.services.member_limits.use(bob.id) == [Use(Limit.MESSAGES, 2, 2)]
    window = (await world.services.conversations.open(bob.id, here, 100)).window
    assert len(window.items) == 4
    await limited(world, bob, messages=str(2 + len(ways)))
    for way in ways:
        await way()
        for item in (await world.services.conversations.open(bob.id, here, 100)).window.items:
            await ended(world, bob.id, item.message.id)
    assert await world.services.member_limits.use(bob.id) == [Use(Limit.MESSAGES, 8, 8)]


async def test_repeated_send_is_neither_counted_nor_refused(world: World, bob: Person) -> None:
    await limited(world, bob, messages="1")
    first = await send(world, bob.id, client_id="same-send")
    again = await send(world, bob.id, client_id="same-send")

    assert again.conversation_id == first.conversation_id
    assert await world.services.member_limits.use(bob.id) == [Use(Limit.MESSAGES, 1, 1)]


async def test_two_sends_never_both_take_the_last_message(world: World, bob: Person) -> None:
    await limited(world, bob, messages="3")

    outcomes = await asyncio.gather(*(send(world, bob.id) for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(each, Sent) for each in outcomes) == 3
    assert sum(isinstance(each, LimitReached) for each in outcomes) == 5


async def test_queued_message_stays_queued_at_the_limit(world: World, bob: Person) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("x"), hold, END)
    values = Draft("First", new_id(), None, MODEL)
    sent = await world.services.sending.send(bob.id, values)
    here = sent.conversation_id
    assert await world.services.queued_messages.add(bob.id, here, "Kept", new_id()) == "Kept"
    await limited(world, bob, messages="1")
    hold.go.set()
    await ended(world, bob.id, answer_id(sent))

    for _ in range(2):
        with pytest.raises(LimitReached):
            await world.services.queued_messages.send(bob.id, here)
        assert (await world.services.conversations.open(bob.id, here, 9)).queued == "Kept"

    await limited(world, bob, messages="2")
    assert await world.services.queued_messages.send(bob.id, here) is not None
    assert (await world.services.conversations.open(bob.id, here, 9)).queued == ""


async def test_tokens_and_cost_of_a_month_end(world: World, bob: Person) -> None:
    await world.add_provider("Counting", ["big"], Scripted(TextDelta("x"), Usage(1_000, 500), END))
    await world.services.usage.set_price(world.owner, "Counting:big", "2", "10")
    await limited(world, bob, tokens="2,000")
    for _ in range(2):
        await send(world, bob.id, model="Counting:big")

    assert await world.services.member_limits.use(bob.id) == [Use(Limit.TOKENS, 3_000, 2_000)]
    with pytest.raises(LimitReached, match="used 3,000 tokens this month; your limit is 2,000"):
        await send(world, bob.id)

    await limited(world, bob, cost="0,01")
    (of_cost,) = await world.services.member_limits.use(bob.id)
    assert of_cost.limit is Limit.COST
    assert of_cost.used == pytest.approx(0.014)
    with pytest.raises(LimitReached, match=r"cost 0.01 this month; your limit is 0.01"):
        await send(world, bob.id)


async def test_price_stays_when_a_provider_is_renamed(world: World, bob: Person) -> None:
    """Otherwise a limit of the cost would end with the name."""
    provider_id = await world.add_provider("Counting", ["big"], Scripted(TextDelta("x"), Usage(500, 0), END))
    await world.services.usage.set_price(world.owner, "Counting:big", "20", "0")
    await limited(world, bob, cost="0.02")
    await send(world, bob.id, model="Counting:big")
    world.scripts["Renamed"] = world.scripts["Counting"]
    await world.services.providers.save(world.owner, provider_id, Details("Renamed", "http://127.0.0.1:9/v1"))
    await send(world, bob.id, model="Renamed:big")

    with pytest.raises(LimitReached):
        await send(world, bob.id, model="Renamed:big")
    await world.services.usage.set_price(world.owner, "Renamed:big", "1", "0")
    (of_cost,) = await world.services.member_limits.use(bob.id)
    assert of_cost.used == pytest.approx(0.01 + 0.0005)


async def test_days_and_months_begin_at_midnight_utc(world: World, bob: Person) -> None:
    now = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    limits = MemberLimits(world.database, world.services.accounts.audit, lambda: now)
    await limits.set_for(bob.id, {Limit.MESSAGES: "1", Limit.TOKENS: "10"}, "ann")
    async with world.database.write() as session:
        await limits.take(session, bob.id, "Fake", "m")
        await usage.count_answer(session, bob.id, "Fake", "m", now=now, usage=Usage(10, None))
    assert [each.used for each in await limits.use(bob.id)] == [1, 10]
    await limits.set_for(bob.id, {Limit.TOKENS: "10"}, "ann")
    async with world.database.read() as session:
        with pytest.raises(LimitReached, match="on 1 January, 00:00 UTC"):
            await limits.check(session, bob.id)

        now += timedelta(minutes=1)
        await limits.check(session, bob.id)
    assert [each.used for each in await limits.use(bob.id)] == [0]


async def test_own_limits_come_before_those_of_everyone(world: World, bob: Person) -> None:
    limits = world.services.member_limits
    await limits.set_for_everyone({Limit.MESSAGES: "5", Limit.TOKENS: "", Limit.COST: "none"}, "ann")
    assert await limits.of_everyone() == {Limit.MESSAGES: 5}
    assert await limits.use(bob.id) == [Use(Limit.MESSAGES, 0, 5)]

    await limited(world, bob, messages="7", tokens="9")
    assert await limits.use(bob.id) == [Use(Limit.MESSAGES, 0, 7), Use(Limit.TOKENS, 0, 9)]
    await limited(world, bob, messages="None")
    assert await limits.use(bob.id) == []
    await limited(world, bob, messages="")
    assert await limits.use(bob.id) == [Use(Limit.MESSAGES, 0, 5)]

    events = await world.services.accounts.audit.page()
    changes = [event.subject for event in events if event.what == What.LIMITS_CHANGED]
    assert changes == [
        "bob: the default",
        "bob: messages none",
        "bob: messages 7, tokens 9",
        "members: messages 5",
    ]


@pytest.mark.parametrize(
    "text", ["0", "-1", "1.5", "nan", "inf", "many", "9" * 30, "9" * 5_000, None, 7, ["1"]]
)
async def test_what_is_no_limit_is_refused(world: World, bob: Person, text: object) -> None:
    limits = world.services.member_limits
    with pytest.raises(LimitInvalid):
        await limits.set_for(bob.id, {Limit.MESSAGES: text}, "ann")
    with pytest.raises(LimitInvalid):
        await limits.set_for_everyone({Limit.TOKENS: text}, "ann")
    assert await limits.of_everyone() == {}
    assert await limits.use(bob.id) == []


async def test_administrators_and_strangers_get_no_limits(world: World, bob: Person) -> None:
    with pytest.raises(LimitInvalid):
        await world.services.member_limits.set_for(world.owner, {Limit.MESSAGES: "1"}, "ann")
    with pytest.raises(UserNotFound):
        await world.services.member_limits.set_for("nobody", {Limit.MESSAGES: "1"}, "ann")
    await world.services.accounts.people.set_role(bob.id, "administrator", "ann")
    await world.services.member_limits.set_for_everyone({Limit.MESSAGES: "1"}, "ann")
    for _ in range(2):
        await send(world, bob.id)


STEPS = st.lists(st.sampled_from(["send", "retry", "delete", "erase", "restart"]), max_size=8)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_what_was_started_is_what_is_counted(world: World, steps: list[str]) -> None:
    """Whatever is deleted, and however often the server starts again."""
    of, owner = world.services, world.owner
    async with world.database.read() as session:
        before = await usage.started_on(session, owner, utc_now())
    started = 0
    sent: list[Sent] = []
    for step in steps:
        if step == "send":
            sent.append(await send(world, owner))
            started += 1
        elif step == "retry" and sent:
            again = await of.further_answers.retry(owner, answer_id(sent[-1]), MODEL)
            await ended(world, owner, again.message.id)
            started += 1
        elif step == "delete" and sent:
            await of.trash.delete(owner, [sent.pop().conversation_id])
        elif step == "erase":
            await of.trash.empty(owner)
        elif step == "restart":
            await world.generations.close(grace=0)
            await world.generations.open()

    async with world.database.read() as session:
        assert await usage.started_on(session, owner, utc_now()) == before + started


async def test_answer_cut_off_by_a_crash_is_counted(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("x"), Hold())
    await world.send()
    assert await world.services.usage.lines(world.owner) == []
    async with world.database.write() as session:
        await maintenance.interrupt_running(session)

    (line,) = await world.services.usage.lines(world.owner)
    assert (line.model_id, line.month.answers) == (MODEL, 1)
