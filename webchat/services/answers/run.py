"""One running answer: what it is to do, what came of it, and the forms its end can be written down in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace

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
from webchat.services.answers.live_answer import LiveAnswer, Position
from webchat.services.answers.records import AttemptRecord, Outcome
from webchat.storage.queries.maintenance import Snapshot
from webchat.storage.types import GenerationStatus, utc_now


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
class Run:
    """One running answer, from its start until its end is in the database."""

    job: Job
    answer: LiveAnswer = field(init=False)
    task: asyncio.Task[None] = field(init=False)
    stopped_by_person: bool = False
    wanted: bool = True
    reading: bool = False
    saved: Position = field(init=False)
    attempts: list[AttemptRecord] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    left_out: int = 0
    finish: Finish | None = None
    error: ProviderError | None = None

    def __post_init__(self) -> None:
        self.answer = LiveAnswer(self.job.text, self.job.reasoning)
        self.saved = self.answer.position

    def break_off(self) -> None:
        """Read the provider no further.

        The task is cancelled once and only while it reads: closing the connection and saving go through, and
        a task that has not begun must still begin, or nobody would write down that the answer has ended.
        """
        self.wanted = False
        if self.reading:
            self.reading = False
            self.task.cancel()


def ids(run: Run) -> dict[str, str]:
    """What a log line says of an answer."""
    return {"message_id": run.job.message_id, "generation_id": run.job.generation_id}


def snapshots(run: Run, end: Position) -> Iterator[Snapshot]:
    """What checkpoints lack of an answer up to `end`, each made when it is asked for."""
    start = run.saved
    for piece in run.answer.pieces(start, end):
        yield Snapshot(run.job.owner_id, run.job.message_id, piece.text, piece.reasoning, start.size)
        start = piece.position


def outcomes(run: Run, status: GenerationStatus) -> Iterator[Outcome]:
    """How the answer ended, and the same with less and less that could be refused."""
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
    )
    # The last try says who answered; what services said of themselves is left out.
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
    )
    yield whole
    name = run.attempts[-1].provider if run.attempts else "The provider"
    unsaved = ProviderError(name, f"How {name}'s answer ended could not be saved")
    unsaved.advice = "Its text is kept."
    yield replace(
        whole,
        status=GenerationStatus.ERROR,
        attempts=(),
        finish=Finish(FinishReason.ERROR),
        error=unsaved,
    )


def end_attempt(run: Run) -> None:
    """Close the last attempt, unless it has an error of its own: one that was stopped waiting for a retry."""
    if run.attempts and run.attempts[-1].ended_at is None:
        run.attempts[-1].ended_at = utc_now()
        run.attempts[-1].error = _own_error(run.error)


def take(run: Run, event: AskEvent) -> None:
    """Add to a run what one event of its providers says."""
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
            run.attempts.append(AttemptRecord(provider, model))
        case AttemptFailed(error, wait):
            last = run.attempts[-1]
            last.error, last.ended_at = error, utc_now()
            if wait >= 1:
                run.answer.tell(f"{last.provider} asks to wait; trying again in {wait:.0f} s…")


def _note_first_text(run: Run) -> None:
    if run.attempts and run.attempts[-1].first_text_at is None:
        run.attempts[-1].first_text_at = utc_now()
        run.answer.tell("")


def _failed_names(run: Run) -> str:
    return ", ".join(dict.fromkeys(tried.provider for tried in run.attempts))


def _own_error(error: ProviderError | None) -> ProviderError | None:
    """What the last attempt itself failed with, where the error sums up several."""
    return error.errors[-1] if isinstance(error, NoneAnswered) and error.errors else error
