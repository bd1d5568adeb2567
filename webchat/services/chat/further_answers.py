"""Further answers to a question that has one: another one beside it, or the rest of one that was cut off."""

from __future__ import annotations

from webchat.messages import FinishReason, Role
from webchat.messages import Message as Turn
from webchat.services.catalogue.catalogue import split_model
from webchat.services.chat.answer_start import AnswerStart
from webchat.services.errors import NothingToContinue
from webchat.services.rate_limits import Action, RateLimits
from webchat.storage.engine import Database
from webchat.storage.errors import MessageNotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.queries import branches, comparisons, conversations, generations, messages
from webchat.storage.queries.branches import BranchMessage
from webchat.storage.queries.sending import Regenerate, record_regeneration
from webchat.storage.types import MessageStatus

GO_ON = (
    "Your last message broke off. Continue it exactly where it stops: begin with the very next character, "
    "repeat nothing, and add no remark."
)
"""The instruction that makes a model continue a cut-off answer."""


class FurtherAnswers:
    """Starts other answers and continues cut-off ones."""

    def __init__(self, database: Database, answers: AnswerStart, rate_limits: RateLimits) -> None:
        self._database = database
        self._answers = answers
        self._rate_limits = rate_limits

    async def retry(self, owner_id: str, message_id: str, model_id: str, address: str = "") -> BranchMessage:
        """Start another answer to the question that `message_id` answered, as a new branch.

        One that stands beside others takes the place of `message_id` there.

        Raises:
            NotFound: the message is gone.
            StillAnswering: it is being written, or another answer that it is not compared with.
            TooOften, LimitReached: too much was sent.
            ModelNotAllowed: the model may not be used.
        """
        return await self._answers.to_the_end(self._retry(owner_id, message_id, model_id, address))

    async def _retry(self, owner_id: str, message_id: str, model_id: str, address: str) -> BranchMessage:
        provider, model = split_model(model_id)
        found = await self._answers.usable(owner_id)
        async with self._database.write() as session:
            answer = await messages.get(session, owner_id, message_id)
            if answer is None or answer.parent_id is None or answer.deleted_at is not None:
                raise MessageNotFound(message_id)
            beside = await messages.children(session, owner_id, answer.conversation_id, answer.parent_id)
            compared = comparisons.compared_ids(
                await conversations.require(session, owner_id, answer.conversation_id)
            )
            replaced_id = message_id if message_id in compared else ""
            if any(
                message.status is MessageStatus.STREAMING
                for message in beside
                if not replaced_id or message.id == replaced_id
            ):
                raise StillAnswering
            wish = Regenerate(
                client_id=new_id(),
                conversation_id=answer.conversation_id,
                user_message_id=answer.parent_id,
                provider=provider,
                model=model,
                replaced_id=replaced_id,
            )
            self._rate_limits.note(Action.SEND, owner_id, address)
            record = await record_regeneration(session, owner_id, wish)
            job = await self._answers.job(
                session,
                record.conversation,
                record.user_message,
                record.assistant_message,
                record.generation,
                found,
            )
        self._answers.start(job)
        return BranchMessage(record.assistant_message, record.generation)

    async def continue_answer(
        self, owner_id: str, message_id: str, model_id: str, address: str = ""
    ) -> BranchMessage:
        """Continue a cut-off answer in place; its text so far is sent to the model.

        Raises:
            NotFound: the message is gone or is not an answer.
            NothingToContinue: it is complete.
            StillAnswering: it is being written.
            TooOften, LimitReached: too much was sent.
            ModelNotAllowed: the model may not be used.
        """
        return await self._answers.to_the_end(self._continue(owner_id, message_id, model_id, address))

    async def _continue(self, owner_id: str, message_id: str, model_id: str, address: str) -> BranchMessage:
        provider, model = split_model(model_id)
        found = await self._answers.usable(owner_id)
        async with self._database.write() as session:
            answer = await branches.get_with_generation(session, owner_id, message_id)
            if answer is None or answer.generation is None or answer.message.deleted_at is not None:
                raise MessageNotFound(message_id)
            message, generation = answer.message, answer.generation
            conversation = await conversations.require(session, owner_id, message.conversation_id)
            if (
                message.status is MessageStatus.COMPLETE
                and generation.finish_reason is not FinishReason.LENGTH
            ):
                raise NothingToContinue
            if not await generations.resume(session, owner_id, generation.id, provider=provider, model=model):
                raise StillAnswering
            question = await messages.get(session, owner_id, message.parent_id or "")
            if question is None or question.deleted_at is not None:
                raise MessageNotFound(message_id)
            self._rate_limits.note(Action.SEND, owner_id, address)
            last: tuple[Turn, ...] = ()
            if message.content:
                last = (Turn(Role.ASSISTANT, message.content), Turn(Role.USER, GO_ON))
            job = await self._answers.job(
                session, conversation, question, message, generation, found, after=last
            )
        self._answers.start(job)
        async with self._database.read() as session:
            resumed = await branches.get_with_generation(session, owner_id, message_id)
        return resumed or answer
