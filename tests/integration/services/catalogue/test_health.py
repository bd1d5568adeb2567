"""How each provider has done, measured from what really happened to answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.errors import error_text
from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.scripted import Hold, Scripted, saying
from tests.integration.services.world import World, answer_id
from tests.integration.state.possessions import finished
from webchat.messages import TextDelta
from webchat.providers.errors import QuotaExceeded, RateLimitError, ServiceError, TruncatedAnswer
from webchat.providers.health import FAILURES_TO_OPEN, FIRST_OPEN_SECONDS, Condition
from webchat.services.catalogue.catalogue import AUTO_MODEL
from webchat.services.catalogue.details import Details
from webchat.services.catalogue.health import MEASURED, HealthReport
from webchat.services.chat.sending import Draft
from webchat.storage.ids import new_id
from webchat.storage.queries import generations
from webchat.storage.queries.attempts import AttemptEnding
from webchat.storage.queries.generations import Ending
from webchat.storage.types import GenerationStatus, utc_now

BROKEN = ServiceError("Fake", status=500, service_words="Overloaded")


async def standing(world: World, name: str = "Fake") -> HealthReport:
    return (await world.services.provider_health.all(world.owner))[name]


async def measured(world: World, *tries: tuple[datetime, float | None, str | None]) -> None:
    """Write attempts down as if they had happened: their start, seconds to the first text, error code."""
    for started, seconds, error in tries:
        sent = await world.send(model="Guide:guide")
        await world.ended(answer_id(sent))
        generation = await world.generation(answer_id(sent))
        first = None if seconds is None else started + timedelta(seconds=seconds)
        attempt = AttemptEnding(
            "Fake", "m", started, first, started + timedelta(seconds=9), error, {} if error else None
        )
        async with world.database.write() as session:
            await generations.resume(session, world.owner, generation.id)
            ending = Ending(GenerationStatus.COMPLETE, "", attempts=[attempt])
            await generations.finish(session, world.owner, generation.id, ending)


async def test_of_a_provider_that_was_never_asked_nothing_is_known(world: World) -> None:
    assert await standing(world) == HealthReport(Condition.UNKNOWN, 0.0, 0, None, None, None, None)
    assert await world.services.provider_health.all(world.stranger) == {}


async def test_a_good_answer_makes_it_healthy(world: World) -> None:
    before = utc_now()
    message = await world.asked()
    (attempt,) = await world.attempts(message.id)

    found = await standing(world)

    assert (found.condition, found.open_for, found.attempts, found.share) == (Condition.HEALTHY, 0, 1, 1.0)
    assert found.first_text is not None
    assert attempt.first_text_at is not None
    assert found.first_text == (attempt.first_text_at - attempt.started_at).total_seconds()
    assert found.last_success is not None
    assert before <= found.last_success <= utc_now()
    assert found.last_failure is None
    assert (await standing(world, "Guide")).condition is Condition.UNKNOWN


async def test_a_failure_is_told_in_words(world: World) -> None:
    await world.asked()
    world.scripts["Fake"] = Scripted(TextDelta("So far"), TruncatedAnswer("Fake", partial_text="So far"))
    before = utc_now()
    await world.asked()

    found = await standing(world)

    assert (found.condition, found.attempts, found.share) == (Condition.FAILING, 2, 0.5)
    assert "Fake's answer was cut off" in str(error_text(found.last_failure))
    assert found.last_failure is not None
    assert found.last_failure.ended_at is not None
    assert found.last_success is not None
    assert found.last_success <= before <= found.last_failure.ended_at


async def test_share_and_median_are_those_of_the_attempts(world: World) -> None:
    start = utc_now() - timedelta(hours=1)
    moments = [start + timedelta(minutes=number) for number in range(5)]
    await measured(
        world,
        (moments[0], 0.2, None),
        (moments[1], None, "quota_exceeded"),
        (moments[2], 9.0, None),
        (moments[3], 0.4, None),
        (moments[4], None, "timeout"),
    )

    found = await standing(world)

    assert found.attempts == 5
    assert found.share == pytest.approx(0.6)
    assert found.first_text == pytest.approx(0.4)
    assert found.last_success == moments[3] + timedelta(seconds=9)
    assert found.last_failure is not None
    assert found.last_failure.error_code == "timeout"
    assert found.last_failure.ended_at == moments[4] + timedelta(seconds=9)


async def test_only_the_newest_attempts_count(world: World) -> None:
    start = utc_now()
    await measured(world, *[(start, None, "timeout")] * 3, *[(start, 1.0, None)] * MEASURED)

    found = await standing(world)

    assert (found.attempts, found.share, found.last_failure) == (MEASURED, 1.0, None)


async def test_every_try_of_an_answer_counts(world: World) -> None:
    world.scripts["Fake"] = Scripted(BROKEN)
    await world.asked()

    assert (await standing(world)).attempts == 3
    await world.add_provider("Next", ["n"], saying("Hi"))
    await world.asked(model=AUTO_MODEL)
    assert (await standing(world)).attempts == 4
    assert (await standing(world, "Next")).share == 1.0


async def test_failures_in_a_row_rest_it(world: World) -> None:
    world.scripts["Fake"] = Scripted(QuotaExceeded("Fake"))
    for _ in range(FAILURES_TO_OPEN):
        await world.asked()

    found = await standing(world)

    assert found.condition is Condition.OPEN
    assert FIRST_OPEN_SECONDS - 20 < found.open_for <= FIRST_OPEN_SECONDS
    assert found.share == 0
    assert found.last_success is None
    world.scripts["Fake"] = saying("Back")
    await world.asked()
    assert (await standing(world)).condition is Condition.HEALTHY


async def test_a_service_that_asks_for_rest_gets_it(world: World) -> None:
    world.scripts["Fake"] = Scripted(RateLimitError("Fake", retry_after=300))
    await world.asked()

    found = await standing(world)

    assert found.condition is Condition.OPEN
    assert 280 < found.open_for <= 300


@pytest.mark.parametrize("said", [False, True], ids=["before the first text", "after it"])
async def test_stopping_an_answer_is_not_held_against_it(world: World, said: bool) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(*([TextDelta("So far")] if said else []), hold)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    await world.generations.stop(world.owner, message_id)

    found = await standing(world)

    # Before the first text it is not held in its favour either.
    expected = (Condition.HEALTHY, 1, 1.0) if said else (Condition.UNKNOWN, 0, None)
    assert (found.condition, found.attempts, found.share) == expected


async def test_after_a_restart_the_last_attempt_says_how_it_stands(world: World, folder: Path) -> None:
    await world.add_provider("Good", ["g"], saying("Hi"))
    world.scripts["Fake"] = Scripted(QuotaExceeded("Fake", service_words="Come back tomorrow"))
    for _ in range(FAILURES_TO_OPEN):
        await world.asked()
    await world.asked(model="Good:g")
    after = World(folder)
    await after.open_again()

    found = await after.services.provider_health.all(world.owner)

    assert {name: each.condition for name, each in found.items()} == {
        "Guide": Condition.UNKNOWN,
        "Fake": Condition.FAILING,
        "Good": Condition.HEALTHY,
    }
    assert found["Fake"].open_for == 0
    assert "Come back tomorrow" in str(error_text(found["Fake"].last_failure))
    await after.close()


async def test_a_passed_test_makes_it_healthy_again(world: World) -> None:
    (fake,) = [each for each in await world.services.providers.all(world.owner) if each.name == "Fake"]
    world.scripts["Fake"] = Scripted(QuotaExceeded("Fake"))
    for _ in range(FAILURES_TO_OPEN):
        await world.asked()
    assert not (await world.services.providers.test(world.owner, fake.id)).passed
    assert (await standing(world)).condition is Condition.OPEN
    world.scripts["Fake"] = saying("ready")

    assert (await world.services.providers.test(world.owner, fake.id)).passed

    found = await standing(world)
    assert (found.condition, found.open_for) == (Condition.HEALTHY, 0)
    assert found.attempts == FAILURES_TO_OPEN, "a test is no answer"


async def test_a_new_name_keeps_what_was_measured_and_ends_the_rest(world: World) -> None:
    world.scripts["Fake"] = Scripted(QuotaExceeded("Fake"))
    for _ in range(FAILURES_TO_OPEN):
        await world.asked()
    (fake,) = [each for each in await world.services.providers.all(world.owner) if each.name == "Fake"]
    await world.services.providers.save(world.owner, fake.id, Details("Other", "http://127.0.0.1:9/v1"))
    renamed = await standing(world, "Other")
    assert (renamed.open_for, renamed.attempts, renamed.share) == (0, FAILURES_TO_OPEN, 0)

    world.scripts["Other"] = saying("Hello")
    await world.asked()
    answered = await standing(world, "Other")
    assert (answered.condition, answered.attempts) == (Condition.HEALTHY, FAILURES_TO_OPEN + 1)


async def ask_as(world: World, owner_id: str, model: str) -> None:
    """Ask as somebody, until the answer has ended."""
    sent = await world.services.sending.send(owner_id, Draft("Hello?", new_id(), None, model))
    await finished(world, owner_id, answer_id(sent))


async def member(world: World, name: str) -> str:
    return (await world.services.accounts.person_of(await join(world.services.accounts, name))).id


async def test_what_everyone_uses_is_paused_for_everyone(world: World) -> None:
    await set_up(world.services.accounts)
    bob, eve = await member(world, "bob"), await member(world, "eve")
    await world.add_provider("Next", ["n"], saying("Hi"))
    dead = world.scripts["Fake"] = Scripted(QuotaExceeded("Fake"))
    for _ in range(FAILURES_TO_OPEN):
        await ask_as(world, bob, "Fake:m")
    asked = len(dead.requests)

    await ask_as(world, eve, AUTO_MODEL)
    await ask_as(world, world.owner, AUTO_MODEL)

    assert len(dead.requests) == asked
    for owner_id in (bob, eve, world.owner):
        assert (await world.services.provider_health.paused(owner_id)).keys() == {"Fake"}
    assert (await standing(world)).condition is Condition.OPEN


async def test_ones_own_provider_says_nothing_of_anybody_elses(world: World) -> None:
    await world.services.providers.save(world.stranger, None, Details("Mine", "https://mine.test/v1"))
    await world.services.providers.save(world.owner, None, Details("Mine", "https://mine.test/v1"))
    (mine,) = [row for row in await world.services.providers.rows(world.stranger) if row.name == "Mine"]

    world.services.provider_health._health.failed(mine.id, RateLimitError("Mine", retry_after=60))

    assert (await world.services.provider_health.paused(world.stranger)).keys() == {"Mine"}
    assert await world.services.provider_health.paused(world.owner) == {}
