"""The generation hub: owns the task that writes each answer, whether or not anyone is watching.

Closing a tab does not stop an answer; only Stop does. New text is saved to the database at least once a
second (`CHECKPOINT_INTERVAL`) and once more at the end, before readers learn that the answer has ended.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing, suppress
from itertools import count

import structlog
from structlog.contextvars import bind_contextvars

from webchat.providers.errors import ProviderError
from webchat.services.answers.live_answer import FLUSH_INTERVAL, LiveAnswer, Piece, Position
from webchat.services.answers.memory import give_back, keep_large_blocks_apart
from webchat.services.answers.records import AnswerRecords
from webchat.services.answers.run import (
    Job,
    Run,
    end_attempt,
    end_text,
    ids,
    outcomes,
    snapshots,
    take,
    thought_of,
)
from webchat.storage.errors import DatabaseUnavailable, NotFound, StillAnswering, TextNotKept
from webchat.storage.types import GenerationStatus

log = structlog.get_logger(__name__)

CHECKPOINT_INTERVAL = 0.8
"""Seconds between checkpoints of a running answer, so that a crash loses at most a second of text."""

CHECKPOINTS_A_SEARCH = 6
"""Checkpoint rounds between searches for answers that the database wrongly lists as running."""

ANNOUNCED_AFTER = 0.5
"""Seconds after which other pages are told of a running answer, so that it comes after the first text."""

LARGE = 1024 * 1024
"""Length of an answer, in characters, above which its memory is freed soon after its last reader leaves."""

GRACE = 8.0
"""Seconds that running answers get to finish when the server stops. Docker, for example, kills it after
ten."""

ANSWERS_AT_FULL_RATE = 40
"""Number of concurrent answers above which readers get larger pieces less often."""

SAVE_TRIES = 30
"""Attempts to save the end of an answer during shutdown if the database refuses."""

AfterAnswer = Callable[[str, str], Awaitable[None]]
"""Called with the ids of the owner and the conversation."""

OnPicture = Callable[[str, str, bytes], Awaitable[None]]
"""Called with the ids of the owner and the message, and the picture."""


async def _no_picture(owner_id: str, message_id: str, data: bytes) -> None:
    """Drop a picture, where nobody keeps any."""


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
        """Called when an answer is complete and saved, unless the server is stopping.

        Of compared answers, also when another one has ended after it in any other way.
        """
        self.on_picture: OnPicture = _no_picture
        """Saves a picture of an answer."""
        self.on_running_changed: Callable[[str], None] = lambda owner_id: None
        """Called with the owner of an answer that has been running for `ANNOUNCED_AFTER`, and at its end."""
        self.on_ended: Callable[[Run, GenerationStatus], None] = lambda run, status: None
        """Called with every answer that has ended and how, once its end is saved."""

    async def open(self) -> None:
        """Mark answers left running by a crash as interrupted, and start writing checkpoints."""
        self._closing = self._closed = False
        keep_large_blocks_apart()
        interrupted = await self._records.interrupt_running()
        if interrupted:
            log.warning("answers interrupted by the last stop", count=interrupted)
        self._checkpointer = asyncio.create_task(self._write_checkpoints())

    async def close(self, grace: float = GRACE) -> None:
        """Give running answers `grace` seconds to finish, then save what they have as interrupted.

        The same applies to answers that start in the meantime. Later ones are interrupted at once.
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
        """Start writing the answer. Its rows already exist in the database."""
        run = Run(job)
        self._runs[job.message_id] = run
        run.task = asyncio.create_task(self._write_answer(run), name=f"answer {job.message_id}")
        self._tasks.add(run.task)
        run.task.add_done_callback(self._tasks.discard)
        run.announcement = asyncio.get_running_loop().call_later(
            ANNOUNCED_AFTER, self.on_running_changed, job.owner_id
        )
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
        """The ids of the messages being written right now."""
        return self._runs.keys()

    def readers(self) -> int:
        """The number of readers that follow an answer right now."""
        return sum(run.answer.readers for run in self._runs.values())

    def flush_interval(self) -> float:
        """Seconds between pieces sent to one reader; longer the more answers run at once."""
        return FLUSH_INTERVAL * (1 + len(self._runs) // ANSWERS_AT_FULL_RATE)

    async def wait_for_first_text(self, owner_id: str, message_id: str, seconds: float) -> None:
        """Wait until an answer has its first words, has ended, or `seconds` have passed."""
        answer = self._live(owner_id, message_id)
        if answer is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(answer.begun(), seconds)

    async def stop(self, owner_id: str, message_id: str) -> bool:
        """Stop the answer and save what arrived; False if it is not running. Returns once it is saved."""
        run = self._runs.get(message_id)
        if run is None or run.job.owner_id != owner_id:
            return False
        run.stopped_by_person = True
        run.break_off()
        await asyncio.wait([run.task])
        return True

    async def stop_conversation(self, owner_id: str, conversation_id: str) -> None:
        """Stop every answer of a conversation and save what arrived. Returns once they are saved."""
        running = [
            run.job.message_id for run in self._runs.values() if run.job.conversation_id == conversation_id
        ]
        await asyncio.gather(*(self.stop(owner_id, message_id) for message_id in running))

    async def running_conversations(self, owner_id: str) -> frozenset[str]:
        """The owner's conversations in which an answer is being written."""
        return frozenset(
            run.job.conversation_id for run in self._runs.values() if run.job.owner_id == owner_id
        )

    async def _write_answer(self, run: Run) -> None:
        # Also shown with an error, so that the host finds what was logged.
        bind_contextvars(request_id=run.job.generation_id)
        try:
            status = await self._read_provider(run)
        except asyncio.CancelledError:
            # Stop or shutdown. Either way the task ends here, and what arrived is saved.
            status = GenerationStatus.INTERRUPTED
        run.reading = False
        if status is GenerationStatus.INTERRUPTED and run.stopped_by_person:
            status = GenerationStatus.STOPPED
        try:
            end_text(run)
            end_attempt(run)
            await self._save_pictures(run)
            await self._save(run, status)
        finally:
            if self._runs.get(run.job.message_id) is run:
                del self._runs[run.job.message_id]
            run.announcement.cancel()
            self.on_running_changed(run.job.owner_id)
            run.answer.end()
            if run.answer.size >= LARGE:
                # Not immediately: readers that are behind still hold it.
                weakref.finalize(run.answer, self._note_large_freed)
        self._note_end(run, status)
        if self.after_answer and not self._closing:
            await self._go_on(run, status, self.after_answer)

    async def _go_on(self, run: Run, status: GenerationStatus, after_answer: AfterAnswer) -> None:
        owner_id, message_id = run.job.owner_id, run.job.message_id
        try:
            if status is GenerationStatus.COMPLETE or await self._records.is_beside_complete(
                owner_id, message_id
            ):
                await after_answer(owner_id, run.job.conversation_id)
        except StillAnswering:
            pass  # another answer of the conversation is running; this is tried again after it
        except Exception:
            log.exception("a task waiting for the end of an answer failed", message_id=message_id)

    def _note_end(self, run: Run, status: GenerationStatus) -> None:
        if status is GenerationStatus.ERROR and run.error is not None:
            tried = [f"{each.kind} {each.error.code}" for each in run.attempts if each.error is not None]
            log.warning("an answer failed", error=run.error.code, attempts=", ".join(tried))
        self.on_ended(run, status)

    async def _read_provider(self, run: Run) -> GenerationStatus:
        try:
            # Must not be cancelled: a provider that was just built would not be closed.
            answer = await run.job.ask()
            if not run.wanted:
                return GenerationStatus.INTERRUPTED
            run.reading = True
            async with aclosing(answer) as events:
                async for event in events:
                    take(run, event)
        except ProviderError as error:
            # Its traceback refers back to here, so only the garbage collector would free the text.
            run.error = error.with_traceback(None)
        except Exception as error:
            log.exception("a provider raised an undeclared exception", message_id=run.job.message_id)
            name = run.attempts[-1].provider if run.attempts else "The provider"
            run.error = ProviderError(name, "unexpected", exception=type(error).__name__)
        return GenerationStatus.COMPLETE if run.error is None else GenerationStatus.ERROR

    async def _save(self, run: Run, status: GenerationStatus) -> None:
        # A full disk may have space again later. Until then the text stays in memory and can be read.
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

    async def _save_pictures(self, run: Run) -> None:
        """Save the pictures that have come. One that cannot be saved is logged, and the text is kept."""
        async with run.saving:
            waiting, run.pictures = run.pictures, []
            for picture in waiting:
                try:
                    await self.on_picture(run.job.owner_id, run.job.message_id, picture.data)
                except Exception:
                    log.exception("a picture of an answer could not be saved", **ids(run))

    async def _save_once(self, run: Run, status: GenerationStatus) -> None:
        """Save the end of an answer, if necessary without the parts that the database refuses."""
        refused: Exception | None = None
        for outcome in outcomes(run, status):
            try:
                written = await self._records.finish(run.job.owner_id, run.job.generation_id, outcome)
            except (DatabaseUnavailable, NotFound):
                raise
            except TextNotKept:
                log.warning("checkpoints were incomplete; writing the whole answer", **ids(run))
            except Exception as error:
                refused = error
                log.exception("the end of an answer was refused; retrying with less", **ids(run))
            else:
                if not written:
                    await self._find_ended(run)
                return
        assert refused is not None
        raise refused

    async def _find_ended(self, run: Run) -> None:
        """The answer was already ended elsewhere; save its text anyway."""
        whole = await self._records.keep_longer(
            run.job.owner_id, run.job.generation_id, run.answer.text, run.answer.reasoning
        )
        log.error("an answer was already ended elsewhere", words_kept=whole, **ids(run))

    async def _write_checkpoints(self) -> None:
        for rounds in count(1):
            await asyncio.sleep(CHECKPOINT_INTERVAL)
            try:
                await self._write_checkpoint()
                if rounds % CHECKPOINTS_A_SEARCH == 0:
                    await self._end_lost()
                    await self._tidy()
            except Exception:
                # The disk may be temporarily full. The answer continues and the next round tries again.
                log.exception("a checkpoint could not be written")

    async def _write_checkpoint(self) -> None:
        for run in [each for each in self._runs.values() if each.pictures]:
            await self._save_pictures(run)
        grown = [(run, end) for run in self._runs.values() if (end := run.answer.position) != run.saved]
        if not grown:
            return
        thoughts = [(run, thought) for run, _ in grown if (thought := thought_of(run))]
        await self._records.checkpoint(
            (snapshot for run, end in grown for snapshot in snapshots(run, end)),
            [thought for _, thought in thoughts],
        )
        for run, end in grown:
            run.saved = end
        for run, _ in thoughts:
            run.thought_saved = True

    def _note_large_freed(self) -> None:
        self._large_freed = True

    async def _tidy(self) -> None:
        if self._large_freed:
            self._large_freed = False
            await asyncio.to_thread(give_back)

    async def _end_lost(self) -> None:
        """End answers that the database lists as running although no task writes them.

        This should never happen, but it would block the conversation for good.
        """
        if lost := await self._records.interrupt_running(self.running()):
            log.error("abandoned answers were marked interrupted", count=lost)
