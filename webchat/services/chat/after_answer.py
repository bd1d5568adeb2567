"""What follows an answer that has ended: the title of its conversation, and the message that waits for it."""

from __future__ import annotations

from collections.abc import Callable

from webchat.services.answers.running import RunningAnswers
from webchat.services.chat.queued_messages import QueuedMessages
from webchat.services.chat.repeats import Repeats
from webchat.services.chat.titles import Titles
from webchat.services.errors import LimitReached, ModelNotAllowed, TooOften


class AfterAnswer:
    """Called with the owner and the conversation of every answer that has ended.

    Args:
        titles: writes titles; None if the host wants none.
        on_sent: called with the owner and the conversation after a queued message was sent.
    """

    def __init__(
        self,
        running: RunningAnswers,
        titles: Titles | None,
        queued_messages: QueuedMessages,
        repeats: Repeats,
        on_sent: Callable[[str, str], None],
    ) -> None:
        self._running = running
        self._titles = titles
        self._queued_messages = queued_messages
        self._repeats = repeats
        self._on_sent = on_sent

    async def __call__(self, owner_id: str, conversation_id: str) -> None:
        """Begin the title and send the waiting message. It stays waiting if a limit refuses it."""
        # Of answers side by side, the last one to end starts the title.
        still_running = conversation_id in await self._running.running_conversations(owner_id)
        if self._titles is not None and not still_running:
            self._titles.begin(owner_id, conversation_id)
        try:
            if await self._queued_messages.send(owner_id, conversation_id):
                self._on_sent(owner_id, conversation_id)
            else:
                await self._repeats.ask_next(owner_id, conversation_id)
        except (LimitReached, ModelNotAllowed, TooOften):
            return  # it waits, and whoever sends it by hand is told why
