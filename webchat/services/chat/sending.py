"""Sending: saves the user's message and an empty answer before anything else happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from webchat.messages import Role
from webchat.services.catalogue.catalogue import split_model
from webchat.services.chat.answer_start import AnswerStart
from webchat.services.chat.comparing import checked_models
from webchat.services.chat.queued_messages import after_queued
from webchat.services.chat.recording import Recording, Sent, check_client_id
from webchat.services.errors import ModelUnknown
from webchat.services.files.limits import checked_files
from webchat.services.limits import checked_prompt, checked_size, checked_temperature, title_from
from webchat.services.parameters import Stored
from webchat.services.rate_limits import Action, RateLimits
from webchat.storage.engine import Database, Session
from webchat.storage.errors import ConversationNotFound, MessageNotFound
from webchat.storage.queries import conversations, file_lists, messages
from webchat.storage.queries.sending import Place, Send


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


class Sending:
    """Accepts messages and starts their answers."""

    def __init__(
        self,
        database: Database,
        answers: AnswerStart,
        rate_limits: RateLimits,
        recording: Recording,
    ) -> None:
        self._database = database
        self._answers = answers
        self._rate_limits = rate_limits
        self._recording = recording

    async def send(self, owner_id: str, draft: Draft) -> Sent:
        """Save the message and an empty answer, start the answer, and return both.

        A repeated `client_id` changes nothing and returns the result of the first call. A message still
        queued because the previous answer failed is sent before this one.

        Raises:
            ServiceError: the text, a file or a parameter cannot be accepted, too much was sent (`TooOften`,
                `LimitReached`, to which each answer counts), or a model may not be used (`ModelNotAllowed`).
            NotFound: the conversation is gone.
            StillAnswering: the previous answer is being written, or the message is already queued. Use
                `QueuedMessages.add`.
        """
        check_client_id(draft.client_id)
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
        models = [(send.provider, send.model), *send.others]
        await self._recording.check_files(owner_id, found, models, send.files)
        async with self._database.write() as session:
            if draft.edited_id is None:
                send = await after_queued(session, owner_id, send)
            else:
                parent = await _parent_of(session, owner_id, draft.conversation_id, draft.edited_id)
                send = replace(send, parent=parent)
            record, jobs = await self._recording.record(session, owner_id, send, found)
            if jobs and not draft.repeats:
                record.conversation.repeats_id = None
            for _ in jobs:  # a repeat is not counted, and refusing one would look like a loss
                self._rate_limits.note(Action.SEND, owner_id, draft.address)
        return self._recording.begin(record, jobs)

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

    async def _model_of(self, owner_id: str, conversation_id: str | None) -> str:
        """The model a conversation is set to; empty if to none."""
        if conversation_id is None:
            raise ModelUnknown("")
        async with self._database.read() as session:
            conversation = await conversations.require(session, owner_id, conversation_id)
        return conversation.model or ""


async def _parent_of(
    session: Session, owner_id: str, conversation_id: str | None, edited_id: str
) -> str | Place:
    """Where the new version of an edited message belongs: below the same message."""
    edited = await messages.get(session, owner_id, edited_id)
    here = edited is not None and edited.conversation_id == conversation_id
    if edited is None or edited.role is not Role.USER or not here:
        raise MessageNotFound(edited_id)
    return edited.parent_id or Place.ROOT
