"""Answers while they are being written, as the rest of webchat sees them.

`Generations` keeps those of one process. Another implementation can keep them where several processes reach
them; that is why finding one is asynchronous.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from webchat.services.answers.live_answer import Piece, Position
from webchat.services.answers.run import Job


class RunningAnswer(Protocol):
    """What an answer holds so far."""

    @property
    def text(self) -> str:
        """The answer so far."""
        ...

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        ...

    @property
    def size(self) -> int:
        """Characters of both."""
        ...


class RunningAnswers(Protocol):
    """Every answer that is being written."""

    def start(self, job: Job) -> None:
        """Begin to write an answer whose rows are in the database."""
        ...

    async def find(self, owner_id: str, message_id: str) -> RunningAnswer | None:
        """The answer, or None if it is not being written or belongs to somebody else."""
        ...

    async def follow(self, owner_id: str, message_id: str, position: Position) -> AsyncIterator[Piece] | None:
        """The answer from `position` on, in pieces, until it ends; None as for `find`."""
        ...

    async def wait_for_first_text(self, owner_id: str, message_id: str, seconds: float) -> None:
        """Wait until the answer has text, has ended, or `seconds` have passed."""
        ...

    async def stop(self, owner_id: str, message_id: str) -> bool:
        """End the answer and keep what arrived; False if it is not being written.

        Returns when it is saved.
        """
        ...

    async def stop_conversation(self, owner_id: str, conversation_id: str) -> None:
        """End every answer of a conversation and keep what arrived. Returns when they are saved."""
        ...

    async def running_conversations(self, owner_id: str) -> frozenset[str]:
        """The owner's conversations in which an answer is being written."""
        ...
