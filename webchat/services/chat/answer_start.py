"""What a send, a retry and a continued answer have in common: the start of an answer whose rows are saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from webchat.errors import as_argument
from webchat.messages import Message as Turn
from webchat.providers.errors import ProviderError
from webchat.providers.failover import AskEvent
from webchat.providers.request import ChatRequest
from webchat.services.answers.router import ProviderRouter
from webchat.services.answers.run import Job
from webchat.services.answers.running import RunningAnswers
from webchat.services.catalogue.catalogue import abilities_of, context_size
from webchat.services.catalogue.usable import Usable
from webchat.services.chat.prompt import build_prompt
from webchat.services.files.files import Files
from webchat.services.files.parts import filled, has_files, shortened
from webchat.services.member_limits import MemberLimits
from webchat.services.parameters import Stored, opened_parameters
from webchat.storage.engine import Session
from webchat.storage.errors import SecretUnreadable
from webchat.storage.secrets import Secrets
from webchat.storage.tables import Conversation, Generation, Message

_T = TypeVar("_T")


class AnswerStart:
    """Builds the jobs of answers and starts them."""

    def __init__(
        self,
        router: ProviderRouter,
        running: RunningAnswers,
        secrets: Secrets,
        limits: MemberLimits,
        attached: Files,
    ) -> None:
        self._router = router
        self.files = attached
        self.limits = limits
        self._secrets = secrets
        self._running = running
        self._unfinished: set[asyncio.Future[Any]] = set()

    async def usable(self, owner_id: str) -> Usable:
        """What somebody can use now.

        Looked up before the write transaction, which blocks all other writers.
        """
        return await self._router.usable(owner_id)

    async def job(
        self,
        session: Session,
        conversation: Conversation,
        question: Message,
        answer: Message,
        generation: Generation,
        found: Usable,
        after: tuple[Turn, ...] = (),
    ) -> Job:
        """The job of an answer, to be started once its rows are on disk.

        The model gets the branch up to the question, with the system prompt first and `after` last. How many
        messages were left out, and how many documents shortened, is saved in the generation. The advanced
        parameters are those that the conversation has now, so that an answer cut off by a limit can be
        continued with another one.

        Every answer starts here, so this is where a member's limits and models are checked: `found` is what
        the owner can use.

        Raises:
            LimitReached, ModelNotAllowed: the transaction must be undone.
        """
        owner_id, provider, model = generation.owner_id, generation.provider, generation.model
        found.check_allowed(provider, model)
        await self.limits.take(session, owner_id, provider, model, is_administrator=found.is_administrator)
        room = context_size(found, provider, model)
        turns, generation.left_out = await build_prompt(
            session, question, generation.system_prompt, room, self.files, after=after
        )
        generation.files_shortened = shortened(turns)
        request = ChatRequest(model, turns, generation.temperature)
        return Job(
            owner_id=owner_id,
            conversation_id=answer.conversation_id,
            message_id=answer.id,
            generation_id=generation.id,
            ask=partial(
                self._ask,
                found,
                provider,
                request,
                1 + len(after),
                conversation.parameters,
            ),
            text=answer.content,
            reasoning=answer.reasoning,
            thought_ms=generation.thought_ms or 0,
        )

    async def _ask(
        self, found: Usable, provider: str, request: ChatRequest, least: int, stored: Stored | None
    ) -> AsyncGenerator[AskEvent]:
        """Ask with the advanced parameters of the conversation; see `ProviderRouter.ask`."""
        if stored:
            try:
                parameters = opened_parameters(
                    stored,
                    lambda sealed: self._secrets.decrypt(
                        sealed, provider="this conversation", what="headers"
                    ),
                )
            except SecretUnreadable as error:
                raise ProviderError(provider, "unusable", cause=as_argument(error)) from error
            request = replace(request, parameters=parameters)
        if any(has_files(turn) for turn in request.messages):
            sees = abilities_of(found, provider, request.model).sees
            request = replace(request, messages=await filled(request.messages, sees=sees))
        return self._router.ask(found, provider, request, least)

    def start(self, job: Job) -> None:
        """Start an answer."""
        self._running.start(job)

    async def to_the_end(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Complete `work` even if the caller is cancelled.

        A saved answer must be started, and a commit cannot be undone.
        """
        task = asyncio.ensure_future(work)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            # No caller is left to receive the error.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    async def close(self) -> None:
        """Wait for the work of cancelled callers, before the answers it starts are ended."""
        while self._unfinished:
            await asyncio.wait(self._unfinished)
