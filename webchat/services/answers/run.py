"""One running answer: its job, its results, and the ways its end can be saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from webchat.messages import Finish, FinishReason, PictureDelta, ReasoningDelta, TextDelta, Usage
from webchat.providers.errors import ProviderError
from webchat.providers.failover import (
    AskEvent,
    AttemptBegan,
    AttemptFailed,
    LeftOut,
    NoneAnswered,
    WaitsForModel,
)
from webchat.services.answers.live_answer import LiveAnswer, Position
from webchat.services.answers.records import AttemptRecord, Outcome
from webchat.services.answers.seam import Seam
from webchat.storage.queries.maintenance import Snapshot, Thought
from webchat.storage.types import GenerationStatus, utc_now


@dataclass(frozen=True, slots=True)
class Job:
    """The job of one generation: append the output of `ask()` to the existing text."""

    owner_id: str
    conversation_id: str
    message_id: str
    generation_id: str
    ask: Callable[[], Awaitable[AsyncGenerator[AskEvent]]]
    text: str = ""
    reasoning: str = ""
    thought_ms: int = 0
    """Milliseconds of reasoning in earlier runs."""


@dataclass(slots=True)
class Run:
    """One running answer, from its start until its end is saved in the database."""

    job: Job
    answer: LiveAnswer = field(init=False)
    task: asyncio.Task[None] = field(init=False)
    announcement: asyncio.TimerHandle = field(init=False)
    stopped_by_person: bool = False
    wanted: bool = True
    reading: bool = False
    saved: Position = field(init=False)
    seam: Seam = field(init=False)
    thinking_since: datetime | None = None
    thought_ms: int | None = None
    """Milliseconds of reasoning, those of earlier runs included, once it has ended."""
    thought_saved: bool = False
    attempts: list[AttemptRecord] = field(default_factory=list)
    pictures: list[PictureDelta] = field(default_factory=list)
    """Pictures that are not saved yet."""
    saving: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while pictures are saved, so that the end of the answer waits for it."""
    usage: Usage = field(default_factory=Usage)
    left_out: int = 0
    finish: Finish | None = None
    error: ProviderError | None = None

    def __post_init__(self) -> None:
        self.answer = LiveAnswer(self.job.text, self.job.reasoning)
        self.saved = self.answer.position
        self.seam = Seam(self.job.text)

    def break_off(self) -> None:
        """Stop reading from the provider.

        The task is cancelled once, and only while it reads: closing the connection and saving must complete,
        and a task that has not started must still start, or the end of the answer would never be saved.
        """
        self.wanted = False
        if self.reading:
            self.reading = False
            self.task.cancel()


def ids(run: Run) -> dict[str, str]:
    """The ids of an answer for log messages."""
    return {"message_id": run.job.message_id, "generation_id": run.job.generation_id}


def snapshots(run: Run, end: Position) -> Iterator[Snapshot]:
    """Yield the parts of an answer up to `end` that checkpoints lack, created lazily."""
    start = run.saved
    for piece in run.answer.pieces(start, end):
        yield Snapshot(run.job.owner_id, run.job.message_id, piece.text, piece.reasoning, start.size)
        start = piece.position


def outcomes(run: Run, status: GenerationStatus) -> Iterator[Outcome]:
    """Yield how the answer ended, then versions with less and less that the database could refuse."""
    finish = Finish(FinishReason.ERROR) if status is GenerationStatus.ERROR else run.finish
    yield Outcome(
        status=status,
        answer=run.answer,
        kept=run.saved,
        attempts=run.attempts,
        usage=run.usage,
        left_out=run.left_out,
        finish=finish,
        error=run.error,
        thought=thought_of(run),
    )
    # The last attempt says who answered; the messages of services are left out.
    plain = [replace(tried, error=None) for tried in run.attempts]
    whole = Outcome(
        status=status,
        answer=run.answer,
        kept=Position(),
        attempts=plain,
        usage=Usage(),
        left_out=run.left_out,
        finish=replace(finish, raw=None) if finish else None,
        error=run.error,
        thought=thought_of(run),
    )
    yield whole
    name = run.attempts[-1].provider if run.attempts else "The provider"
    unsaved = ProviderError(name, "end_not_saved")
    yield replace(
        whole,
        status=GenerationStatus.ERROR,
        attempts=(),
        finish=Finish(FinishReason.ERROR),
        error=unsaved,
    )


def end_thinking(run: Run) -> None:
    """Note how long the reasoning took, at its end."""
    if run.thinking_since is not None and run.thought_ms is None:
        seconds = (utc_now() - run.thinking_since).total_seconds()
        run.thought_ms = run.job.thought_ms + max(0, round(seconds * 1000))


def end_text(run: Run) -> None:
    """Append the text that the seam holds back, at the end of the answer."""
    end_thinking(run)
    if text := run.seam.finish():
        run.answer.add_text(text)


def thought_of(run: Run) -> Thought | None:
    """The time that the reasoning took, if it has ended and is not saved yet."""
    if run.thought_ms is None or run.thought_saved:
        return None
    return Thought(run.job.owner_id, run.job.generation_id, run.thought_ms)


def end_attempt(run: Run) -> None:
    """Close the last attempt, unless it already has an error because it was stopped while waiting to
    retry."""
    if run.attempts and run.attempts[-1].ended_at is None:
        run.attempts[-1].ended_at = utc_now()
        run.attempts[-1].error = _own_error(run.error)


def take(run: Run, event: AskEvent) -> None:
    """Apply one event of the providers to a run."""
    match event:
        case TextDelta(text):
            _note_first_text(run)
            end_thinking(run)
            if text := run.seam.feed(text):
                run.answer.add_text(text)
        case ReasoningDelta(text):
            _note_first_text(run)
            run.thinking_since = run.thinking_since or utc_now()
            run.answer.add_reasoning(text)
        case PictureDelta():
            _note_first_text(run)
            end_thinking(run)
            run.pictures.append(event)
        case Usage():
            run.usage = event
        case Finish():
            run.finish = event
        case WaitsForModel(provider):
            run.answer.tell(f"{provider} is loading the model…")
        case LeftOut(_, count):
            run.left_out = count
        case AttemptBegan(provider, model, kind):
            run.left_out = 0
            if run.attempts:
                run.answer.tell(f"{_failed_names(run)} did not answer. Trying {provider}…")
            run.attempts.append(AttemptRecord(provider, model, kind=kind))
        case AttemptFailed(error, wait):
            last = run.attempts[-1]
            last.error, last.ended_at = error, utc_now()
            if wait >= 1:
                run.answer.tell(f"{last.provider} asked to wait. Trying again in {wait:.0f} s…")


def _note_first_text(run: Run) -> None:
    if run.attempts and run.attempts[-1].first_text_at is None:
        run.attempts[-1].first_text_at = utc_now()
        run.answer.tell("")


def _failed_names(run: Run) -> str:
    return ", ".join(dict.fromkeys(tried.provider for tried in run.attempts))


def _own_error(error: ProviderError | None) -> ProviderError | None:
    """The last attempt's own error if the given one summarizes several."""
    return error.errors[-1] if isinstance(error, NoneAnswered) and error.errors else error
