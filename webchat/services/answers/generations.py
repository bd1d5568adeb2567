"""The generation hub: owns the task that writes each answer, whoever is or is not watching.

Closing a tab stops nothing; only Stop does. What is written reaches the database at least once a second
(`CHECKPOINT_INTERVAL`) and once more at the end, before readers are told that the answer has ended.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing, suppress
from itertools import count

import structlog

from webchat.providers.errors import ProviderError
from webchat.services.answers.live_answer import FLUSH_INTERVAL, LiveAnswer, Piece, Position
from webchat.services.answers.memory import give_back, keep_large_blocks_apart
from webchat.services.answers.records import AnswerRecords
from webchat.services.answers.run import Job, Run, end_attempt, ids, outcomes, snapshots, take
from webchat.storage.errors import DatabaseUnavailable, NotFound, StillAnswering, TextNotKept
from webchat.storage.types import GenerationStatus

log = structlog.get_logger(__name__)

CHECKPOINT_INTERVAL = 0.8
"""Seconds between two checkpoints of a running answer: at most a second of it is lost in a crash."""

CHECKPOINTS_A_SEARCH = 6
"""Rounds of checkpoints between two searches for answers that nobody writes, though the database says so."""

LARGE = 1024 * 1024
"""Characters of an answer from which on its memory is given back soon after its last reader has left."""

GRACE = 8.0
"""Seconds that running answers have to finish when the server stops: whoever runs it, such as Docker, often
kills it after ten."""

ANSWERS_AT_FULL_RATE = 40
"""Answers that may run at once before their readers get larger pieces, less often."""

SAVE_TRIES = 30
"""How often the end of an answer is tried to be saved by a server that stops, while the database refuses."""

AfterAnswer = Callable[[str, str], Awaitable[None]]
"""Takes the ids of the owner and of the conversation."""


class Generations:
    """Starts, stops and hands out running answers. It belongs to one event loop."""

    def __init__(self, records: AnswerRecords) -> None:
        self._records = records
        self._runs: dict[str, Run] = {}
        self._checkpointer: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._closed = False
        self._large_freed = False
        self.after_answer: AfterAnswer | None = None
        """Called when an answer is complete and saved, unless the server is stopping."""

    async def open(self) -> None:
        """Mark what a crash left running as interrupted and begin to write checkpoints."""
        self._closing = self._closed = False
        keep_large_blocks_apart()
        interrupted = await self._records.interrupt_running()
        if interrupted:
            log.warning("answers interrupted by the last stop", count=interrupted)
        self._checkpointer = asyncio.create_task(self._write_checkpoints())

    async def close(self, grace: float = GRACE) -> None:
        """Let running answers finish for `grace` seconds, then keep what they have as interrupted.

        So are those that begin meanwhile, and any that begin later are interrupted at once.
        """
        self._closing = True
        clock = asyncio.get_running_loop()
        end = clock.time() + grace
        while self._tasks and (left := end - clock.time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        self._closed = True
        while self._tasks:
            for run in self._runs.values():
                run.break_off()
            await asyncio.wait(self._tasks)
        if self._checkpointer is not None:
            self._checkpointer.cancel()
            await asyncio.gather(self._checkpointer, return_exceptions=True)
            self._checkpointer = None

    def start(self, job: Job) -> None:
        """Begin to write the answer; its rows are in the database already."""
        run = Run(job)
        self._runs[job.message_id] = run
        run.task = asyncio.create_task(self._write_answer(run), name=f"answer {job.message_id}")
        self._tasks.add(run.task)
        run.task.add_done_callback(self._tasks.discard)
        if self._closed:
            run.break_off()

    async def find(self, owner_id: str, message_id: str) -> LiveAnswer | None:
        """The answer while it is being written, or None if it is not, or is somebody else's."""
        return self._live(owner_id, message_id)

    async def follow(self, owner_id: str, message_id: str, position: Position) -> AsyncIterator[Piece] | None:
        """What an answer holds from `position` on, and then what comes; None as for `find`."""
        answer = self._live(owner_id, message_id)
        return None if answer is None else answer.follow(position, self.flush_interval)

    def _live(self, owner_id: str, message_id: str) -> LiveAnswer | None:
        run = self._runs.get(message_id)
        return run.answer if run is not None and run.job.owner_id == owner_id else None

    def running(self) -> Collection[str]:
        """The ids of the messages that are being written, always as of now."""
        return self._runs.keys()

    def flush_interval(self) -> float:
        """Seconds between two pieces to one reader: longer the more answers share the machine."""
        return FLUSH_INTERVAL * (1 + len(self._runs) // ANSWERS_AT_FULL_RATE)

    async def wait_for_first_text(self, owner_id: str, message_id: str, seconds: float) -> None:
        """Wait until an answer has its first words, has ended, or `seconds` have passed."""
        answer = self._live(owner_id, message_id)
        if answer is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(answer.begun(), seconds)

    async def stop(self, owner_id: str, message_id: str) -> bool:
        """End the answer, keeping what came; False if it is not being written. Returns when it is saved."""
        run = self._runs.get(message_id)
        if run is None or run.job.owner_id != owner_id:
            return False
        run.stopped_by_person = True
        run.break_off()
        await asyncio.wait([run.task])
        return True

    async def stop_conversation(self, owner_id: str, conversation_id: str) -> None:
        """End every answer of a conversation, keeping what came. Returns when they are saved."""
        running = [
            run.job.message_id for run in self._runs.values() if run.job.conversation_id == conversation_id
        ]
        await asyncio.gather(*(self.stop(owner_id, message_id) for message_id in running))

    async def _write_answer(self, run: Run) -> None:
        try:
            status = await self._read_provider(run)
        except asyncio.CancelledError:
            # Stop or shutdown; the task ends here either way, with what came kept.
            status = GenerationStatus.INTERRUPTED
        run.reading = False
        if status is GenerationStatus.INTERRUPTED and run.stopped_by_person:
            status = GenerationStatus.STOPPED
        try:
            end_attempt(run)
            await self._save(run, status)
        finally:
            if self._runs.get(run.job.message_id) is run:
                del self._runs[run.job.message_id]
            run.answer.end()
            if run.answer.size >= LARGE:
                # Not now: readers who are behind hold it longer.
                weakref.finalize(run.answer, self._note_large_freed)
        if status is GenerationStatus.COMPLETE and self.after_answer and not self._closing:
            try:
                await self.after_answer(run.job.owner_id, run.job.conversation_id)
            except StillAnswering:
                pass  # another answer of the conversation is being written: it is asked again after that one
            except Exception:
                log.exception("what waited for the end of an answer failed", message_id=run.job.message_id)

    async def _read_provider(self, run: Run) -> GenerationStatus:
        try:
            # Not to be cancelled: a cancelled database read costs its connection.
            answer = await run.job.ask()
            if not run.wanted:
                return GenerationStatus.INTERRUPTED
            run.reading = True
            async with aclosing(answer) as events:
                async for event in events:
                    take(run, event)
        except ProviderError as error:
            # Its traceback leads back to here: only the garbage collector would free the words.
            run.error = error.with_traceback(None)
        except Exception as error:
            log.exception("a provider failed in a way it does not declare", message_id=run.job.message_id)
            name = run.attempts[-1].provider if run.attempts else "The provider"
            run.error = ProviderError(name, f"{name} failed unexpectedly ({type(error).__name__})")
        return GenerationStatus.COMPLETE if run.error is None else GenerationStatus.ERROR

    async def _save(self, run: Run, status: GenerationStatus) -> None:
        # A full disk may have room again in an hour: until then the words are here, and can be read.
        for tries in count(1):
            try:
                await self._save_once(run, status)
            except NotFound:
                log.warning("an answer was removed while it was written", **ids(run))
                return
            except Exception:
                if tries == 1:
                    log.exception("an answer could not be saved yet", **ids(run))
                if self._closing and tries >= SAVE_TRIES:
                    log.error("an answer could not be saved", **ids(run))
                    return
                await asyncio.sleep(CHECKPOINT_INTERVAL)
            else:
                return

    async def _save_once(self, run: Run, status: GenerationStatus) -> None:
        """Write the end down: as it is, or without what the database refuses of it."""
        refused: Exception | None = None
        for outcome in outcomes(run, status):
            try:
                written = await self._records.finish(run.job.owner_id, run.job.generation_id, outcome)
            except (DatabaseUnavailable, NotFound):
                raise
            except TextNotKept:
                log.warning("checkpoints were incomplete; the whole answer is written", **ids(run))
            except Exception as error:
                refused = error
                log.exception("the end of an answer was refused; less of it is tried", **ids(run))
            else:
                if not written:
                    await self._find_ended(run)
                return
        assert refused is not None
        raise refused

    async def _find_ended(self, run: Run) -> None:
        """Somebody else has ended the answer: its words are kept all the same."""
        whole = await self._records.keep_longer(
            run.job.owner_id, run.job.generation_id, run.answer.text, run.answer.reasoning
        )
        log.error("an answer was ended by somebody else", words_kept=whole, **ids(run))

    async def _write_checkpoints(self) -> None:
        for rounds in count(1):
            await asyncio.sleep(CHECKPOINT_INTERVAL)
            try:
                await self._write_checkpoint()
                if rounds % CHECKPOINTS_A_SEARCH == 0:
                    await self._end_lost()
                    await self._tidy()
            except Exception:
                # The disk may be full for a moment: the answer goes on and the next round tries again.
                log.exception("a checkpoint could not be written")

    async def _write_checkpoint(self) -> None:
        grown = [(run, end) for run in self._runs.values() if (end := run.answer.position) != run.saved]
        if not grown:
            return
        await self._records.checkpoint(snapshot for run, end in grown for snapshot in snapshots(run, end))
        for run, end in grown:
            run.saved = end

    def _note_large_freed(self) -> None:
        self._large_freed = True

    async def _tidy(self) -> None:
        if self._large_freed:
            self._large_freed = False
            await asyncio.to_thread(give_back)

    async def _end_lost(self) -> None:
        """End answers that the database takes for running though nobody writes them.

        No way is known by which there could be one; but a person could not get past it.
        """
        if lost := await self._records.interrupt_running(self.running()):
            log.error("answers that nobody wrote were interrupted", count=lost)
