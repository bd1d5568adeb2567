"""Parses a file in a separate process, so that no file can block the server or fill its memory."""

from __future__ import annotations

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from webchat.services.errors import ImportProblem
from webchat.services.transfer.parsers import worker
from webchat.services.transfer.parsers.file_parser import Found, Unread
from webchat.services.transfer.parsers.frames import Frame
from webchat.services.transfer.parsers.tree import ImportedConversation
from webchat.services.transfer.parsers.worker import LENGTH

_COMMAND = (sys.executable, "-m", worker.__name__)
_FOLDER = Path(__file__).parents[3]
MOST_FRAME = 256 * 1024 * 1024
"""Bytes of the largest frame that is believed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some conversations of a file, of which `position` of `size` bytes were read."""

    position: int
    size: int
    found: list[Found]
    ignored: int = 0
    """Files of an archive that hold no conversations; known at the end."""


async def parse(path: Path) -> AsyncGenerator[Batch]:
    """The conversations in a file, a few at a time. Close it to stop early."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        str(path),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        cwd=_FOLDER,
        start_new_session=True,  # Ctrl-C is for the server, which stops the process
    )
    assert process.stdout is not None
    try:
        waiting: list[Found] = []
        while True:
            frame = await _frame(process.stdout)
            if frame is None:
                # The last conversation may be incomplete.
                yield Batch(1, 1, [*waiting[:-1], Unread.of(ImportProblem("ended"), is_conversation=False)])
                return
            if frame.more:
                last = waiting[-1]
                assert isinstance(last, ImportedConversation)
                last.messages += frame.more
                continue
            if waiting:
                yield Batch(frame.position, frame.size, waiting)
            waiting = frame.found
            if frame.is_last:
                yield Batch(frame.position, frame.size, waiting, frame.ignored)
                return
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _frame(output: asyncio.StreamReader) -> Frame | None:
    """The next frame; None if the process ended before."""
    try:
        (length,) = LENGTH.unpack(await output.readexactly(LENGTH.size))
        if length > MOST_FRAME:
            return None
        # The process is ours, as with Python's own multiprocessing.
        frame = pickle.loads(await output.readexactly(length))
    except (EOFError, pickle.UnpicklingError):
        return None
    return frame if isinstance(frame, Frame) else None
