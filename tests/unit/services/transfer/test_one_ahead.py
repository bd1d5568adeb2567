"""Reading an iterator one item ahead: order, errors, and an end in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from webchat.services.transfer.one_ahead import one_ahead


class Numbers:
    """Counts to three, and notes what it was asked for."""

    def __init__(self, failing: bool = False) -> None:
        self.failing = failing
        self.given: list[int] = []
        self.closed = False
        self.second = asyncio.Event()

    async def items(self) -> AsyncGenerator[int]:
        try:
            for number in (1, 2, 3):
                self.given.append(number)
                if number == 2:
                    self.second.set()
                yield number
            if self.failing:
                raise ValueError("broken")
        finally:
            self.closed = True


async def test_items_come_in_order() -> None:
    numbers = Numbers()

    assert [item async for item in one_ahead(numbers.items())] == [1, 2, 3]
    assert numbers.closed


async def test_the_next_item_is_prepared_meanwhile() -> None:
    numbers = Numbers()
    ahead = one_ahead(numbers.items())
    assert await anext(ahead) == 1
    await numbers.second.wait()
    assert numbers.given == [1, 2]
    await ahead.aclose()

    assert numbers.closed
    assert numbers.given == [1, 2]


async def test_an_error_comes_after_the_items_before_it() -> None:
    ahead = one_ahead(Numbers(failing=True).items())
    assert [await anext(ahead) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ValueError, match="broken"):
        await anext(ahead)
