"""Saves what the generation hub produces."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from webchat.messages import Finish, Usage
from webchat.providers.errors import ProviderError
from webchat.services.answers.live_answer import LiveAnswer, Piece, Position
from webchat.storage.engine import Database
from webchat.storage.queries import comparisons, generations, maintenance
from webchat.storage.queries.attempts import AttemptEnding
from webchat.storage.queries.generations import Ending
from webchat.storage.queries.maintenance import Snapshot, Thought
from webchat.storage.types import GenerationStatus, utc_now


@dataclass(slots=True)
class AttemptRecord:
    """One attempt at one provider. `error` is None while it runs and if it succeeded."""

    provider: str
    model: str
    started_at: datetime = field(default_factory=utc_now)
    first_text_at: datetime | None = None
    ended_at: datetime | None = None
    error: ProviderError | None = None
    kind: str = ""
    """The kind of the provider."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an answer ended and its attempts in order; the last attempt is the one that answered.

    Checkpoints have saved the `answer` up to the position `kept`.
    """

    status: GenerationStatus
    answer: LiveAnswer
    kept: Position
    attempts: Sequence[AttemptRecord]
    usage: Usage
    finish: Finish | None
    error: ProviderError | None
    left_out: int = 0
    """Messages left out during the request, in addition to those left out before."""
    thought: Thought | None = None
    """The time of the reasoning, if no checkpoint has saved it."""


class AnswerRecords:
    """Reads and writes the rows of generations, their messages and attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def interrupt_running(self, but: Collection[str] = ()) -> int:
        """Mark abandoned answers as interrupted and return how many there were.

        `but` has the ids of the messages being written. It is read inside the write transaction, so an answer
        that starts right after its rows are written is never interrupted.
        """
        async with self._database.read() as session:
            if await maintenance.running(session) <= set(but):
                return 0
        async with self._database.write() as session:
            return await maintenance.interrupt_running(session, but=but)

    async def checkpoint(self, snapshots: Iterable[Snapshot], thoughts: Iterable[Thought] = ()) -> None:
        """Save the progress of running answers in one transaction."""
        async with self._database.write() as session:
            await maintenance.checkpoint(session, snapshots)
            await maintenance.save_thoughts(session, thoughts)

    async def finish(self, owner_id: str, generation_id: str, outcome: Outcome) -> bool:
        """Save the end of an answer with its attempts; False, without changes, if it has already ended.

        Raises:
            TextNotKept: the checkpoints do not match `kept`; the whole text is needed.
        """
        first_text_at = next((tried.first_text_at for tried in outcome.attempts if tried.first_text_at), None)
        last = outcome.attempts[-1] if outcome.attempts else None
        answered = last if last and last.first_text_at else None
        pieces = outcome.answer.pieces(outcome.kept, outcome.answer.position)
        first = next(pieces, Piece("", "", outcome.kept))
        ending = Ending(
            status=outcome.status,
            content=first.text,
            reasoning=first.reasoning,
            more=((piece.text, piece.reasoning) for piece in pieces),
            finish_reason=outcome.finish.reason if outcome.finish else None,
            raw_finish_reason=outcome.finish.raw if outcome.finish else None,
            usage=outcome.usage,
            left_out=outcome.left_out,
            error_code=outcome.error.code if outcome.error else None,
            error_arguments=outcome.error.arguments if outcome.error else None,
            first_text_at=first_text_at,
            attempts=[_ended(tried) for tried in outcome.attempts],
            provider=answered.provider if answered else None,
            model=answered.model if answered else None,
            kept=outcome.kept.text,
            kept_reasoning=outcome.kept.reasoning,
            thought_ms=outcome.thought.milliseconds if outcome.thought else None,
        )
        async with self._database.write() as session:
            return await generations.finish(session, owner_id, generation_id, ending)

    async def is_beside_complete(self, owner_id: str, message_id: str) -> bool:
        """Whether an answer was compared with one that is complete, and all of them have ended."""
        async with self._database.read() as session:
            return await comparisons.is_beside_complete(session, owner_id, message_id)

    async def keep_longer(self, owner_id: str, generation_id: str, text: str, reasoning: str) -> bool:
        """Add missing text to an answer that was ended elsewhere; return whether all of it is saved now."""
        async with self._database.write() as session:
            return await generations.keep_longer(session, owner_id, generation_id, text, reasoning)


def _ended(tried: AttemptRecord) -> AttemptEnding:
    return AttemptEnding(
        provider=tried.provider,
        model=tried.model,
        started_at=tried.started_at,
        first_text_at=tried.first_text_at,
        ended_at=tried.ended_at,
        error_code=tried.error.code if tried.error else None,
        error_arguments=tried.error.arguments if tried.error else None,
    )
