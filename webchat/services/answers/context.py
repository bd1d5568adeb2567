"""How much of a conversation fits into a model.

No tokenizer fits all models, so tokens are estimated: one for every three bytes of UTF-8, and four a message
for what chat formats put around it. Tokenizers use 3.5 to 4.5 bytes a token for European languages and about
3 for Chinese and Japanese, so the estimate errs on the side of leaving more room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from webchat.messages import Message, Role

BYTES_A_TOKEN = 3
TOKENS_A_MESSAGE = 4

ANSWER_SHARE = 4
"""One part in so many of a model's room is left for its answer."""


def estimated_tokens(message: Message) -> int:
    """About how many tokens a message takes; rather too many than too few."""
    return TOKENS_A_MESSAGE + -(-len(message.content.encode("utf-8", "replace")) // BYTES_A_TOKEN)


LEARNED_FOR = 3600.0
"""Seconds for which a model's own limit is kept in mind: its server may be started anew with another."""

LEARNED_MODELS = 1000
"""Models whose limits are kept in mind; the one learned longest ago goes first."""


def fit(turns: Sequence[Message], context: int, least: int = 1) -> tuple[tuple[Message, ...], int]:
    """The newest turns that fit into `context` tokens, and how many of the oldest are left out.

    The system prompt and the `least` last turns always stay: if they alone are too long, the service says so.
    """
    system = [turn for turn in turns[:1] if turn.role is Role.SYSTEM]
    rest = list(turns[len(system) :])
    room = context - context // ANSWER_SHARE - sum(map(estimated_tokens, system))
    kept = len(rest)
    for number, turn in enumerate(reversed(rest), start=1):
        room -= estimated_tokens(turn)
        if room < 0 and number > least:
            break
        kept = len(rest) - number
    # A conversation told from the middle begins with a question.
    while 0 < kept < len(rest) - least and rest[kept].role is not Role.USER:
        kept += 1
    return (*system, *rest[kept:]), kept


class LearnedContexts:
    """What models have said they hold when they refused a conversation, by a key of the caller's.

    Args:
        clock: seconds from any fixed point, never going back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._learned: dict[str, tuple[int, float]] = {}

    def learn(self, key: str, limit: int, refused: Sequence[Message]) -> None:
        """Note that a model which holds `limit` tokens has refused these messages.

        If by the estimate they would have fitted, the estimate is too low for this model, and what is taken
        for its context is made smaller to match.
        """
        self._learned.pop(key, None)
        self._learned[key] = min(limit, sum(map(estimated_tokens, refused))), self._clock()
        while len(self._learned) > LEARNED_MODELS:
            del self._learned[next(iter(self._learned))]

    def of(self, key: str) -> int | None:
        """Tokens to count on for a model, or None if nothing was learned within `LEARNED_FOR` seconds."""
        context, since = self._learned.get(key, (None, 0.0))
        return context if context is not None and self._clock() - since < LEARNED_FOR else None
