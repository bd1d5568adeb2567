"""Sending: saves the user's message and an empty answer before anything else happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from webchat.messages import Role
from webchat.services.answers.run import Job
from webchat.services.catalogue.catalogue import abilities_of, split_model
from webchat.services.catalogue.usable import Usable
from webchat.services.chat.answer_start import AnswerStart
from webchat.services.chat.comparing import checked_models
from webchat.services.chat.sent_answers import SentAnswers
from webchat.services.errors import ModelUnknown, PicturesNotTaken, PromptWithoutId
from webchat.services.files.limits import checked_files
from webchat.services.limits import checked_prompt, checked_size, checked_temperature, title_from
from webchat.services.parameters import Stored
from webchat.services.rate_limits import Action, RateLimits
from webchat.storage.engine import Database, Session
from webchat.storage.errors import ConversationNotFound, MessageNotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.queries import client_ids, comparisons, conversations, file_lists, messages
from webchat.storage.queries.branches import BranchMessage
from webchat.storage.queries.sending import Place, Send, SendRecord, record_send
from webchat.storage.tables import Conversation
from webchat.storage.types import MessageStatus


@dataclass(frozen=True, slots=True)
class Draft:
    """What the composer sends. Values come from the browser and are not trusted."""

    text: str
    client_id: str
    conversation_id: str | None
    model: str
    """Empty for the conversation's model."""
    models: Sequence[str] = ()
    """Several models that answer side by side, in place of `model`; see `checked_models`."""
    system_prompt: str = ""
    temperature: float | None = None
    parameters: Stored | None = None
    """The advanced parameters of a new conversation, as `read_parameters` returned them."""
    assistant_id: str | None = None
    """The assistant of a new conversation; the model, prompt and parameters above are a copy of its own."""
    edited_id: str | None = None
    """The message that this one replaces, on a new branch."""
    temporary: bool = False
    """Whether a new conversation is kept only while its tab is open."""
    address: str = ""
    """The network address it came from, as far as known."""
    files: Sequence[str] | None = ()
    """The ids of its files; None for those of the message that this one replaces."""
    repeats: bool = False
    """Whether it is the next question of a repetition. Any other message ends one."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The rows that a send has written."""

    conversation_id: str
    title: str
    messages: list[BranchMessage]


class Sending:
    """Accepts messages and starts their answers."""

    def __init__(
        self,
        database: Database,
        answers: AnswerStart,
        rate_limits: RateLimits,
        sent_answers: SentAnswers,
    ) -> None:
        self._sent_answers = sent_answers
        self._database = database
        self._answers = answers
        self._rate_limits = rate_limits

    async def send(self, owner_id: str, draft: Draft) -> Sent:
        """Save the message and an empty answer, start the answer, and return both.

        A repeated `client_id` changes nothing and returns the result of the first call. A message still
        queued because the previous answer failed is sent before this one.

        Raises:
            ServiceError: the text, a file or a parameter cannot be accepted, too much was sent (`TooOften`,
                `LimitReached`, to which each answer counts), or a model may not be used (`ModelNotAllowed`).
            NotFound: the conversation is gone.
            StillAnswering: the previous answer is being written, or the message is already queued. Use
                `queue`.
        """
        _check_client_id(draft.client_id)
        if not isinstance(draft.conversation_id, str | None):
            raise ConversationNotFound(str(draft.conversation_id))
        if draft.files is None:
            kept = await self._answers.files.of_message(owner_id, draft.edited_id or "")
            draft = replace(draft, files=[each.id for each in kept])
        ids = [*checked_files(draft.files), *await self._begins_with(owner_id, draft)]
        await self._answers.files.wait_until_read(owner_id, ids)
        return await self._answers.to_the_end(self._send(owner_id, draft))

    async def _begins_with(self, owner_id: str, draft: Draft) -> list[str]:
        """The files of the assistant that a new conversation begins with."""
        if draft.conversation_id or not isinstance(draft.assistant_id, str):
            return []
        async with self._database.read() as session:
            found = await file_lists.get(session, owner_id, file_lists.ASSISTANT, draft.assistant_id)
        return [each.file.id for each in found]

    async def _send(self, owner_id: str, draft: Draft) -> Sent:
        send = await self._checked(owner_id, draft)
        found = await self._answers.usable(owner_id)
        await self._check_files(owner_id, found, [(send.provider, send.model), *send.others], send.files)
        async with self._database.write() as session:
            if draft.edited_id is None:
                send = await _after_queued(session, owner_id, send)
            else:
                parent = await _parent_of(session, owner_id, draft.conversation_id, draft.edited_id)
                send = replace(send, parent=parent)
            record, jobs = await self._record(session, owner_id, send, found)
            if jobs and not draft.repeats:
                record.conversation.repeats_id = None
            for _ in jobs:  # a repeat is not counted, and refusing one would look like a loss
                self._rate_limits.note(Action.SEND, owner_id, draft.address)
        return self._begin(record, jobs)

    async def _checked(self, owner_id: str, draft: Draft) -> Send:
        """What to save of a draft, below the last message of its conversation."""
        files = checked_files(draft.files)
        text = checked_prompt(draft.text, needed=not files)
        wanted = checked_models(draft.models) or [
            draft.model or await self._model_of(owner_id, draft.conversation_id)
        ]
        (provider, model), *others = map(split_model, wanted)
        return Send(
            client_ids=(draft.client_id,),
            content=text,
            provider=provider,
            model=model,
            conversation_id=draft.conversation_id,
            title=title_from(text) or await self._answers.files.title(owner_id, files),
            system_prompt=checked_size(draft.system_prompt),
            temperature=checked_temperature(draft.temperature),
            parameters=draft.parameters,
            assistant_id=draft.assistant_id if isinstance(draft.assistant_id, str) else None,
            temporary=draft.temporary is True,
            files=files,
            others=tuple(others),
        )

    async def _check_files(
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

    async def _model_of(self, owner_id: str, conversation_id: str | None) -> str:
        """The model a conversation is set to; empty if to none."""
        if conversation_id is None:
            raise ModelUnknown("")
        async with self._database.read() as session:
            conversation = await conversations.require(session, owner_id, conversation_id)
        return conversation.model or ""

    async def _record(
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

    def _begin(self, record: SendRecord, jobs: Sequence[Job]) -> Sent:
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

    async def queue(
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
        _check_client_id(client_id)
        await self._answers.files.wait_until_read(owner_id, ids)
        return await self._answers.to_the_end(
            self._queue(owner_id, conversation_id, text, client_id, address, ids)
        )

    async def _queue(
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
        await self._check_files(owner_id, found, models, files)
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
            record, jobs = await self._record_queued(session, owner_id, conversation, found)
        self._begin(record, jobs)
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
            LimitReached, ModelNotAllowed: the message stays queued.
        """
        return await self._answers.to_the_end(self._send_queued(owner_id, conversation_id))

    async def _send_queued(self, owner_id: str, conversation_id: str) -> Sent | None:
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
            record, jobs = await self._record_queued(session, owner_id, conversation, found)
        return self._begin(record, jobs)

    async def _record_queued(
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
        recorded = await self._record(session, owner_id, send, found)
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


async def _after_queued(session: Session, owner_id: str, send: Send) -> Send:
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


async def _parent_of(
    session: Session, owner_id: str, conversation_id: str | None, edited_id: str
) -> str | Place:
    """Where the new version of an edited message belongs: below the same message."""
    edited = await messages.get(session, owner_id, edited_id)
    here = edited is not None and edited.conversation_id == conversation_id
    if edited is None or edited.role is not Role.USER or not here:
        raise MessageNotFound(edited_id)
    return edited.parent_id or Place.ROOT


def _check_client_id(client_id: object) -> None:
    """Check a client id: 8 to 64 characters without spaces, which separate joined ids."""
    usable = isinstance(client_id, str) and 8 <= len(client_id) <= 64 and client_id.split() == [client_id]
    if not usable:
        raise PromptWithoutId
