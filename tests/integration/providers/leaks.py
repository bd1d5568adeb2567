"""Nothing may be left behind: tasks, sockets, files."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator

from tests.upstreams.http_server import Server


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def until_quiet(server: Server) -> None:
    """Wait until the server has seen every connection end, and every task but this one is done."""
    async with asyncio.timeout(20):
        for connection in list(server.connections):
            await connection.gone.wait()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*others, return_exceptions=True)


@contextlib.asynccontextmanager
async def nothing_left(server: Server) -> AsyncIterator[None]:
    """Check that what happens in the block leaves no task, socket or file open."""
    tasks = asyncio.all_tasks()
    gc.collect()
    files = open_files()
    yield
    left = {task for task in asyncio.all_tasks() - tasks if not _ends_by_itself(task)}
    assert not left, left
    await until_quiet(server)
    gc.collect()
    assert open_files() <= files
    assert not server.connections


def _ends_by_itself(task: asyncio.Task[object]) -> bool:
    """Whether it is the server's, or what the loop does with a generator that nobody reads any more."""
    work = repr(task.get_coro())
    return "Reply._run" in work or "async_generator_athrow" in work
