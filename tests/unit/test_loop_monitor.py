"""The monitor that guards the event loop sees what holds it, and nothing else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from tests.loop_monitor import LIMIT, LoopMonitor
from webchat.services.sharing.secret_scan import hide

STEPS = int(LIMIT * 4e8)
"""More than any machine counts in `LIMIT`."""


def counting_in_python() -> Iterator[Any]:
    """No findings, after a while in which the interpreter changes threads as usual."""
    end = time.thread_time() + 4 * LIMIT
    while time.thread_time() < end:
        pass
    yield from ()


def counting_in_c() -> Iterator[Any]:
    """No findings, after a while in which no other thread can run."""
    for _ in range(3):
        sum(range(STEPS))
    yield from ()


def waiting_for_another_thread() -> Iterator[Any]:
    """No findings, after a while in which another thread computes and leaves the interpreter free."""

    def hashing() -> None:
        while time.thread_time() < 4 * LIMIT:
            sha256(bytes(1_000_000))

    thread = threading.Thread(target=hashing)
    thread.start()
    thread.join()
    yield from ()


def watched(work: Any) -> list[str]:
    monitor = LoopMonitor()
    with monitor.watching():
        asyncio.run(work)
    return monitor.problems


async def on_the_loop(work: Iterator[Any]) -> None:
    hide("", work)


async def in_a_thread(work: Iterator[Any]) -> None:
    await asyncio.to_thread(hide, "", work)


def test_work_on_the_loop_is_reported_with_its_stack() -> None:
    problem, *_ = watched(on_the_loop(counting_in_python()))

    assert "a callback held the event loop" in problem
    assert "in hide" in problem


def test_thread_that_blocks_python_is_reported_with_its_stack() -> None:
    problem, *_ = watched(in_a_thread(counting_in_c()))

    assert "the interpreter was held" in problem
    assert "in hide" in problem


def test_a_thread_that_shares_the_interpreter_is_not_reported() -> None:
    assert watched(in_a_thread(counting_in_python())) == []


def test_work_of_a_test_itself_is_not_reported() -> None:
    async def test_work() -> None:
        list(counting_in_python())

    assert watched(test_work()) == []


def test_waiting_is_not_reported() -> None:
    assert watched(asyncio.sleep(3 * LIMIT)) == []


def test_work_of_another_thread_is_not_taken_for_the_loops() -> None:
    assert watched(on_the_loop(waiting_for_another_thread())) == []
