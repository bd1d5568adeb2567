"""The words of a running answer: whoever reads, from wherever, gets each character exactly once."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webchat.services.answers import live_answer
from webchat.services.answers.live_answer import LiveAnswer, Piece, Position, missing_piece
from webchat.storage.types import CleanText

odd = st.sampled_from(["\0", "\ud83d", "\ude00", "\r", "\u2028", "😀"])
any_text = st.lists(st.characters(exclude_categories=[]) | odd, min_size=1, max_size=6).map("".join)
deltas = st.lists(st.tuples(st.sampled_from(["text", "reasoning"]), any_text), max_size=12)


def add(answer: LiveAnswer, kind: str, text: str) -> None:
    (answer.add_text if kind == "text" else answer.add_reasoning)(text)


def written(parts: list[tuple[str, str]]) -> LiveAnswer:
    answer = LiveAnswer()
    for kind, text in parts:
        add(answer, kind, text)
    return answer


async def read(answer: LiveAnswer, position: Position | None = None, interval: float = 0) -> list[Piece]:
    return [piece async for piece in answer.follow(position or Position(), lambda: interval)]


def joined(pieces: list[Piece]) -> tuple[str, str]:
    return "".join(piece.reasoning for piece in pieces), "".join(piece.text for piece in pieces)


# Positions.


@settings(deadline=None)
@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_position_survives_being_written_and_read(reasoning: int, text: int) -> None:
    assert Position.parse(str(Position(reasoning, text))) == Position(reasoning, text)


def test_a_position_without_reasoning_is_one_number() -> None:
    assert str(Position(0, 17)) == "17"
    assert str(Position(3, 17)) == "3.17"


@pytest.mark.parametrize("written", ["", "-1", "1.", "1.2.3", "1,2", "abc", "1e3", " 5", "0x10", "²", "5.-1"])
def test_anything_else_is_the_beginning(written: str) -> None:
    assert Position.parse(written) == Position()


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_text_is_no_position_that_fails(written: str) -> None:
    position = Position.parse(written)

    assert position.text >= 0
    assert position.reasoning >= 0


def test_a_number_of_thousands_of_digits_is_the_beginning() -> None:
    assert Position.parse("9" * 20_000) == Position()
    assert Position.parse("9" * 20_000 + ".1") == Position()


# What is missing.


@settings(deadline=None)
@given(deltas)
def test_at_every_position_exactly_the_rest_is_missing(parts: list[tuple[str, str]]) -> None:
    answer = written(parts)
    reasoning, text = answer.reasoning, answer.text

    for done_reasoning in range(len(reasoning) + 1):
        for done_text in range(len(text) + 1):
            position = Position(done_reasoning, done_text)
            live, finished = answer.since(position), missing_piece(reasoning, text, position)
            assert live == finished
            if position == Position(len(reasoning), len(text)):
                assert live is None
            else:
                assert live is not None
                assert reasoning[:done_reasoning] + live.reasoning == reasoning
                assert text[:done_text] + live.text == text
                assert live.position == answer.position


@settings(deadline=None)
@given(deltas)
def test_the_words_are_those_the_database_will_hold(parts: list[tuple[str, str]]) -> None:
    answer = written(parts)
    stored = CleanText().process_bind_param

    assert stored(answer.text, None) == answer.text  # type: ignore[arg-type]
    assert stored(answer.reasoning, None) == answer.reasoning  # type: ignore[arg-type]
    answer.text.encode()
    sent = "".join(text for kind, text in parts if kind == "text")
    # A half of a pair at the very end is kept back for the other half.
    if not sent or not "\ud800" <= sent[-1] <= "\udbff":
        assert answer.text == stored(sent, None)  # type: ignore[arg-type]


def test_a_pair_that_comes_in_halves_is_one_character() -> None:
    answer = written([("text", "a\ud83d"), ("reasoning", "b\ud83d"), ("text", "\ude00c"), ("reasoning", "d")])

    assert answer.text == "a😀c"
    assert answer.reasoning == "b\ufffdd"
    assert answer.position == Position(3, 3)


def test_a_position_behind_the_end_is_taken_for_the_end() -> None:
    answer = written([("text", "abc")])

    piece = answer.since(Position(9, 9))

    assert piece == Piece("", "", Position(0, 3))
    assert missing_piece("", "abc", Position(9, 9)) is None


@settings(deadline=None)
@given(st.lists(any_text, min_size=1, max_size=40), st.integers(1, 9), st.integers(2, 7), st.data())
def test_blocks_and_pieces_of_any_size_are_the_same_text(
    parts: list[str], block: int, most: int, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_answer, "_BLOCK", block)
        patch.setattr(live_answer, "_END_PARTS", 3)
        answer = written([(data.draw(st.sampled_from(["text", "reasoning"])), part) for part in parts])
        reasoning, text = answer.reasoning, answer.text
        position, read_reasoning, read_text = Position(), "", ""
        while piece := answer.since(position, most):
            assert 0 < len(piece.reasoning) + len(piece.text) <= most
            assert piece == missing_piece(reasoning, text, position, most)
            read_reasoning += piece.reasoning
            read_text += piece.text
            position = piece.position

        assert (read_reasoning, read_text) == (reasoning, text)
        assert position == answer.position
        for start in range(len(text) + 1):
            pieces = list(answer.pieces(Position(0, start), answer.position, most))
            assert "".join(piece.reasoning for piece in pieces) == reasoning
            assert "".join(piece.text for piece in pieces) == text[start:]
            assert all(len(piece.reasoning) + len(piece.text) == most for piece in pieces[:-1])
            assert not pieces or pieces[-1].position == answer.position


def test_rare_wide_character_does_not_quadruple_memory() -> None:
    """A Python string takes four bytes for each character as soon as one of them needs that."""
    tracemalloc.start()
    answer = LiveAnswer()
    for _ in range(2_000):
        answer.add_text("x" * 1000)
        answer.add_text("😀")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held < 1.25 * len(answer.text.encode())


# Following.


@settings(deadline=None)
@given(deltas, st.data())
def test_every_reader_gets_everything_once(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    begins = data.draw(st.lists(st.integers(0, len(parts)), min_size=1, max_size=4))

    async def play() -> tuple[LiveAnswer, list[tuple[Position, list[Piece]]]]:
        answer = LiveAnswer()
        readers: list[tuple[Position, asyncio.Task[list[Piece]]]] = []
        for number, (kind, text) in enumerate([*parts, ("text", "")]):
            for begin in begins:
                if begin == number:
                    # One that begins now, and one that comes back with what there is.
                    for position in (Position(), answer.position):
                        readers.append((position, asyncio.create_task(read(answer, position))))
            await asyncio.sleep(0)
            if text:
                add(answer, kind, text)
        answer.end()
        return answer, [(position, await task) for position, task in readers]

    answer, results = asyncio.run(play())

    for position, pieces in results:
        reasoning, text = joined(pieces)
        assert answer.reasoning[: position.reasoning] + reasoning == answer.reasoning
        assert answer.text[: position.text] + text == answer.text
        assert all(piece.reasoning or piece.text for piece in pieces)


async def test_late_reader_gets_a_finished_answer_in_one_piece() -> None:
    answer = written([("reasoning", "why"), ("text", "a"), ("text", "b")])
    answer.end()

    assert await read(answer) == [Piece("why", "ab", Position(3, 2))]
    assert await read(answer, Position(3, 2)) == []


async def test_hundreds_of_readers_share_one_answer() -> None:
    answer = LiveAnswer()
    readers = [asyncio.create_task(read(answer)) for _ in range(300)]
    for number in range(50):
        answer.add_text(f"{number} ")
        await asyncio.sleep(0)
    answer.end()

    expected = "".join(f"{number} " for number in range(50))
    assert {joined(pieces) for pieces in await asyncio.gather(*readers)} == {("", expected)}


async def test_a_reader_that_goes_leaves_the_others_alone() -> None:
    answer = LiveAnswer()
    stays, goes = asyncio.create_task(read(answer)), asyncio.create_task(read(answer))
    await asyncio.sleep(0)
    goes.cancel()
    answer.add_text("for who stays")
    answer.end()

    assert joined(await stays) == ("", "for who stays")


async def test_what_comes_while_a_reader_rests_comes_as_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = LiveAnswer()
    rests: list[float] = []
    sleep = asyncio.sleep

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 1:
            for letter in "bcd":
                answer.add_text(letter)
        else:
            answer.end()
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", rest)
    answer.add_text("a")
    pieces = await read(answer, interval=0.5)

    assert [piece.text for piece in pieces] == ["a", "bcd"]
    assert rests == [0.5, 0.5]


async def test_the_first_words_are_waited_for() -> None:
    kinds: tuple[Callable[[LiveAnswer], None], ...] = (
        lambda answer: answer.add_text("x"),
        lambda answer: answer.add_reasoning("x"),
        lambda answer: answer.end(),
    )
    for news in kinds:
        answer = LiveAnswer()
        waiting = asyncio.create_task(answer.begun())
        await asyncio.sleep(0)
        assert not waiting.done()
        news(answer)
        await waiting
