from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from webchat.providers.free.whole_json import text_so_far

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, st.booleans(), st.integers(0, 10_000))
def test_the_text_of_a_cut_answer_is_its_beginning(text: str, ascii_only: bool, cut: int) -> None:
    body = json.dumps({"status": "success", "data": text, "more": 'a "quote"'}, ensure_ascii=ascii_only)
    raw = body.encode()
    assert text.startswith(text_so_far(raw[: cut % (len(raw) + 1)]))


@given(TEXT, st.booleans())
def test_the_text_of_a_whole_answer_is_all_of_it(text: str, ascii_only: bool) -> None:
    body = json.dumps({"data": text, "more": 1}, ensure_ascii=ascii_only)
    assert text_so_far(body.encode()) == text


@given(st.binary())
def test_any_bytes_can_be_looked_at(body: bytes) -> None:
    assert text_so_far(body) == "" or b'"data"' in body


def test_the_data_of_an_error_is_no_text() -> None:
    assert text_so_far(b'{"status":"error","data":"oh') == ""
    assert text_so_far(b'{"data":"a \\"quoted\\" word\\\\","x":"y"}') == 'a "quoted" word\\'
    assert text_so_far(b'{"data":"\\ud83d') == text_so_far(b'{"data":"\\ud8') == ""
