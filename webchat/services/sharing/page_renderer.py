"""Renders the pages of share links in a separate process that can be killed.

The text comes from strangers and language models, and some of it takes a library minutes or gigabytes. The
process is started when a page is needed and stopped after a while, so that it costs nothing when idle.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from webchat.rendering import worker
from webchat.rendering.making import Order
from webchat.rendering.packed import CompressedPage
from webchat.services.errors import PageNotMade

SECONDS = 30.0
"""Time after which the process is killed and the page is rendered again as plain text."""
IDLE_SECONDS = 30.0
MOST_WAITING = 20
"""Maximum number of pending pages. They are rendered one at a time."""
_COMMAND = (sys.executable, "-m", worker.__name__)
_FOLDER = Path(__file__).parents[3]
_LONGEST_LINE = 64 * 1024
_log = structlog.get_logger(__name__)


class _GivenUp(Exception):
    """The process did not deliver a result."""


class PageRenderer:
    """Runs at most one process, which renders one page at a time."""

    def __init__(
        self,
        command: Sequence[str] = _COMMAND,
        seconds: float = SECONDS,
        idle_seconds: float = IDLE_SECONDS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._command, self._seconds = command, seconds
        self._idle_seconds, self._most_waiting = idle_seconds, most_waiting
        self._turn = asyncio.Lock()
        self._ordered = 0
        self._closed = False
        self._process: Process | None = None
        self._rest: asyncio.TimerHandle | None = None

    @property
    def process_id(self) -> int | None:
        """The current process."""
        return None if self._process is None else self._process.pid

    async def render(self, order: Order, snapshot: str = "") -> CompressedPage:
        """Render an order; `snapshot` is the stored copy.

        Raises:
            PageNotMade: too many pages are pending, or even plain text could not be rendered.
        """
        if self._ordered >= self._most_waiting:
            raise PageNotMade
        self._ordered += 1
        try:
            async with self._turn:
                if self._closed:
                    raise PageNotMade
                return await self._render(order, snapshot)
        finally:
            self._ordered -= 1

    async def close(self) -> None:
        """Stop the process for good."""
        self._closed = True
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
        async with self._turn:  # what it was rendering is abandoned
            await self._end()

    async def _end(self) -> None:
        self._stay()
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()

    async def _render(self, order: Order, snapshot: str) -> CompressedPage:
        try:
            return await self._ask(order, snapshot)
        except _GivenUp as problem:
            _log.warning("rendering a share page was abandoned", kind=order.kind, problem=str(problem))
        try:
            return await self._ask(replace(order, plain=True), snapshot)
        except _GivenUp as problem:
            raise PageNotMade from problem

    async def _ask(self, order: Order, snapshot: str) -> CompressedPage:
        self._stay()
        done = False
        try:
            async with asyncio.timeout(self._seconds):
                made = await self._exchange(worker.request(order, snapshot))
            done = True
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as problem:
            raise _GivenUp(f"{type(problem).__name__}: {problem}") from problem
        finally:
            if done:
                self._rest = asyncio.get_running_loop().call_later(self._idle_seconds, self._leave)
            else:  # It may be in the middle of something.
                await self._end()
        if isinstance(made, str):
            raise _GivenUp(made)
        return made

    async def _exchange(self, request: bytes) -> CompressedPage | str:
        """Read the reply of the process: the result or the error."""
        process = self._process
        if process is None:
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                cwd=_FOLDER,
                limit=_LONGEST_LINE,
                start_new_session=True,  # Ctrl-C is for the server, which stops the process
            )
        if self._closed:
            raise _GivenUp("the server is stopping")
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request)
        await process.stdin.drain()
        head: dict[str, Any] = json.loads(await process.stdout.readuntil())
        body = await process.stdout.readexactly(head["bytes"])
        return head["problem"] if "problem" in head else CompressedPage(body, head["crc"], head["size"])

    def _stay(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _leave(self) -> None:
        """Let the process exit, which it does at the end of its input."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
