"""Whatever an answer holds, its page is made, is no larger than it may be, and loses no word."""

from __future__ import annotations

import re
import time

import pytest

from tests.unit.rendering.pathological import TEXTS
from tests.unit.rendering.reading import ADDRESS, answer, of_class, read, snapshot, words
from webchat.rendering import limits, markdown
from webchat.rendering.limits import OutOfTime, Room, TooLarge, processor_time, size_for
from webchat.rendering.markdown import PageBudget, to_html
from webchat.rendering.page import download_page, share_page
from webchat.rendering.texts import clean, escaped

NOTE = "too complex to format"


@pytest.mark.parametrize("name", TEXTS)
def test_s13_every_text_ends_with_a_page_that_is_not_too_large(name: str) -> None:
    text = TEXTS[name]
    html = to_html(text, PageBudget())

    assert len(html) <= max(size_for(text), len(escaped(text)) + 200)
    if NOTE in html:
        assert escaped(clean(text)) in html


def test_s13_reference_used_many_times_is_shown_as_source() -> None:
    """It would be a gigabyte: 50 kB of address, 20,000 times."""
    text = f"[a]: https://a.example/{'x' * 50_000}\n\n" + "[a] " * 20_000
    html = to_html(text, PageBudget())

    assert NOTE in html
    assert len(html) < len(text) + 200


def test_s13_nothing_larger_than_its_room_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The renderer stops at the first piece that has no room, not when all are there."""
    taken: list[int] = []

    class Watched(Room):
        def take(self, size: int) -> None:
            taken.append(size)
            super().take(size)

    monkeypatch.setattr(markdown, "Room", Watched)
    text = f"[a]: https://a.example/{'x' * 5000}\n\n" + "[a] " * 20_000
    to_html(text, PageBudget())

    assert sum(taken) <= size_for(text) + 6000


def test_s13_a_page_has_room_for_all_its_answers_together() -> None:
    sheet = PageBudget(size=1500)
    pages = [to_html("*a* " * 100, sheet) for _ in range(3)]

    assert ["<em>" in page for page in pages] == [True, False, False]
    assert [NOTE in page for page in pages] == [False, True, True]


def test_s13_a_drawing_in_an_answer_that_is_too_large_gives_the_page_no_more_room() -> None:
    sheet = PageBudget(size=1500)
    text = "```mermaid\npie\n```\n\n" + "*a* " * 1000
    html = to_html(text, sheet, {"pie": f"<svg>{'x' * 3000}</svg>"})

    assert NOTE in html
    assert sheet.room.left == 1500


def test_s13_a_page_has_time_for_all_its_answers_together() -> None:
    sheet = PageBudget()
    to_html("*a*\n\n" * 2_000, sheet)  # more than one tick of the clock
    assert 0 < sheet.seconds < limits.PAGE_SECONDS

    sheet.seconds = 0
    assert NOTE in to_html("*a*", sheet)


def test_s13_answer_slow_to_format_is_plain_and_the_next_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(limits, "SECONDS_PER_CHARACTER", 0.0)
    slow = "![" * 100_000
    html = share_page(snapshot(answer(slow), answer("**next**")), address=ADDRESS, may_continue=False).html
    first, second = of_class(read(html), "answer")

    assert NOTE in words(first)
    assert slow in words(first)
    assert [words(strong) for strong in second.iter("strong")] == ["next"]


def test_s13_a_regular_expression_is_interrupted() -> None:
    with pytest.raises(OutOfTime), processor_time(0.05):
        re.match(r"(a|aa)+$", "a" * 100 + "b")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_s13_time_limit_reached_while_freeing_an_object_applies() -> None:
    """Python reports what is raised in `__del__` and goes on."""

    class Slow:
        def __del__(self) -> None:
            while True:
                pass

    def take_long() -> None:
        with processor_time(0.05):
            Slow()
            until = time.process_time() + 5
            while time.process_time() < until:
                pass

    with pytest.raises(OutOfTime):
        take_long()


def test_s13_the_time_of_one_block_does_not_strike_in_the_next() -> None:
    with processor_time(0.01):
        pass
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass


def test_s13_what_is_too_large_is_said_once_there_is_no_room() -> None:
    room = Room(10)
    room.take(10)
    with pytest.raises(TooLarge):
        room.take(1)


def test_s13_a_plain_page_formats_nothing() -> None:
    page = read(download_page(snapshot(answer("**a**"), answer("b")), plain=True))

    assert [words(plain) for plain in of_class(page, "plain")] == ["**a**", "b"]
