"""Ten thousand payloads for each event handler (S2): `uv run python -m tests.benchmarks.event_payloads`.

A stranger calls every handler with random values, most of which have the declared types, and half of which
are ids of somebody else's things. Prints a row for each handler. One that raises an error, changes a row of
the owner or tells the stranger a text of theirs is marked, and the exit code is 1.

Fewer: `--payloads 500`; only some: `FoldersState ChatState.send_message`; shared by two processes:
`--part 1/2` and `--part 2/2`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import reflex as rx
from reflex_base.registry import RegistrationContext

from tests.integration.services.world import World
from tests.integration.state.page import Page, opened_page, serving
from tests.integration.state.possessions import SECRET, everything, rows_of
from tests.integration.state.test_s2_payloads import FIELDS, OURS, TEXTS, arguments
from webchat.services.accounts import Person
from webchat.state.incoming import EventRefused, read_event
from webchat.storage.migrations import upgrade
from webchat.storage.sqlite import sqlite_url

ROWS_EVERY = 50
"""Payloads after which the owner's rows are compared."""
LONG = ["x" * 3_000, "x" * 300_000]


class Payloads:
    """Random payloads, the same ones for the same seed.

    Args:
        pool: ids of the owner and of the stranger.
    """

    def __init__(self, seed: str, pool: list[str]) -> None:
        self._random = random.Random(seed)
        self._pool = pool

    def of(self, hints: dict[str, Any]) -> Any:
        """Arguments of these types, at times of others, too few, too many or none at all."""
        payload: Any = {name: self._fitting(hint) for name, hint in hints.items()}
        if not hints and self._random.random() > 0.01:  # the one that such a handler takes is soon tried
            return self._form() if self._random.random() < 0.5 else self._anything(3)
        match self._random.randrange(20):
            case 0 if payload:
                payload.pop(self._random.choice(list(payload)))
            case 1:
                payload[self._random.choice(FIELDS)] = self._anything(2)
            case 2:
                payload = self._anything(3)
        return payload

    def _fitting(self, hint: Any) -> Any:
        by_type: dict[Any, Callable[[], Any]] = {
            str: self._text,
            bool: lambda: self._random.random() < 0.5,
            str | None: lambda: self._random.choice([None, self._text()]),
            list[str]: self._texts,
            list[str] | None: lambda: self._random.choice([None, self._texts()]),
            dict[str, Any]: self._form,
        }
        # Wrong types are refused before the handler, so most have the right one.
        return self._anything(3) if self._random.random() < 0.2 else by_type[hint]()

    def _text(self) -> str:
        match self._random.randrange(8):
            case 0 | 1 | 2 | 3:
                return self._random.choice(self._pool)
            case 4 | 5 | 6:
                return self._random.choice(TEXTS)
            case _:
                return "".join(chr(self._random.randrange(0x3000)) for _ in range(self._random.randrange(40)))

    def _texts(self) -> list[str]:
        return [self._text() for _ in range(self._random.randrange(6))]

    def _form(self) -> dict[str, Any]:
        fields = self._random.sample(FIELDS, self._random.randrange(7))
        return {name: self._anything(1) if self._random.random() < 0.3 else self._text() for name in fields}

    def _anything(self, depth: int) -> Any:
        match self._random.randrange(8 if depth else 6):
            case 0:
                return self._random.choice([None, True, False])
            case 1:
                return self._random.choice([0, -1, 7, 2**31, 2**63, -(2**70)])
            case 2:
                return self._random.choice([0.5, -1e308, 1e-300])
            case 3 | 4:
                return self._text()
            case 5:
                return self._random.choice(LONG)
            case 6:
                return [self._anything(depth - 1) for _ in range(self._random.randrange(4))]
            case _:
                return {
                    self._text()[:300]: self._anything(depth - 1) for _ in range(self._random.randrange(4))
                }


@dataclass
class Tried:
    """What became of the payloads of one handler."""

    handler: str
    payloads: int = 0
    accepted: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"| {self.handler} | {self.payloads} | {self.accepted} | {self.seconds:.1f} |"


class Reached(Exception):
    """A payload did what none may do."""


async def try_handler(state: type[rx.State], name: str, count: int) -> Tried:
    """Send a handler that many payloads, in a new database.

    Raises:
        Reached: one failed, changed what the owner has or showed it.
    """
    tried = Tried(f"{state.__name__}.{name}")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(upgrade, sqlite_url(Path(folder) / "webchat.db"))
        world = World(Path(folder))
        await world.open()
        ids = await everything(world)
        own = {row[0] for rows in rows_of(world, world.stranger).values() for row in rows}
        pool = [*ids.all.values(), *sorted(each for each in own if isinstance(each, str))]
        before = rows_of(world, world.owner)
        path = f"/c/{ids.conversation}?message={ids.answer}"
        with serving(world):
            async with opened_page(Person(world.stranger)) as page:
                for payload in _payloads(state, name, pool, count):
                    tried.payloads += 1
                    if await _sent(page, state, name, path, payload):
                        tried.accepted += 1
                    if tried.payloads % ROWS_EVERY == 0 and rows_of(world, world.owner) != before:
                        raise Reached(f"{tried.handler}: the owner's rows changed before {payload!r:.2000}")
        if rows_of(world, world.owner) != before:
            raise Reached(f"{tried.handler}: the owner's rows changed")
        await world.close()
    tried.seconds = time.perf_counter() - began
    return tried


def _payloads(state: type[rx.State], name: str, pool: list[str], count: int) -> Iterator[Any]:
    types = state.event_handlers[name]._get_type_hints()
    hints = {each: types[each] for each in arguments(state, name)}
    payloads = Payloads(f"{state.__name__}.{name}", pool)
    return (payloads.of(hints) for _ in range(count))


async def _sent(page: Page, state: type[rx.State], name: str, path: str, payload: Any) -> bool:
    """Send one payload as the websocket would; returns whether it reached the handler."""
    event = {"name": f"{state.get_full_name()}.{name}", "payload": payload}
    try:
        incoming = read_event(event, RegistrationContext.get().event_handlers)
    except EventRefused:
        return False
    await page.do(state.event_handlers[name], path, **incoming.payload)
    if page.failures:
        raise Reached(f"{state.__name__}.{name} failed at {payload!r:.2000}") from page.failures[0]
    if SECRET in str(page.sent):
        raise Reached(f"{state.__name__}.{name} showed the owner's texts after {payload!r:.2000}")
    page.sent.clear()
    return True


async def run(count: int, only: list[str], part: int, parts: int) -> int:
    """Try the handlers of one part; the exit code says whether all withstood."""
    wanted = [
        (state, name)
        for state, name in OURS[part - 1 :: parts]
        if not only or {state.__name__, f"{state.__name__}.{name}"} & set(only)
    ]
    sys.stdout.write("| handler | payloads | reached it | seconds |\n|---|---:|---:|---:|\n")
    every: list[Tried] = []
    broken = 0
    for state, name in wanted:
        try:
            every.append(await try_handler(state, name, count))
        except Reached as found:
            broken += 1
            sys.stdout.write(f"✗ {found}: {found.__cause__!r}\n")
        else:
            sys.stdout.write(f"{every[-1]}\n")
        sys.stdout.flush()
    payloads, accepted = sum(each.payloads for each in every), sum(each.accepted for each in every)
    seconds = sum(each.seconds for each in every)
    sys.stdout.write(
        f"| {len(every)} handlers, {broken} broken | {payloads} | {accepted} | {seconds:.0f} |\n"
    )
    return 1 if broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*")
    parser.add_argument("--payloads", type=int, default=10_000)
    parser.add_argument("--part", default="1/1")
    given = parser.parse_args()
    part, parts = map(int, given.part.split("/"))
    return asyncio.run(run(given.payloads, given.only, part, parts))


if __name__ == "__main__":
    sys.exit(main())
