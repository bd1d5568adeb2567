"""The generation hub: owns the task that writes each answer, whoever is or is not watching.

Closing a tab stops nothing; only Stop does. What is written reaches the database at least once a second
(`CHECKPOINT_INTERVAL`) and once more at the end, before readers are told that the answer has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from itertools import count

import structlog

from webchat.messages import Finish, FinishReason, ReasoningDelta, TextDelta, Usage
from webchat.providers.errors import ProviderError
from webchat.providers.failover import (
    AskEvent,
    AttemptBegan,
    AttemptFailed,
    LeftOut,
    NoneAnswered,
    WaitsForModel,
)
from webchat.services.answer_records import AnswerRecords, Outcome, Tried
from webchat.services.live_answer import FLUSH_INTERVAL, LiveAnswer
from webchat.storage.errors import DatabaseUnavailable, StillAnswering, StorageError
from webchat.storage.queries.maintenance import Snapshot
from webchat.storage.types import GenerationStatus, utc_now

log = structlog.get_logger(__name__)

CHECKPOINT_INTERVAL = 0.8
"""Seconds between two checkpoints of a running answer: at most a second of it is lost in a crash."""

GRACE = 8.0
"""Seconds that running answers have to finish when the server stops: whoever runs it, such as Docker, often
kills it after ten."""

ANSWERS_AT_FULL_RATE = 40
"""Answers that may run at once before their readers get larger pieces, less often."""

SAVE_TRIES = 30
"""How often the end of an answer is tried to be saved by a server that stops, while the database refuses."""

AfterAnswer = Callable[[str, str], Awaitable[None]]
"""Takes the ids of the owner and of the conversation."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one generation is to do: write down what comes of `ask()`, below the text there is already."""

    owner_id: str
    conversation_id: str
    message_id: str
    generation_id: str
    ask: Callable[[], Awaitable[AsyncGenerator[AskEvent]]]
    text: str = ""
    reasoning: str = ""


@dataclass(slots=True)
class _Run:
    job: Job
    answer: LiveAnswer = field(init=False)
    task: asyncio.Task[None] = field(init=False)
    stopped_by_person: bool = False
    wanted: bool = True
    reading: bool = False
    saved: int = 0
    attempts: list[Tried] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    left_out: int = 0
    finish: Finish | None = None
    error: ProviderError | None = None

    def __post_init__(self) -> None:
        self.answer = LiveAnswer(self.job.text, self.job.reasoning)
        self.saved = self.size

    def break_off(self) -> None:
        """Read the provider no further.

        The task is cancelled once and only while it reads: closing the connection and saving go through, and
        a task that has not begun must still begin, or nobody would write down that the answer has ended.
        """
        self.wanted = False
        if self.reading:
            self.reading = False
            self.task.cancel()

    @property
    def size(self) -> int:
        return self.answer.position.text + self.answer.position.reasoning


class Generations:
    """Starts, stops and hands out running answers. It belongs to one event loop."""

    def __init__(self, records: AnswerRecords) -> None:
        self._records = records
        self._runs: dict[str, _Run] = {}
        self._checkpointer: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._closed = False
        self.after_answer: AfterAnswer | None = None
        """Called when an answer is complete and saved, unless the server is stopping."""

    async def open(self) -> None:
        """Mark what a crash left running as interrupted and begin to write checkpoints."""
        self._closing = self._closed = False
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
        run = _Run(job)
        self._runs[job.message_id] = run
        run.task = asyncio.create_task(self._write_answer(run), name=f"answer {job.message_id}")
        self._tasks.add(run.task)
        run.task.add_done_callback(self._tasks.discard)
        if self._closed:
            run.break_off()

    def live(self, owner_id: str, message_id: str) -> LiveAnswer | None:
        """The answer while it is being written, or None if it is not, or is somebody else's."""
        run = self._runs.get(message_id)
        return run.answer if run is not None and run.job.owner_id == owner_id else None

    def flush_interval(self) -> float:
        """Seconds between two pieces to one reader: longer the more answers share the machine."""
        return FLUSH_INTERVAL * (1 + len(self._runs) // ANSWERS_AT_FULL_RATE)

    async def first_words(self, owner_id: str, message_id: str, seconds: float) -> None:
        """Wait until an answer has its first words, has ended, or `seconds` have passed."""
        answer = self.live(owner_id, message_id)
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

    async def _write_answer(self, run: _Run) -> None:
        try:
            status = await self._read_provider(run)
        except asyncio.CancelledError:
            # Stop or shutdown; the task ends here either way, with what came kept.
            status = GenerationStatus.INTERRUPTED
        run.reading = False
        if status is GenerationStatus.INTERRUPTED and run.stopped_by_person:
            status = GenerationStatus.STOPPED
        try:
            await self._save(run, status)
        finally:
            del self._runs[run.job.message_id]
            run.answer.end()
        if status is GenerationStatus.COMPLETE and self.after_answer and not self._closing:
            try:
                await self.after_answer(run.job.owner_id, run.job.conversation_id)
            except StillAnswering:
                pass  # another answer of the conversation is being written: it is asked again after that one
            except Exception:
                log.exception("what waited for the end of an answer failed", message_id=run.job.message_id)

    async def _read_provider(self, run: _Run) -> GenerationStatus:
        try:
            # Not to be cancelled: a cancelled database read costs its connection.
            answer = await run.job.ask()
            if not run.wanted:
                return GenerationStatus.INTERRUPTED
            run.reading = True
            async with aclosing(answer) as events:
                async for event in events:
                    _take(run, event)
        except ProviderError as error:
            run.error = error
        except Exception as error:
            log.exception("a provider failed in a way it does not declare", message_id=run.job.message_id)
            name = run.attempts[-1].provider if run.attempts else "The provider"
            run.error = ProviderError(
                name, f"{name} failed unexpectedly ({type(error).__name__})", partial_text=run.answer.text
            )
        finally:
            # One that ended earlier has its own error: the answer was stopped while it waited for a retry.
            if run.attempts and run.attempts[-1].ended_at is None:
                last = run.attempts[-1]
                last.ended_at = utc_now()
                last.error = _own_error(run.error)
        return GenerationStatus.COMPLETE if run.error is None else GenerationStatus.ERROR

    async def _save(self, run: _Run, status: GenerationStatus) -> None:
        outcome = Outcome(
            status=status,
            text=run.answer.text,
            reasoning=run.answer.reasoning,
            attempts=run.attempts,
            usage=run.usage,
            left_out=run.left_out,
            finish=Finish(FinishReason.ERROR) if status is GenerationStatus.ERROR else run.finish,
            error=run.error,
        )
        # A full disk may have room again in an hour: until then the words are here, and can be read.
        for tries in count(1):
            try:
                await self._records.finish(run.job.owner_id, run.job.generation_id, outcome)
            except DatabaseUnavailable:
                if tries == 1:
                    log.exception("an answer could not be saved yet", message_id=run.job.message_id)
                if self._closing and tries >= SAVE_TRIES:
                    log.error("an answer could not be saved", message_id=run.job.message_id)
                    return
                await asyncio.sleep(CHECKPOINT_INTERVAL)
            except StorageError:
                log.exception("an answer cannot be saved", message_id=run.job.message_id)
                return
            else:
                return

    async def _write_checkpoints(self) -> None:
        while True:
            await asyncio.sleep(CHECKPOINT_INTERVAL)
            grown = [run for run in self._runs.values() if run.size > run.saved]
            if not grown:
                continue
            sizes = [(run, run.size) for run in grown]
            try:
                await self._records.checkpoint(
                    Snapshot(run.job.owner_id, run.job.message_id, run.answer.text, run.answer.reasoning)
                    for run in grown
                )
            except Exception:
                # The disk may be full for a moment: the answer goes on and the next round tries again.
                log.exception("a checkpoint could not be written")
            else:
                for run, size in sizes:
                    run.saved = size


def _take(run: _Run, event: AskEvent) -> None:
    match event:
        case TextDelta(text):
            _note_first_text(run)
            run.answer.add_text(text)
        case ReasoningDelta(text):
            _note_first_text(run)
            run.answer.add_reasoning(text)
        case Usage():
            run.usage = event
        case Finish():
            run.finish = event
        case WaitsForModel(provider):
            run.answer.tell(f"{provider} is loading the model…")
        case LeftOut(_, count):
            run.left_out = count
        case AttemptBegan(provider, model):
            run.left_out = 0
            if run.attempts:
                run.answer.tell(f"{_failed_names(run)} did not answer; asking {provider}…")
            run.attempts.append(Tried(provider, model))
        case AttemptFailed(error, wait):
            last = run.attempts[-1]
            last.error, last.ended_at = error, utc_now()
            if wait >= 1:
                run.answer.tell(f"{last.provider} asks to wait; trying again in {wait:.0f} s…")


def _note_first_text(run: _Run) -> None:
    if run.attempts[-1].first_text_at is None:
        run.attempts[-1].first_text_at = utc_now()
        run.answer.tell("")


def _failed_names(run: _Run) -> str:
    return ", ".join(dict.fromkeys(tried.provider for tried in run.attempts))


def _own_error(error: ProviderError | None) -> ProviderError | None:
    """What the last attempt itself failed with, where the error sums up several."""
    return error.errors[-1] if isinstance(error, NoneAnswered) else error
