"""A person's own figures."""

from __future__ import annotations

import pytest

from tests.integration.services.scripted import Scripted
from tests.integration.services.world import World
from webchat.messages import Finish, FinishReason, TextDelta, Usage
from webchat.services.errors import ParameterInvalid
from webchat.services.usage import Price
from webchat.storage.types import utc_now

END = Finish(FinishReason.STOP, "stop")


async def test_answers_and_tokens_are_summed_by_month_and_model(world: World) -> None:
    await world.add_provider("Counting", ["big"], Scripted(TextDelta("x"), Usage(1_000, 500), END))
    for _ in range(3):
        await world.asked(model="Counting:big")
    await world.asked(model="Fake:m")
    await world.services.usage.set_price(world.owner, "Counting:big", "2", "10,5")

    counted, plain = await world.services.usage.lines(world.owner)

    assert counted.model_id == "Counting:big"
    assert counted.month.month == f"{utc_now():%Y-%m}"
    assert (counted.month.answers, counted.month.input_tokens, counted.month.output_tokens) == (
        3,
        3_000,
        1_500,
    )
    assert counted.cost == pytest.approx(0.006 + 0.01575)
    assert (plain.model_id, plain.month.answers, plain.month.input_tokens, plain.cost) == (
        "Fake:m",
        1,
        None,
        None,
    )
    assert await world.services.usage.lines(world.stranger) == []
    assert await world.services.usage.prices(world.stranger) == {}


async def test_a_price_can_be_changed_and_removed(world: World) -> None:
    usage = world.services.usage
    await usage.set_price(world.owner, "A:one", "1", "")
    assert await usage.prices(world.owner) == {"A:one": Price(1.0, 0.0)}
    await usage.set_price(world.owner, "A:one", " ", "")
    assert await usage.prices(world.owner) == {}


@pytest.mark.parametrize("price", ["-1", "nan", "inf", "a", "1e9", None, 7, ["1"]])
async def test_a_price_that_is_none_is_refused(world: World, price: object) -> None:
    with pytest.raises(ParameterInvalid):
        await world.services.usage.set_price(world.owner, "A:one", price, "1")
    with pytest.raises(ParameterInvalid):
        await world.services.usage.set_price(world.owner, "A:one", "1", price)
    assert await world.services.usage.prices(world.owner) == {}
