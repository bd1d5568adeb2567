"""Queued messages: written while an answer runs, and sent together once it is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from webchat.services.answers.run import Job
from webchat.services.catalogue.catalogue import split_model
from webchat.services.catalogue.usable import Usable
from webchat.services.chat.answer_start import AnswerStart
from webchat.services.chat.recording import Recording, Sent, check_client_id
from webchat.services.files.limits import checked_files
from webchat.services.limits import checked_prompt, checked_size
from webchat.services.rate_limits import Action, RateLimits
from webchat.storage.engine import Database, Session
from webchat.storage.errors import StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.queries import client_ids, comparisons, conversations
from webchat.storage.queries.sending import Send, SendRecord
from webchat.storage.tables import Conversation
from webchat.storage.types import MessageStatus


class QueuedMessages:
    """Keeps what waits for an answer, one text for each conversation."""

    def __init__(
        self, database: Database, answers: AnswerStart, rate_limits: RateLimits, recording: Recording
    ) -> None:
        self._database = database
        self._answers = answers
        self._rate_limits = rate_limits
        self._recording = recording

    async def add(
        self,
        owner_id: str,
        conversation_id: str,
        text: str,
        client_id: str,
        address: str = "",
        files: Sequence[str] = (),
    ) -> str:
        """Queue a message until the running answer is complete, and return all the text that is queued.

        Messages already queued come first. A repeated `client_id` changes nothing. If the answer has
        completed in the meantime, everything is sent at once and nothing stays queued.

        Raises:
            ServiceError: the text or a file cannot be sent, too much was sent (`TooOften`,
                `LimitReached`), or the model may not be used (`ModelNotAllowed`).
            NotFound: the conversation is gone.
        """
        ids = checked_files(files)
        text = checked_prompt(text, needed=not ids)
        check_client_id(client_id)
        await self._answers.files.wait_until_read(owner_id, ids)
        return await self._answers.to_the_end(
            self._add(owner_id, conversation_id, text, client_id, address, ids)
        )

    async def _add(
        self,
        owner_id: str,
        conversation_id: str,
        text: str,
        client_id: str,
        address: str,
        files: tuple[str, ...],
    ) -> str:
        found = await self._answers.usable(owner_id)
        async with self._database.read() as session:
            models = _models_of(await conversations.require(session, owner_id, conversation_id))
        await self._recording.check_files(owner_id, found, models, files)
        async with self._database.write() as session:
            conversation = await conversations.require(session, owner_id, conversation_id)
            waiting, ids = conversation.queued_text or "", _queued_ids(conversation)
            sent = await client_ids.find_message(session, owner_id, [client_id])
            if client_id not in ids and sent is None:
                await self._answers.limits.check(session, owner_id)
                self._rate_limits.note(Action.SEND, owner_id, address)
                waiting = checked_size(_joined(waiting, text))
                joined = " ".join([*ids, client_id])
                all_files = checked_files([*(conversation.queued_files or ()), *files])
                await conversations.set_queued(session, owner_id, conversation_id, waiting, joined, all_files)
            last = await comparisons.last_message(session, owner_id, conversation)
            if not _is_queued(conversation) or last is None or last.status is not MessageStatus.COMPLETE:
                return waiting
            record, jobs = await self._record(session, owner_id, conversation, found)
        self._recording.begin(record, jobs)
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

    async def send(self, owner_id: str, conversation_id: str) -> Sent | None:
        """Send the queued message, if there is one.

        Raises:
            StillAnswering: the previous answer is being written; the message stays queued.
            LimitReached, ModelNotAllowed: the message stays queued.
        """
        return await self._answers.to_the_end(self._send(owner_id, conversation_id))

    async def _send(self, owner_id: str, conversation_id: str) -> Sent | None:
        async with self._database.read() as session:
            conversation = await conversations.get(session, owner_id, conversation_id)
        if conversation is None or not _is_queued(conversation):
            return None
        found = await self._answers.usable(owner_id)
        # One transaction: a message queued or removed in the meantime must be neither lost nor sent twice.
        async with self._database.write() as session:
            conversation = await conversations.get(session, owner_id, conversation_id)
            if conversation is None or not _is_queued(conversation):
                return None
            record, jobs = await self._record(session, owner_id, conversation, found)
        return self._recording.begin(record, jobs)

    async def _record(
        self, session: Session, owner_id: str, conversation: Conversation, found: Usable
    ) -> tuple[SendRecord, list[Job]]:
        (provider, model), *others = _models_of(conversation)
        send = Send(
            client_ids=_queued_ids(conversation) or (new_id(),),
            content=checked_prompt(conversation.queued_text or "", needed=not conversation.queued_files),
            provider=provider,
            model=model,
            conversation_id=conversation.id,
            files=tuple(conversation.queued_files or ()),
            others=tuple(others),
        )
        recorded = await self._recording.record(session, owner_id, send, found)
        conversation.repeats_id = None
        await conversations.set_queued(session, owner_id, conversation.id, None, None)
        return recorded


def _models_of(conversation: Conversation) -> list[tuple[str, str]]:
    """The providers and models that answer the next message.

    Raises:
        ModelUnknown: there is no such model.
    """
    return [split_model(each) for each in conversation.compared_models or [conversation.model or ""]]


def _queued_ids(conversation: Conversation) -> tuple[str, ...]:
    return tuple((conversation.queued_client_id or "").split())


def _is_queued(conversation: Conversation) -> bool:
    return bool(conversation.queued_text or conversation.queued_files)


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text.strip())


async def after_queued(session: Session, owner_id: str, send: Send) -> Send:
    """The send with the queued message put before it and the queue cleared; a repeat is unchanged."""
    if send.conversation_id is None:
        return send
    conversation = await conversations.get(session, owner_id, send.conversation_id)
    if conversation is None or not _is_queued(conversation):
        return send
    ids = _queued_ids(conversation)
    if set(send.client_ids) & set(ids):
        raise StillAnswering
    if await client_ids.find_message(session, owner_id, send.client_ids):
        return send
    text = checked_size(_joined(conversation.queued_text or "", send.content))
    files = checked_files([*(conversation.queued_files or ()), *send.files])
    await conversations.set_queued(session, owner_id, conversation.id, None, None)
    return replace(send, content=text, client_ids=(*ids, *send.client_ids), files=files)
