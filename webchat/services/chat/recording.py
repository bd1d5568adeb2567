"""Recording: writes the rows of a message and its answers, and starts the answers once these are on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webchat.services.answers.run import Job
from webchat.services.catalogue.catalogue import abilities_of
from webchat.services.catalogue.usable import Usable
from webchat.services.chat.answer_start import AnswerStart
from webchat.services.chat.sent_answers import SentAnswers
from webchat.services.errors import PicturesNotTaken, PromptWithoutId
from webchat.storage.engine import Session
from webchat.storage.queries.branches import BranchMessage
from webchat.storage.queries.sending import Send, SendRecord, record_send


@dataclass(frozen=True, slots=True)
class Sent:
    """The rows that a send has written."""

    conversation_id: str
    title: str
    messages: list[BranchMessage]


class Recording:
    """Writes messages, whether they are sent at once or were queued."""

    def __init__(self, answers: AnswerStart, sent_answers: SentAnswers) -> None:
        self._answers = answers
        self._sent_answers = sent_answers

    async def check_files(
        self, owner_id: str, found: Usable, models: Iterable[tuple[str, str]], files: Sequence[str]
    ) -> None:
        """Make sure that files can be sent to these models, as far as is known.

        Raises:
            FileRefused, PicturesNotTaken: they cannot.
        """
        if files and await self._answers.files.check(owner_id, files):
            for provider, model in models:
                if not abilities_of(found, provider, model).takes_pictures:
                    raise PicturesNotTaken(model=model)

    async def record(
        self, session: Session, owner_id: str, send: Send, found: Usable
    ) -> tuple[SendRecord, list[Job]]:
        """Save a send. Its jobs must be started once they are on disk; a repeat has none."""
        record = await record_send(session, owner_id, send)
        if not record.created:
            return record, []
        answers = ((record.assistant_message, record.generation), *record.others)
        return record, [
            await self._answers.job(session, record.conversation, record.user_message, *answer, found)
            for answer in answers
        ]

    def begin(self, record: SendRecord, jobs: Sequence[Job]) -> Sent:
        """Start the answers to what was recorded and committed."""
        for job in jobs:
            self._answers.start(job)
        owner_id = record.user_message.owner_id
        self._sent_answers.begun(owner_id, record.client_ids, record.assistant_message.id)
        return Sent(
            record.conversation.id,
            record.conversation.title,
            [
                BranchMessage(record.user_message, None, record.client_ids),
                BranchMessage(record.assistant_message, record.generation),
                *(BranchMessage(*other) for other in record.others),
            ],
        )


def check_client_id(client_id: object) -> None:
    """Check a client id: 8 to 64 characters without spaces, which separate joined ids."""
    usable = isinstance(client_id, str) and 8 <= len(client_id) <= 64 and client_id.split() == [client_id]
    if not usable:
        raise PromptWithoutId
