"""Reads an asynchronous iterator one item ahead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")


async def one_ahead(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """The same items; each is prepared while the one before it is used."""

    async def read() -> T | None:
        return await anext(items, None)

    following = asyncio.create_task(read())
    try:
        while (item := await following) is not None:
            following = asyncio.create_task(read())
            yield item
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await items.aclose()
