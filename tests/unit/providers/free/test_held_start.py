from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.providers import errors as e
from webchat.providers.free.held_start import HELD_LIMIT, HeldStart, Start, judge, refusal_in
from webchat.providers.free.refusals import Address

SOMEONE = Address("Some Service")
REFUSALS = {
    "当前地区当日额度已消耗完": e.QuotaExceeded,
    "Quota exceeded": e.QuotaExceeded,
    "quota EXCEEDED for metric": e.QuotaExceeded,
    "Error: Quota exceeded": e.QuotaExceeded,
    "[LIMITED]": e.QuotaExceeded,
    "data: [LIMITED]": e.QuotaExceeded,
    "流量异常": e.RateLimitError,
    "<!DOCTYPE html><html>": e.ChallengePage,
    "<html><head><title>502</title>": e.ChallengePage,
    '{"error":{"message":"no"}}': e.ServiceError,
    '{"error": "Quota exceeded"}': e.QuotaExceeded,
    '{"status":"error","msg":"no"}': e.ServiceError,
    '{"code":429,"message":"slow down"}': e.RateLimitError,
    '{"success":false,"message":"no"}': e.ServiceError,
    '{"event":"error","data":"no"}': e.ServiceError,
    "event: error\ndata: no\n\n": e.ServiceError,
    '\ufeff \n{"error":{"message":"no"}}\n': e.ServiceError,
}
ANSWERS = [
    "",
    "!",
    "-",
    "-1\n",
    "-1 is the answer",
    "- a list",
    "0",
    "Quota",
    "Quotations",
    "当前地区",
    "当前地区的天气很好",
    "<",
    "<p>Hi</p>",
    "<think>",
    "{",
    "{}",
    '{"er',
    '{"name": "x"}',
    '{"error": null, "name": "x"}',
    '{"error": "", "items": [{"a": 1}]}',
    '{"status": "ok"}',
    '{"status": "error" is how it begins',
    '{"message": "Hello"}',
    '{"message": "Hello", "and": "more',
    "{not json",
    "data: 5",
    "event: a party",
]


def read(pieces: list[str]) -> tuple[str, HeldStart]:
    start = HeldStart()
    shown = ""
    for piece in pieces:
        shown += start.feed(piece)
        if start.refused:
            return shown, start
    return shown + start.finish(), start


def cut_at(text: str, cuts: list[int]) -> list[str]:
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


@given(st.sampled_from(list(REFUSALS)), st.lists(st.integers(0, 200)))
def test_a_refusal_is_known_however_it_is_cut(text: str, cuts: list[int]) -> None:
    shown, start = read(cut_at(text, cuts))
    assert (shown, start.refused) == ("", True)


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_a_typed_error_in_the_services_words(text: str) -> None:
    error = refusal_in(SOMEONE, text)
    assert type(error) is REFUSALS[text]
    assert error.service_words or "<html" in text


@given(st.sampled_from(["当前地区当日额度已消耗完", "Quota exceeded", "流量异常"]), st.text())
def test_any_words_may_follow_a_refusal(words: str, suffix: str) -> None:
    shown, start = read([words, suffix])
    assert (shown, start.refused) == ("", True)
    assert isinstance(refusal_in(SOMEONE, words + suffix), e.RateLimitError)


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 200)))
def test_an_answer_comes_out_as_it_went_in(text: str, cuts: list[int]) -> None:
    shown, start = read(cut_at(text, cuts))
    assert (shown, start.refused) == (text, False)


@given(st.text(), st.lists(st.integers(0, 1000)))
def test_any_text_comes_out_whole_or_not_at_all(text: str, cuts: list[int]) -> None:
    shown, start = read(cut_at(text, cuts))
    assert shown == ("" if start.refused else text)


@pytest.mark.parametrize(
    ("text", "let_go"),
    [
        ("Hello", "H"),
        ("Привет", "П"),
        ("Quiet", "Qui"),
        ("当时", "当时"),
        ("<p>", "<p"),
        ("<htm5", "<htm5"),
        ('{"name": 1}', '{"n'),
        ('{"status": "ok"}', '{"status": "ok"}'),
        ("-10", "-10"),
        ("  so", "  s"),
    ],
)
def test_nothing_is_held_longer_than_needed(text: str, let_go: str) -> None:
    start = HeldStart()
    shown = [start.feed(letter) for letter in text]
    assert "".join(shown[: len(let_go) - 1]) == ""
    assert shown[len(let_go) - 1] == let_go
    assert "".join(shown) == text


def test_a_long_object_is_an_answer_before_it_ends() -> None:
    text = '{"message": "' + "x" * HELD_LIMIT
    assert judge(text) is Start.ANSWER
    assert judge(text[: HELD_LIMIT // 2]) is Start.OPEN
    assert judge(" " * (HELD_LIMIT + 1)) is Start.ANSWER


def test_a_json_error_cut_in_two_is_no_answer() -> None:
    assert judge('{"error":{"message', ended=True) is Start.REFUSAL
    assert type(refusal_in(SOMEONE, '{"error":{"message')) is e.MalformedAnswer
