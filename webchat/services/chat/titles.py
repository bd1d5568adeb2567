"""Titles written by a model after the first answer of a conversation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import structlog

from webchat.messages import Message, Role, TextDelta, Usage
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import ProviderError
from webchat.providers.request import ChatRequest
from webchat.services.catalogue.builder import OPENAI_COMPATIBLE
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.errors import ModelNotAllowed
from webchat.services.member_limits import MemberLimits
from webchat.services.preferences import TITLES_BY_CHAT, TITLES_OFF, PreferenceService
from webchat.storage.engine import Database
from webchat.storage.queries import branches, comparisons, conversations
from webchat.storage.tables import Conversation
from webchat.storage.tables import Message as Row
from webchat.storage.types import MessageStatus

log = structlog.get_logger(__name__)

INSTRUCTION = (
    "Write a title of at most six words for the conversation below, in its language. "
    "Answer with the title alone, without quotation marks."
)
QUOTED = 2_000
"""Characters of the question and of the answer that are sent."""
MAX_TITLE = 80
"""Characters of a title; a longer answer is no title."""
SECONDS = 60.0
"""Seconds a title may take."""
MAX_CONCURRENT = 4
"""Titles written at the same time; beyond that, a conversation keeps its first words."""

_MARKS = re.compile(r"^(#+ |title\s*:)|[*_`]+", re.IGNORECASE)
_QUOTES = "\"'“”„«»‘’ "


class Titles:
    """Writes the title of a conversation from its first question and answer, in the background.

    Args:
        limits: what titles use counts in the limits of members.
        on_written: called with the owner and the conversation after its title has changed.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        preferences: PreferenceService,
        limits: MemberLimits,
        on_written: Callable[[str, str], None],
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._preferences = preferences
        self._limits = limits
        self._on_written = on_written
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, owner_id: str, conversation_id: str) -> None:
        """Start writing a title, if the conversation needs one. Returns immediately."""
        name = f"title {conversation_id}"
        if len(self._tasks) >= MAX_CONCURRENT or any(task.get_name() == name for task in self._tasks):
            return
        task = asyncio.create_task(self._write(owner_id, conversation_id), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up the titles being written; their conversations keep their first words."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _write(self, owner_id: str, conversation_id: str) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                if await self.write(owner_id, conversation_id):
                    self._on_written(owner_id, conversation_id)
        except (ProviderError, TimeoutError) as error:
            # The first words stay.
            log.info("no title was written", conversation_id=conversation_id, reason=type(error).__name__)
        except Exception:
            log.exception("a title could not be written", conversation_id=conversation_id)

    async def write(self, owner_id: str, conversation_id: str) -> bool:
        """Ask for a title and save it, unless a person has chosen one; return whether it was saved.

        Nothing is asked for a member whose tokens are used up.

        Raises:
            ProviderError: the model did not answer.
        """
        found = await self._first_turn(owner_id, conversation_id)
        if found is None:
            return False
        question, answer = found
        model = await self._model(owner_id, answer.model or "")
        if not model or not await self._limits.has_tokens(owner_id):
            return False
        name, _, model_name = model.partition(":")
        provider = await self._catalogue.open_provider(owner_id, name)
        try:
            written = _Written()
            try:
                await written.read(provider, model_name, _prompt(question.content, answer.content))
            finally:
                if written.used is not None:
                    await self._limits.count_tokens(owner_id, provider.name, model_name, written.used)
        finally:
            await provider.aclose()
        title = clean_title(written.text)
        if not title:
            return False
        async with self._database.write() as session:
            return await conversations.set_automatic_title(session, owner_id, conversation_id, title)

    async def _first_turn(self, owner_id: str, conversation_id: str) -> tuple[Row, Row] | None:
        """The first question and its answer, if there is nothing else yet and no person chose a title.

        Of compared answers it is a complete one.
        """
        async with self._database.read() as session:
            row: Conversation | None = await conversations.get(session, owner_id, conversation_id)
            if row is None or row.title_is_manual:
                return None
            last = await comparisons.last_message(session, owner_id, row)
            leaf_id = last.id if last is not None else None
            window = await branches.branch_window(session, owner_id, conversation_id, leaf_id, limit=3)
        turn = [shown.message for shown in window.rows]
        if window.has_more or [message.role for message in turn] != [Role.USER, Role.ASSISTANT]:
            return None
        return (turn[0], turn[1]) if turn[1].status is MessageStatus.COMPLETE else None

    async def _model(self, owner_id: str, answered_by: str) -> str:
        """The model to ask; empty for none."""
        chosen = (await self._preferences.get(owner_id)).title_model
        if chosen == TITLES_OFF:
            return ""
        if chosen != TITLES_BY_CHAT:
            try:
                return await self._catalogue.check_allowed(owner_id, chosen)
            except ModelNotAllowed:
                return ""
        name, _, _ = answered_by.partition(":")
        # A free service would use up its quota, and the guide only knows webchat.
        kind = await self._catalogue.kind_of(owner_id, name)
        return answered_by if kind == OPENAI_COMPATIBLE else ""


def _prompt(question: str, answer: str) -> list[Message]:
    quoted = f"Question:\n{question[:QUOTED]}\n\nAnswer:\n{answer[:QUOTED]}"
    return [Message(Role.USER, f"{INSTRUCTION}\n\n{quoted}")]


class _Written:
    """What a model has written, and the tokens it has used if its service reports them."""

    def __init__(self) -> None:
        self.text = ""
        self.used: Usage | None = None

    async def read(self, provider: AsyncGeneratorProvider, model: str, prompt: list[Message]) -> None:
        """Ask for the title. What is too long for one is read no further."""
        async with provider.stream(ChatRequest(model, prompt)) as events:
            async for event in events:
                if isinstance(event, Usage):
                    self.used = event
                elif isinstance(event, TextDelta):
                    self.text += event.text
                    if len(self.text) > 4 * MAX_TITLE:
                        break


def clean_title(text: str) -> str:
    """The title in a model's answer; empty if there is none.

    >>> clean_title('**Title: "Beans in May."**')
    'Beans in May'
    """
    line = next((line for line in text.splitlines() if line.strip()), "")
    for _ in range(2):  # a mark may stand before another
        line = _MARKS.sub("", line.strip()).strip(_QUOTES)
    line = " ".join(line.rstrip(".").split()).strip(_QUOTES)
    return line if any(letter.isalnum() for letter in line) and len(line) <= MAX_TITLE else ""
