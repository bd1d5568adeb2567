"""What of a conversation a model is told: always the system prompt and the newest, never more than fits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webchat.messages import Message, Role
from webchat.services.answers.context import (
    ANSWER_SHARE,
    LEARNED_FOR,
    LEARNED_MODELS,
    LearnedContexts,
    estimated_tokens,
    fit,
)

texts = st.text(min_size=1, max_size=60)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """A conversation as it is told: perhaps a system prompt, questions with or without answers."""
    turns = [Message(Role.SYSTEM, draw(texts))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(0, 12))):
        turns.append(Message(Role.USER, draw(texts)))
        if draw(st.booleans()):
            turns.append(Message(Role.ASSISTANT, draw(texts)))
    return [*turns, Message(Role.USER, draw(texts))]


def split(turns: list[Message]) -> tuple[list[Message], list[Message]]:
    system = [turn for turn in turns if turn.role is Role.SYSTEM]
    return system, [turn for turn in turns if turn.role is not Role.SYSTEM]


def size(turns: list[Message]) -> int:
    return sum(map(estimated_tokens, turns))


@given(turns=conversations(), context=st.integers(0, 600), least=st.integers(1, 3))
def test_the_system_prompt_and_the_newest_turns_are_told(
    turns: list[Message], context: int, least: int
) -> None:
    told, left_out = fit(turns, context, least)

    system, rest = split(turns)
    assert list(told[: len(system)]) == system
    assert list(told[len(system) :]) == rest[left_out:]
    assert len(told) - len(system) >= min(least, len(rest))


@given(turns=conversations(), context=st.integers(0, 600))
def test_what_is_told_fits_and_begins_with_a_question(turns: list[Message], context: int) -> None:
    told, left_out = fit(turns, context)

    _, rest = split(turns)
    kept = rest[left_out:]
    assert kept[0].role is Role.USER
    assert len(kept) == 1 or size(list(told)) <= context - context // ANSWER_SHARE


@given(turns=conversations(), context=st.integers(0, 600))
def test_nothing_is_left_out_without_need(turns: list[Message], context: int) -> None:
    _, left_out = fit(turns, context)

    system, rest = split(turns)
    room = context - context // ANSWER_SHARE
    for start in range(left_out):
        if rest[start].role is Role.USER:
            assert size([*system, *rest[start:]]) > room


def test_a_byte_counts_whatever_the_script() -> None:
    assert estimated_tokens(Message(Role.USER, "")) == 4
    assert estimated_tokens(Message(Role.USER, "abc")) == 5
    assert estimated_tokens(Message(Role.USER, "abcd")) == 6
    assert estimated_tokens(Message(Role.USER, "你好")) == 6
    assert estimated_tokens(Message(Role.USER, "\ud800")) == 5


def test_a_limit_is_learned_for_a_while() -> None:
    now = 0.0
    learned = LearnedContexts(lambda: now)
    question = Message(Role.USER, "x" * 90_000)
    learned.learn("a", 4096, [question])

    assert (learned.of("a"), learned.of("b")) == (4096, None)
    now = LEARNED_FOR
    assert learned.of("a") is None


def test_refused_prompt_that_should_fit_reduces_the_context() -> None:
    learned = LearnedContexts(lambda: 0.0)
    turns = [Message(Role.USER, "1" * 300)] * 10

    learned.learn("a", 4096, turns)

    assert learned.of("a") == size(turns)
    assert fit(turns, size(turns))[1] > 0


def test_only_so_many_limits_are_kept() -> None:
    learned = LearnedContexts(lambda: 0.0)
    question = [Message(Role.USER, "x" * 90_000)]
    for number in range(LEARNED_MODELS + 1):
        learned.learn(str(number), 4096, question)
        learned.learn("often", 4096, question)

    assert learned.of("0") is learned.of("1") is None
    assert learned.of("often") == learned.of(str(LEARNED_MODELS)) == 4096
