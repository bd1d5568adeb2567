"""Repeating: the questions of a conversation asked again, in order, in a new one that another model answers.

The database knows how far a repetition is: the new conversation remembers the branch whose questions it
repeats until all are asked. So it goes on without a tab, and after a failure, a stop or a restart of the
server it can be continued.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from webchat.messages import Role
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.chat.further_answers import FurtherAnswers
from webchat.services.chat.sending import Draft, Sending
from webchat.services.errors import RepeatInvalid, ServiceError
from webchat.services.limits import MAX_TITLE
from webchat.storage.engine import Database, Session
from webchat.storage.errors import MessageNotFound, StillAnswering
from webchat.storage.queries import comparisons, conversations, file_lists, files, messages
from webchat.storage.queries.repeats import count_questions, question_at
from webchat.storage.tables import Conversation
from webchat.storage.types import MessageStatus, utc_now

MOST_QUESTIONS = 200
"""Questions of a conversation that is repeated."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many questions a repetition has asked, of how many."""

    asked: int
    total: int


class Repeats:
    """Begins repetitions and asks their next question.

    Args:
        on_changed: called with the owner and the conversation after a question was asked without a tab.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        sending: Sending,
        further_answers: FurtherAnswers,
        on_changed: Callable[[str, str], None],
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._sending = sending
        self._further_answers = further_answers
        self._on_changed = on_changed

    async def begin(self, owner_id: str, conversation_id: str, model: str, address: str = "") -> str:
        """Ask the first question of a conversation in a new one and return the id of that one.

        Raises:
            RepeatInvalid: there is nothing to repeat, or too much; or the chat is a temporary one.
            ServiceError: the question cannot be sent; see `Sending.send`.
            ConversationNotFound: the owner has none with this id.
        """
        await self._catalogue.check_allowed(owner_id, model)
        async with self._database.write() as session:
            source = await conversations.require(session, owner_id, conversation_id)
            total = await count_questions(session, owner_id, source.id, source.current_leaf_id)
            if source.temporary:
                raise RepeatInvalid("temporary")
            if not total:
                raise RepeatInvalid("empty")
            if total > MOST_QUESTIONS:
                raise RepeatInvalid("too_long", questions=total, most=MOST_QUESTIONS)
            row = await conversations.create(
                session,
                owner_id,
                title=_title(source.title, model),
                model=model,
                system_prompt=source.system_prompt,
                temperature=source.temperature,
                parameters=source.parameters,
                now=utc_now(),
            )
            row.title_is_manual = True
            row.folder_id = source.folder_id
            row.repeats_id = source.current_leaf_id
            new_id = row.id
            holder = file_lists.CONVERSATION
            begun_with = await file_lists.get(session, owner_id, holder, source.id)
            await file_lists.hand_on(session, owner_id, begun_with, holder, new_id)
        try:
            await self.ask_next(owner_id, new_id, address)
        except ServiceError:
            async with self._database.write() as session:
                await conversations.delete(session, owner_id, new_id)
            raise
        return new_id

    async def ask_next(self, owner_id: str, conversation_id: str, address: str = "") -> bool:
        """Ask the next question if a conversation repeats another one and its last answer is complete.

        Returns whether one was asked. After the last one, the repetition is over.

        Raises:
            ServiceError: the question cannot be sent; see `Sending.send`.
            NotFound: the conversation, or the one it repeats, is gone.
            StillAnswering: another answer is being written.
        """
        # Looked at first, as this is called after every answer, and a write waits for all others.
        async with self._database.read() as session:
            row = await conversations.require(session, owner_id, conversation_id)
            if row.repeats_id is None:
                return False
        async with self._database.write() as session:
            row = await conversations.require(session, owner_id, conversation_id)
            if row.repeats_id is None:
                return False
            last = await comparisons.last_message(session, owner_id, row)
            if last is not None and (
                last.role is not Role.ASSISTANT or last.status is not MessageStatus.COMPLETE
            ):
                return False
            source = await messages.get(session, owner_id, row.repeats_id)
            if source is None:
                raise MessageNotFound(row.repeats_id)
            asked = await count_questions(session, owner_id, row.id, row.current_leaf_id)
            question = await question_at(session, owner_id, source.conversation_id, source.id, asked)
            if question is None:
                row.repeats_id = None
            else:
                text, model = question.content, row.model or ""
                attached = (await files.of_messages(session, owner_id, [question.id])).get(question.id, [])
        if question is not None:
            # The same question is not asked twice, whoever wants it asked at the same time.
            client_id = f"repeat-{last.id if last else row.id}"
            await self._sending.send(
                owner_id,
                Draft(
                    *(text, client_id, conversation_id, model),
                    address=address,
                    repeats=True,
                    files=[each.file.id for each in attached],
                ),
            )
        self._on_changed(owner_id, conversation_id)
        return question is not None

    async def go_on(self, owner_id: str, conversation_id: str, address: str = "") -> None:
        """Continue a repetition where it stopped: answer its last question again, or ask the next one.

        Raises:
            ServiceError, NotFound, StillAnswering: as of `ask_next`.
        """
        async with self._database.read() as session:
            row = await conversations.require(session, owner_id, conversation_id)
            last = await comparisons.last_message(session, owner_id, row)
        if row.repeats_id is None or last is None or last.status is MessageStatus.COMPLETE:
            await self.ask_next(owner_id, conversation_id, address)
        elif last.status is MessageStatus.STREAMING:
            raise StillAnswering
        else:
            await self._further_answers.retry(owner_id, last.id, row.model or "", address)
            self._on_changed(owner_id, conversation_id)

    async def end(self, owner_id: str, conversation_id: str) -> None:
        """Ask no further questions. What was asked and answered stays.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.write() as session:
            row = await conversations.require(session, owner_id, conversation_id)
            row.repeats_id = None

    async def questions(self, owner_id: str, conversation_id: str) -> tuple[str, int]:
        """The title of a conversation and the number of its questions.

        Raises:
            ConversationNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await conversations.require(session, owner_id, conversation_id)
            return row.title, await count_questions(session, owner_id, row.id, row.current_leaf_id)


async def progress_of(session: Session, row: Conversation) -> Progress | None:
    """How far the repetition is that a conversation is; None if it is none."""
    source = await messages.get(session, row.owner_id, row.repeats_id) if row.repeats_id else None
    if source is None:
        return None
    return Progress(
        await count_questions(session, row.owner_id, row.id, row.current_leaf_id),
        await count_questions(session, row.owner_id, source.conversation_id, source.id),
    )


def _title(title: str, model: str) -> str:
    """The title of the new conversation: the old one with the name of the model."""
    name = model.partition(":")[2][: MAX_TITLE // 2]
    return f"{title[: MAX_TITLE - len(name) - 3]} · {name}"
