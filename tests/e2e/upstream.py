"""The scripted upstream as the browser tests hold it by the hand."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

PROVIDER = "Loop"
"""The name under which the planted databases have it."""

HASTY = "Hasty"
"""The same service under another name, from which webchat wants the first text within a second."""


class Upstream:
    """`url` is the base URL of a running `tests.upstreams.openai`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._root = url.removesuffix("/v1")

    async def release(self, key: str = "hold") -> None:
        """Let the one request held under `key` go on, once it has come."""
        async with httpx.AsyncClient() as client:
            while True:
                answer = await client.post(f"{self._root}/control/release", params={"key": key})
                if answer.json()["released"]:
                    return
                await asyncio.sleep(0.01)

    async def requests(self) -> list[dict[str, Any]]:
        """What was asked for so far, oldest first."""
        async with httpx.AsyncClient() as client:
            found: list[dict[str, Any]] = (await client.get(f"{self._root}/control/requests")).json()
        return found

    async def closed_early(self, model: str) -> dict[str, Any]:
        """The last request for `model`, once webchat has closed it before its end."""
        while True:
            last = [seen for seen in await self.requests() if seen["model"] == model][-1]
            if last["closed_early"]:
                return last
            await asyncio.sleep(0.01)
