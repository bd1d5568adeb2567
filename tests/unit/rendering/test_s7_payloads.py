from __future__ import annotations

import base64
import hashlib

import pytest

from tests.payloads import xss_payloads
from tests.unit.rendering.reading import ADDRESS, answer, assert_harmless, question, read, snapshot, words
from webchat.rendering.page import download_page, not_found_page, passphrase_page, share_page

PAYLOADS = xss_payloads()


def test_s7_there_are_many_different_ones() -> None:
    assert len(set(PAYLOADS)) >= 200


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_s7_no_payload_runs_in_any_sink(number: int) -> None:
    payload = PAYLOADS[number]
    conversation = snapshot(
        question(payload),
        answer(payload, model=payload),
        answer(f"Some words {payload} and more", model=payload),
        answer(f"# {payload}\n\n- {payload}\n\n> {payload}\n\n| {payload} |\n|---|\n| {payload} |"),
        answer(
            f"[{payload}](https://a.example)\n\n![{payload}](https://a.example)\n\n```{payload}\n{payload}"
        ),
        answer(f"${payload}$ and $$\\text{{{payload}}}$$"),
        title=payload,
    )

    page = assert_harmless(share_page(conversation, address=ADDRESS, may_continue=True).html)
    assert_harmless(download_page(conversation))
    assert_harmless(passphrase_page(address=ADDRESS, problem=payload).html)

    assert len(list(page.iter("article"))) == 6
    assert len(list(page.iter("form"))) == 1


@pytest.mark.parametrize("payload", ['/x"><script>alert(1)</script>', "/x' onclick='a"])
def test_s7_no_payload_runs_in_the_address(payload: str) -> None:
    page = read(passphrase_page(address=ADDRESS + payload).html)

    assert not list(page.iter("script"))
    assert [form.get("action") for form in page.iter("form")] == ["/share/abc" + payload]


def test_s7_the_policy_allows_the_one_stylesheet_and_no_script() -> None:
    conversation = snapshot(question("a"), answer("b"))
    pages = [
        share_page(conversation, address=ADDRESS, may_continue=True),
        passphrase_page(address=ADDRESS),
        not_found_page(),
    ]

    for page in pages:
        (style,) = read(page.html).iter("style")
        found = base64.b64encode(hashlib.sha256(words(style).encode()).digest()).decode()
        assert page.policy == (
            f"default-src 'none'; style-src 'sha256-{found}'; img-src 'self' data:; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        assert f"'sha256-{found}'" in download_page(conversation).replace("&#x27;", "'")
