"""What looks secret in a text is found, and what is hidden is gone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.services.secret_scan import REDACTED, Finding, excerpt, find_secrets, hide

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


@pytest.mark.parametrize(
    "sign", ["a", "a@", "1 ", "sk-", "eyJ", "token=", "-----BEGIN PRIVATE KEY-----", "a."]
)
def test_a_long_run_is_read_to_its_end(sign: str) -> None:
    """A quarter of a million characters: with time that grows as their square this would take hours."""
    find_secrets(sign * (250_000 // len(sign)))
