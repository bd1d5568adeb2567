"""Sending: saves the user's message and an empty answer before anything else happens."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from webchat.messages import FinishReason, Role
from webchat.messages import Message as Turn
from webchat.providers.request import ChatRequest
from webchat.services.answers.router import ProviderRouter
from webchat.services.answers.run import Job
from webchat.services.answers.running import RunningAnswers
from webchat.services.catalogue.catalogue import split_model
from webchat.services.chat.prompt import build_prompt
from webchat.services.errors import ModelUnknown, NothingToContinue, PromptWithoutId
from webchat.services.limits import checked_prompt, checked_size, checked_temperature, title_from
from webchat.storage.engine import Database, Session
from webchat.storage.errors import ConversationNotFound, MessageNotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.queries import conversations, generations, messages
from webchat.storage.queries import sending as queries
from webchat.storage.queries.messages import BranchMessage
from webchat.storage.queries.sending import Place, Regenerate, Send, SendRecord
from webchat.storage.tables import Conversation
from webchat.storage.types import MessageStatus

_T = TypeVar("_T")

GO_ON = (
    "Your last message broke off. Continue it exactly where it stops: begin with the very next character, "
    "repeat nothing, and add no remark."
)
"""The instruction that makes a model continue a cut-off answer."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the composer sends. Values come from the browser and are not trusted."""

    text: str
    client_id: str
    conversation_id: str | None
    model: str
    """Empty for the conversation's model."""
    system_prompt: str = ""
    temperature: float | None = None
    edited_id: str | None = None
    """The message that this one replaces, on a new branch."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The rows that a send has written."""

    conversation_id: str
    title: str
    messages: list[BranchMessage]


class Sending:
    """Accepts messages and starts their answers."""

    def __init__(self, database: Database, router: ProviderRouter, running: RunningAnswers) -> None:
        self._database = database
        self._router = router
        self._running = running

    async def send(self, owner_id: str, draft: Draft) -> Sent:
        """Save the message and an empty answer, start the answer, and return both.

        A repeated `client_id` changes nothing and returns the result of the first call. A message still
        queued because the previous answer failed is sent before this one.

        Raises:
            ServiceError: the text or a parameter cannot be accepted.
            NotFound: the conversation is gone.
            StillAnswering: the previous answer is being written, or the message is already queued. Use
                `queue`.
        """
        _check_client_id(draft.client_id)
        if not isinstance(draft.conversation_id, str | None):
            raise ConversationNotFound(str(draft.conversation_id))
        return await _to_the_end(self._send(owner_id, draft))

    async def _send(self, owner_id: str, draft: Draft) -> Sent:
        checked_prompt(draft.text)
        draft, room = await self._for_model(owner_id, draft)
        async with self._database.write() as session:
            conversation = await conversations.get(session, owner_id, draft.conversation_id or "")
            if conversation is not None and conversation.queued_text and draft.edited_id is None:
                draft = await self._after_what_waits(session, owner_id, conversation, draft)
            record, job = await self._record(session, owner_id, draft, room)
        return self._begin(record, job)

    async def _for_model(self, owner_id: str, draft: Draft) -> tuple[Draft, int]:
        """The draft with the model to ask, and the model's context size.

        Looked up before the write transaction, which blocks all other writers.
        """
        model = draft.model
        if not model:
            if draft.conversation_id is None:
                raise ModelUnknown("")
            async with self._database.read() as session:
                conversation = await conversations.require(session, owner_id, draft.conversation_id)
            model = conversation.model or ""
        return replace(draft, model=model), await self._room(owner_id, model)

    async def _room(self, owner_id: str, model_id: str) -> int:
        provider, model = split_model(model_id)
        return await self._router.context(owner_id, provider, model)

    async def _after_what_waits(
        self, session: Session, owner_id: str, conversation: Conversation, draft: Draft
    ) -> Draft:
        """The draft with the queued message put before it and the queue cleared; a repeat is unchanged."""
        ids = (conversation.queued_client_id or "").split()
        if draft.client_id in ids:
            raise StillAnswering
        if await queries.find_sent(session, owner_id, draft.client_id, conversation.id):
            return draft
        text = f"{conversation.queued_text}\n\n{checked_prompt(draft.text)}"
        await conversations.set_queued(session, owner_id, conversation.id, None, None)
        return replace(draft, text=text, client_id=" ".join([*ids, draft.client_id]))

    async def _record(
        self, session: Session, owner_id: str, draft: Draft, room: int
    ) -> tuple[SendRecord, Job | None]:
        """Save a send. The job must be started once it is on disk; it is None for a repeat."""
        text = checked_prompt(draft.text)
        provider, model = split_model(draft.model)
        send = Send(
            client_id=draft.client_id,
            content=text,
            provider=provider,
            model=model,
            conversation_id=draft.conversation_id,
            parent=await self._parent(session, owner_id, draft),
            title=title_from(text),
            system_prompt=checked_size(draft.system_prompt),
            temperature=checked_temperature(draft.temperature),
        )
        record = await queries.record_send(session, owner_id, send)
        return record, await self._job(session, owner_id, record, room) if record.created else None

    def _begin(self, record: SendRecord, job: Job | None) -> Sent:
        if job is not None:
            self._running.start(job)
        return Sent(
            record.conversation.id,
            record.conversation.title,
            [
                BranchMessage(record.user_message, None),
                BranchMessage(record.assistant_message, record.generation),
            ],
        )

    async def queue(self, owner_id: str, conversation_id: str, text: str, client_id: str) -> str:
        """Queue a message until the running answer is complete, and return everything that is queued.

        Messages already queued come first. A repeated `client_id` changes nothing. If the answer has
        completed in the meantime, everything is sent at once and nothing stays queued.

        Raises:
            ServiceError: the text cannot be sent.
            NotFound: the conversation is gone.
        """
        text = checked_prompt(text)
        _check_client_id(client_id)
        return await _to_the_end(self._queue(owner_id, conversation_id, text, client_id))

    async def _queue(self, owner_id: str, conversation_id: str, text: str, client_id: str) -> str:
        draft, room = await self._for_model(owner_id, Draft(text, client_id, conversation_id, model=""))
        async with self._database.write() as session:
            conversation = await conversations.require(session, owner_id, conversation_id)
            waiting, ids = conversation.queued_text or "", (conversation.queued_client_id or "").split()
            sent = await queries.find_sent(session, owner_id, client_id, conversation_id)
            if client_id not in ids and sent is None:
                waiting = checked_size(f"{waiting}\n\n{text}" if waiting else text)
                joined = " ".join([*ids, client_id])
                await conversations.set_queued(session, owner_id, conversation_id, waiting, joined)
            leaf = await messages.get(session, owner_id, conversation.current_leaf_id or "")
            if not waiting or leaf is None or leaf.status is not MessageStatus.COMPLETE:
                return waiting
            record, job = await self._record_queued(session, owner_id, conversation, draft.model, room)
        self._begin(record, job)
        return ""

    async def withdraw(self, owner_id: str, conversation_id: str) -> str:
        """Remove the queued message and return it; empty if there is none.

        Raises:
            NotFound: the conversation is gone.
        """
        async with self._database.write() as session:
            conversation = await conversations.require(session, owner_id, conversation_id)
            text = conversation.queued_text or ""
            await conversations.set_queued(session, owner_id, conversation_id, None, None)
        return text

    async def send_queued(self, owner_id: str, conversation_id: str) -> Sent | None:
        """Send the queued message, if there is one.

        Raises:
            StillAnswering: the previous answer is being written; the message stays queued.
        """
        return await _to_the_end(self._send_queued(owner_id, conversation_id))

    async def _send_queued(self, owner_id: str, conversation_id: str) -> Sent | None:
        async with self._database.read() as session:
            conversation = await conversations.get(session, owner_id, conversation_id)
        if conversation is None or not conversation.queued_text:
            return None
        model = conversation.model or ""
        room = await self._room(owner_id, model)
        # One transaction: a message queued or removed in the meantime must be neither lost nor sent twice.
        async with self._database.write() as session:
            conversation = await conversations.get(session, owner_id, conversation_id)
            if conversation is None or not conversation.queued_text:
                return None
            record, job = await self._record_queued(session, owner_id, conversation, model, room)
        return self._begin(record, job)

    async def _record_queued(
        self, session: Session, owner_id: str, conversation: Conversation, model: str, room: int
    ) -> tuple[SendRecord, Job | None]:
        client_id = conversation.queued_client_id or new_id()
        draft = Draft(conversation.queued_text or "", client_id, conversation.id, model)
        recorded = await self._record(session, owner_id, draft, room)
        await conversations.set_queued(session, owner_id, conversation.id, None, None)
        return recorded

    async def _parent(self, session: Session, owner_id: str, draft: Draft) -> str | Place:
        if draft.edited_id is None:
            return Place.CURRENT_LEAF
        edited = await messages.get(session, owner_id, draft.edited_id)
        here = edited is not None and edited.conversation_id == draft.conversation_id
        if edited is None or edited.role is not Role.USER or not here:
            raise MessageNotFound(draft.edited_id)
        return edited.parent_id or Place.ROOT

    async def retry(self, owner_id: str, message_id: str, model_id: str) -> BranchMessage:
        """Start another answer to the question that `message_id` answered, as a new branch.

        Raises:
            NotFound: the message is gone.
            StillAnswering: it, or another answer to the same question, is being written.
        """
        return await _to_the_end(self._retry(owner_id, message_id, model_id))

    async def _retry(self, owner_id: str, message_id: str, model_id: str) -> BranchMessage:
        provider, model = split_model(model_id)
        room = await self._room(owner_id, model_id)
        async with self._database.write() as session:
            answer = await messages.get(session, owner_id, message_id)
            if answer is None or answer.parent_id is None or answer.deleted_at is not None:
                raise MessageNotFound(message_id)
            beside = await messages.children(session, owner_id, answer.conversation_id, answer.parent_id)
            if any(message.status is MessageStatus.STREAMING for message in beside):
                raise StillAnswering
            wish = Regenerate(
                client_id=new_id(),
                conversation_id=answer.conversation_id,
                user_message_id=answer.parent_id,
                provider=provider,
                model=model,
            )
            record = await queries.record_regeneration(session, owner_id, wish)
            job = await self._job(session, owner_id, record, room)
        self._running.start(job)
        return BranchMessage(record.assistant_message, record.generation)

    async def continue_answer(self, owner_id: str, message_id: str, model_id: str) -> BranchMessage:
        """Continue a cut-off answer in place; its text so far is sent to the model.

        Raises:
            NotFound: the message is gone or is not an answer.
            NothingToContinue: it is complete.
            StillAnswering: it is being written.
        """
        return await _to_the_end(self._continue(owner_id, message_id, model_id))

    async def _continue(self, owner_id: str, message_id: str, model_id: str) -> BranchMessage:
        provider, model = split_model(model_id)
        room = await self._room(owner_id, model_id)
        async with self._database.write() as session:
            answer = await messages.get_with_generation(session, owner_id, message_id)
            if answer is None or answer.generation is None or answer.message.deleted_at is not None:
                raise MessageNotFound(message_id)
            message, generation = answer.message, answer.generation
            await conversations.require(session, owner_id, message.conversation_id)
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
            last: tuple[Turn, ...] = ()
            if message.content:
                last = (Turn(Role.ASSISTANT, message.content), Turn(Role.USER, GO_ON))
            turns, generation.left_out = await build_prompt(
                session, question, generation.system_prompt, room, after=last
            )
        request = ChatRequest(model, turns, generation.temperature)
        self._running.start(
            Job(
                owner_id=owner_id,
                conversation_id=message.conversation_id,
                message_id=message.id,
                generation_id=generation.id,
                ask=partial(self._router.ask, owner_id, provider, request, 1 + len(last)),
                text=message.content,
                reasoning=message.reasoning,
            )
        )
        async with self._database.read() as session:
            resumed = await messages.get_with_generation(session, owner_id, message_id)
        return resumed or answer

    async def _job(self, session: Session, owner_id: str, record: SendRecord, room: int) -> Job:
        """The job for the hub: the branch up to the question, with the system prompt first."""
        generation = record.generation
        turns, generation.left_out = await build_prompt(
            session, record.user_message, generation.system_prompt, room
        )
        request = ChatRequest(generation.model, turns, generation.temperature)
        return Job(
            owner_id=owner_id,
            conversation_id=record.conversation.id,
            message_id=record.assistant_message.id,
            generation_id=generation.id,
            ask=partial(self._router.ask, owner_id, generation.provider, request),
        )


def _check_client_id(client_id: object) -> None:
    """Check a client id: 8 to 64 characters without spaces, which separate joined ids."""
    usable = isinstance(client_id, str) and 8 <= len(client_id) <= 64 and client_id.split() == [client_id]
    if not usable:
        raise PromptWithoutId


async def _to_the_end(work: Coroutine[Any, Any, _T]) -> _T:
    """Complete `work` even if the caller is cancelled.

    A saved answer must be started, and a commit cannot be undone.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        # No caller is left to receive the error.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise
