"""How much of a conversation fits into a model's context.

No tokenizer fits all models, so tokens are estimated: one per three bytes of UTF-8, plus four per message for
the chat format. A file has its own estimate. Tokenizers use 3.5 to 4.5 bytes per token for European languages
and about 3 for Chinese and Japanese, so the estimate errs on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from webchat.messages import DocumentPart, Message, Part, PicturePart, Role

BYTES_A_TOKEN = 3
TOKENS_A_MESSAGE = 4

ANSWER_SHARE = 4
"""The fraction of the context reserved for the answer is one over this number."""


def estimated_tokens(message: Message) -> int:
    """Estimate the tokens of a message, erring on the high side."""
    text = -(-len(message.text.encode("utf-8", "replace")) // BYTES_A_TOKEN)
    return TOKENS_A_MESSAGE + text + sum(map(_tokens_of_file, message.parts))


def _tokens_of_file(part: Part) -> int:
    match part:
        case PicturePart(tokens=tokens):
            return tokens
        case DocumentPart(tokens=tokens, room=room):
            return min(tokens, room)
    return 0


LEARNED_FOR = 3600.0
"""Seconds for which a learned limit is valid: the server may be restarted with another one."""

LEARNED_MODELS = 1000
"""Maximum number of models whose limits are remembered; the oldest is dropped first."""


def fit(turns: Sequence[Message], context: int, least: int = 1) -> tuple[tuple[Message, ...], int]:
    """The newest turns that fit into `context` tokens, and how many of the oldest are left out.

    The system prompt, a turn after it that `stays`, and the `least` last turns are never left out. If they
    alone are too long, the service says so.
    """
    system = [turn for turn in turns[:1] if turn.role is Role.SYSTEM]
    first = len(system)
    head = [*system, *(turn for turn in turns[first : first + 1] if turn.stays)]
    rest = list(turns[len(head) :])
    room = context - context // ANSWER_SHARE - sum(map(estimated_tokens, head))
    kept = len(rest)
    for number, turn in enumerate(reversed(rest), start=1):
        room -= estimated_tokens(turn)
        if room < 0 and number > least:
            break
        kept = len(rest) - number
    # A shortened conversation starts with a question.
    while 0 < kept < len(rest) - least and rest[kept].role is not Role.USER:
        kept += 1
    return (*head, *rest[kept:]), kept


class LearnedContexts:
    """Context limits that models reported when they rejected a conversation, by a key chosen by the caller.

    Args:
        clock: a monotonic clock in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._learned: dict[str, tuple[int, float]] = {}

    def learn(self, key: str, limit: int, refused: Sequence[Message]) -> None:
        """Record that a model with a limit of `limit` tokens rejected these messages.

        If they should have fitted by the estimate, the estimate is too low for this model, so the assumed
        context is reduced to match.
        """
        self._learned.pop(key, None)
        self._learned[key] = min(limit, sum(map(estimated_tokens, refused))), self._clock()
        while len(self._learned) > LEARNED_MODELS:
            del self._learned[next(iter(self._learned))]

    def of(self, key: str) -> int | None:
        """The learned limit of a model in tokens, or None if nothing was learned within `LEARNED_FOR`
        seconds."""
        context, since = self._learned.get(key, (None, 0.0))
        return context if context is not None and self._clock() - since < LEARNED_FOR else None
