"""Turns documents into text in separate processes, so that no document can block the server or fill its
memory."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from webchat.errors import as_argument
from webchat.services.errors import FileUnread
from webchat.services.files.documents import worker
from webchat.services.files.documents.limits import MOST_TEXT
from webchat.services.files.tokens import text_tokens
from webchat.storage.blobs import BlobStore
from webchat.storage.engine import Database
from webchat.storage.queries import stored_files

SECONDS = 30.0
"""Time after which the process is killed."""
AT_ONCE = 2
"""Maximum processes; other documents wait for their turn."""
_COMMAND = (sys.executable, "-m", worker.__name__)
_FOLDER = Path(__file__).parents[3]
_LONGEST_LINE = 64 * 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a document. `problem` says why there is none, or not all of it."""

    text: bytes = b""
    problem: FileUnread | None = None


class Reading:
    """Reads documents in the background and saves their text.

    Args:
        seconds: how long a process may take.
    """

    def __init__(self, database: Database, store: BlobStore, seconds: float = SECONDS) -> None:
        self._database, self._store, self._seconds = database, store, seconds
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def open(self) -> None:
        """Continue with the documents that were still to be read."""
        async with self._database.read() as session:
            waiting = await stored_files.unread(session)
        for each in waiting:
            self.begin(each.hash, each.media_type)

    async def close(self) -> None:
        """Stop the processes."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def begin(self, hash: str, media_type: str) -> asyncio.Task[None]:
        """Read a document, unless it is being read. The task ends when it has been read."""
        if (task := self._tasks.get(hash)) is None:
            task = self._tasks[hash] = asyncio.create_task(self._read(hash, media_type), name=f"read {hash}")
            task.add_done_callback(lambda _: self._tasks.pop(hash, None))
        return task

    async def wait(self, hashes: Iterable[str], seconds: float) -> bool:
        """Wait until these documents have been read; False if that takes longer."""
        tasks = [self._tasks[hash] for hash in hashes if hash in self._tasks]
        if not tasks:
            return True
        return not (await asyncio.wait(tasks, timeout=seconds))[1]

    async def _read(self, hash: str, media_type: str) -> None:
        try:
            async with self._turns:
                found = await read_document(self._store.path(hash), media_type, self._seconds)
            state = "ready" if found.text else "failed"
            problem = None if found.problem is None else dict(as_argument(found.problem))
            await asyncio.to_thread(self._store.write_text, hash, found.text)
            async with self._database.write() as session:
                if await stored_files.get(session, hash) is None:  # it was removed in the meantime
                    await asyncio.to_thread(self._store.remove, hash)
                tokens = text_tokens(len(found.text))
                await stored_files.set_read(session, hash, state=state, tokens=tokens, problem=problem)
        except Exception:
            log.exception("a document could not be read; trying again at the next start")


async def read_document(path: Path, media_type: str, seconds: float = SECONDS) -> Text:
    """The text of a document, read in a separate process."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        str(path),
        media_type,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # libraries complain there about what strangers wrote
        cwd=_FOLDER,
        limit=_LONGEST_LINE,
        start_new_session=True,  # Ctrl-C is for the server, which stops the process
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            head = json.loads(await process.stdout.readuntil())
            text = await process.stdout.readexactly(min(head["bytes"], MOST_TEXT))
    except TimeoutError:
        return Text(problem=FileUnread("too_long"))
    except (EOFError, ValueError, asyncio.LimitOverrunError):
        return Text(problem=FileUnread("damaged"))
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
    reason = head["problem"]
    if not reason:
        return Text(text)
    return Text(text, FileUnread(reason, size=len(text)) if reason == "cut" else FileUnread(reason))
