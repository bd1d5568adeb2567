"""What looks secret in a text is found, and what is hidden is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.services.sharing import secret_scan
from webchat.services.sharing.secret_scan import (
    LONGEST_PRIVATE_KEY,
    REACH,
    REDACTED,
    SLICE,
    Finding,
    excerpt,
    find_secrets,
    hide,
)

# Put together, so that no scanner of repositories takes them for keys.
A = "a1B2c3D4e5F6g7H8i9J0"
SECRETS = {
    "sk-" + "proj-" + A * 2: "key",
    "sk-" + "ant-api03-" + A: "key",
    "sk-" + "or-v1-" + A: "key",
    "AKIA" + "ABCDEFGHIJ234567": "key",
    "AIza" + (A * 2)[:35]: "key",
    "ghp_" + (A * 2)[:36]: "key",
    "github_pat_" + A * 2: "key",
    "glpat-" + A: "key",
    "sk_live_" + A: "key",
    "xoxb-" + "123456789012-" + A: "key",
    "hf_" + (A * 2)[:34]: "key",
    "npm_" + (A * 2)[:36]: "key",
    "gsk_" + A * 2: "key",
    "eyJ" + A + ".eyJ" + A + "." + A: "token",
    "123456789:AA" + (A * 2)[:33]: "token",
    "ann@example.org": "e-mail address",
    "jürgen.o-neil+x@mail.co.uk": "e-mail address",
    "4111 1111 1111 1111": "card number",
    "5500-0000-0000-0004": "card number",
    "378282246310005": "card number",
}
NAMED = {
    'password = "correct horse"': "correct",
    "PASSWORD: hunter2hunter2": "hunter2hunter2",
    "api_key='0123456789abcdef'": "0123456789abcdef",
    '{"access-token": "0123456789"}': "0123456789",
    "Authorization: Bearer 0123456789abcdefABCDEF": "0123456789abcdefABCDEF",
    "postgres://ann:s3cr3t@db.example.org/x": "s3cr3t",
}
HARMLESS = [
    "The password is what you type.",
    "A token is a part of a word; 4 tokens = 3 words.",
    "Call 0123 456 789 or see 2026-11-21 14:05:09.123456",
    "ask-for-a-long-walk-in-the-park-with-me",
    "4111 1111 1111 1112",  # fails the check of Luhn
    "0000000000000000",
    "https://example.org/a@b and @handle and a@b",
    "const risk_free_and_long_variable_name = 1",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "It is {}.", "({})", "key={}\nnext", "“{}”"])
def test_a_secret_is_found_whole(secret: str, around: str) -> None:
    text = around.format(secret)
    (found,) = find_secrets(text)

    assert text[found.start : found.end].rstrip(".") == secret
    assert found.kind == SECRETS[secret] or "key=" in text
    assert secret not in hide(text, [found])


@pytest.mark.parametrize("text", NAMED)
def test_what_a_name_says_is_secret_is_found(text: str) -> None:
    hidden = hide(text, find_secrets(text))

    assert REDACTED in hidden
    assert NAMED[text] not in hidden


def test_a_private_key_is_found_from_its_first_line_to_its_last() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\nBBBB\n-----END OPENSSH PRIVATE KEY-----"
    text = f"Here it is:\n{key}\nKeep it safe."

    assert hide(text, find_secrets(text)) == f"Here it is:\n{REDACTED}\nKeep it safe."
    assert find_secrets(f"cut off: {key[:60]}")[0].end == len(f"cut off: {key[:60]}")


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert find_secrets(text) == []


def test_what_overlaps_is_one_finding() -> None:
    text = "password=ann@example.org"

    (found,) = find_secrets(text)
    assert hide(text, [found]) == f"password={REDACTED}"


def test_an_excerpt_of_a_long_secret_shows_its_ends() -> None:
    text = "sk-" + A * 3
    assert excerpt(text, Finding("key", 0, len(text))) == f"sk-{A[:9]}…{text[-6:]}"
    assert excerpt("ann@example.org", Finding("e-mail address", 0, 15)) == "ann@example.org"


@given(
    st.lists(st.sampled_from([*SECRETS, *NAMED, *HARMLESS, "\n", " ", "é👋", "-----BEGIN PRIVATE KEY-----"]))
)
def test_hiding_takes_out_just_what_was_found(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found = find_secrets(text)

    assert all(before.end <= after.start for before, after in pairwise(found))
    rest = hide(text, found).split(REDACTED)
    assert len(rest) == len(found) + 1
    kept, at = "", 0
    for each in found:
        kept += text[at : each.start]
        at = each.end
    assert "".join(rest) == kept + text[at:]


PIECES = [
    *SECRETS,
    *NAMED,
    *HARMLESS,
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY PRIVATE ",
    "a", "a@", "a@b.", "1 ", "1-", "sk-", "SG.", "eyJ", "eyJaaaaaaaa.", "token=", "password ", "bearer ", "://",
    "://a:", ".", "-", "_", "@", "\n", " ", "é👋",
]  # fmt: skip
"""What each pattern begins with, or would follow for long in vain."""


class Watched:
    """A pattern that notes how much text each of its searches may look at."""

    def __init__(self, pattern: re.Pattern[str], noted: list[int]) -> None:
        self._pattern, self._noted = pattern, noted
        self.groupindex = pattern.groupindex

    def finditer(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        self._noted.append(min(end, len(text)) - start)
        return self._pattern.finditer(text, start, end)

    def match(self, text: str, start: int) -> re.Match[str] | None:
        found = self._pattern.match(text, start)
        self._noted.append(found.end() - start if found else 0)
        return found


def searched(text: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many characters each search of a scan may look at."""
    noted: list[int] = []
    patterns = [(kind, Watched(pattern, noted)) for kind, pattern in secret_scan._PATTERNS]
    with monkeypatch.context() as patch:
        patch.setattr(secret_scan, "_PATTERNS", patterns)
        patch.setattr(secret_scan, "_PRIVATE_KEY", Watched(secret_scan._PRIVATE_KEY, noted))
        find_secrets(text)
    return noted


@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_takes_twice_the_searches(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slice, reach = SLICE // 8, REACH // 8
    monkeypatch.setattr(secret_scan, "SLICE", slice)
    monkeypatch.setattr(secret_scan, "REACH", reach)
    size = 4 * slice
    short, long = ((piece * length)[:length] for length in (size, 2 * size))
    few, many = searched(short, monkeypatch), searched(long, monkeypatch)

    patterns = len(secret_scan._PATTERNS) + 1
    assert len(few) <= patterns * 5
    assert len(many) <= 2 * len(few) + patterns
    # All but the end of a key without end looks at one slice and what follows it.
    assert sum(looked > slice + reach for looked in many) <= 1
    assert sum(many) <= 3 * patterns * len(long)


@pytest.mark.parametrize("size", [1, 7, 100])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_slices_change_nothing_that_is_found(size: int, pieces: list[str]) -> None:
    text = "".join(pieces)
    whole = find_secrets(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secret_scan, "SLICE", size)
        assert find_secrets(text) == whole


def test_a_key_longer_than_any_slice_is_found_whole() -> None:
    key = "sk-" + "a" * 5 * (SLICE + REACH)

    assert hide(f"x {key} y", find_secrets(f"x {key} y")) == f"x {REDACTED} y"


def test_private_key_without_end_is_hidden_up_to_the_key_limit() -> None:
    begin = "-----BEGIN PRIVATE KEY-----"
    text = begin + "A" * 20_000 + begin + "B" * 20_000
    rest = "A" * (20_000 - LONGEST_PRIVATE_KEY)

    hidden = hide(text, find_secrets(text))
    assert hidden == REDACTED + rest + REDACTED + rest.replace("A", "B")


def test_places_that_overlap_are_hidden_once() -> None:
    places = [Finding("", 2, 8), Finding("", 3, 5), Finding("", 7, 9)]

    assert hide("0123456789", places) == f"01{REDACTED}9"
