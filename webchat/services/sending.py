"""Sending: a person's message and the answer it asks for, written down before anything else happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from webchat.messages import Message as Turn
from webchat.messages import Role
from webchat.providers.base import ChatRequest
from webchat.services.catalogue import Catalogue, split_model
from webchat.services.errors import ServiceError
from webchat.services.generations import Generations, Job
from webchat.services.limits import checked_prompt, checked_size, checked_temperature, title_from
from webchat.services.shown import ShownMessage
from webchat.storage.engine import Database
from webchat.storage.errors import ConversationNotFound, MessageNotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.queries import messages
from webchat.storage.queries import sending as queries
from webchat.storage.queries.sending import Regenerate, Send, SendRecord
from webchat.storage.tables import Message
from webchat.storage.types import MessageStatus


@dataclass(frozen=True, slots=True)
class Draft:
    """What the composer hands over. Values come from the browser and are not trusted."""

    text: str
    client_id: str
    conversation_id: str | None
    model: str
    system_prompt: str = ""
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What is in the database after a send."""

    conversation_id: str
    title: str
    messages: list[ShownMessage]


class Sending:
    """Accepts messages and starts their answers."""

    def __init__(self, database: Database, catalogue: Catalogue, running: Generations) -> None:
        self._database = database
        self._catalogue = catalogue
        self._running = running

    async def send(self, owner_id: str, draft: Draft) -> Sent:
        """Write the message and its empty answer down, start the answer, and return both.

        A repeated `client_id` changes nothing and returns what the first wrote.

        Raises:
            ServiceError: the text or a parameter cannot be accepted.
            NotFound: the conversation is gone.
        """
        text = checked_prompt(draft.text)
        if not isinstance(draft.client_id, str) or not 8 <= len(draft.client_id) <= 64:
            raise ServiceError(
                "The browser sent this message without a usable id. Reload the page and send again."
            )
        if not isinstance(draft.conversation_id, str | None):
            raise ConversationNotFound(str(draft.conversation_id))
        provider, model = split_model(draft.model)
        send = Send(
            client_id=draft.client_id,
            content=text,
            provider=provider,
            model=model,
            conversation_id=draft.conversation_id,
            title=title_from(text),
            system_prompt=checked_size(draft.system_prompt),
            temperature=checked_temperature(draft.temperature),
        )
        async with self._database.write() as session:
            record = await queries.record_send(session, owner_id, send)
            job = await self._job(session, owner_id, record) if record.created else None
        if job is not None:
            self._running.start(job)
        return Sent(
            record.conversation.id,
            record.conversation.title,
            [
                ShownMessage(record.user_message, None),
                ShownMessage(record.assistant_message, record.generation),
            ],
        )

    async def retry(self, owner_id: str, message_id: str, model_id: str) -> ShownMessage:
        """Begin another answer to the question that `message_id` answered; the old one stays beside it.

        Raises:
            NotFound: the message is gone.
            StillAnswering: it, or another answer to the same question, is being written right now.
        """
        provider, model = split_model(model_id)
        async with self._database.write() as session:
            answer = await messages.get(session, owner_id, message_id)
            if answer is None or answer.parent_id is None:
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
            job = await self._job(session, owner_id, record)
        self._running.start(job)
        return ShownMessage(record.assistant_message, record.generation)

    async def _job(self, session: AsyncSession, owner_id: str, record: SendRecord) -> Job:
        """What the hub is to do: the branch down to the question, with the system prompt before it."""
        branch = await messages.branch(session, owner_id, record.conversation.id, record.user_message.id)
        generation = record.generation
        return Job(
            owner_id=owner_id,
            message_id=record.assistant_message.id,
            generation_id=generation.id,
            provider_name=generation.provider,
            request=ChatRequest(
                model=generation.model,
                messages=_turns(generation.system_prompt, branch),
                temperature=generation.temperature,
            ),
            open_provider=partial(self._catalogue.open_provider, owner_id, generation.provider),
        )


def _turns(system_prompt: str, branch: Sequence[Message]) -> tuple[Turn, ...]:
    """What the provider is told; an answer that failed before its first word is left out."""
    turns = [Turn(message.role, message.content) for message in branch if message.content]
    if system_prompt.strip():
        turns.insert(0, Turn(Role.SYSTEM, system_prompt))
    return tuple(turns)
