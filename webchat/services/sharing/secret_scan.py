"""Finds what users may not want to publish: keys, tokens, passwords, e-mail addresses, card numbers.

The patterns are our own, because existing scanners read files and repositories, ignore e-mail addresses and
cards, or need a language model. The formats of the keys are those that their issuers publish.

A scan takes linear time: each pattern begins with a fixed character or at a boundary, every repetition that
can be followed by another character is bounded, and private keys, which are longer, are found by their
markers. The text is searched in slices, because `re` holds the GIL while it searches; other threads can run
between slices.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

REDACTED = "[redacted]"
SLICE = 16 * 1024
"""Characters per slice; searching one takes about a millisecond."""
REACH = 16 * 1024
"""Characters that a search may look at after its slice, more than any pattern needs to match."""
LONGEST_PRIVATE_KEY = 16_000
"""Maximum characters between the two markers; also the assumed length of a key without an end marker."""
_WORD = r"(?<![A-Za-z0-9_-])"
_KEYS = (
    r"sk-[A-Za-z0-9_-]{16,}",  # OpenAI, Anthropic, OpenRouter and many who follow them
    r"(?:AKIA|ASIA)[0-9A-Z]{16}",  # Amazon
    r"AIza[0-9A-Za-z_-]{35}",  # Google
    r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}",
    r"glpat-[A-Za-z0-9_-]{20,}",  # GitLab
    r"(?:sk|rk|pk|whsec)_(?:live_|test_)?[0-9A-Za-z]{16,}",  # Stripe
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}",  # Slack
    r"hf_[A-Za-z0-9]{30,}",  # Hugging Face
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[A-Za-z0-9_-]{50,}",
    r"SG\.[A-Za-z0-9_-]{16,200}\.[A-Za-z0-9_-]{16,}",  # SendGrid
    r"gsk_[A-Za-z0-9]{40,}",  # Groq
    r"AGE-SECRET-KEY-1[0-9A-Z]{50,}",
)
_PRIVATE_KEY = re.compile(r"-----(?P<side>BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("key", re.compile(_WORD + "(?:" + "|".join(_KEYS) + ")")),
    ("token", re.compile(_WORD + r"eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,}")),
    ("token", re.compile(_WORD + r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}")),  # Telegram
    ("token", re.compile(_WORD + r"(?i:bearer|basic) {1,4}(?P<value>[A-Za-z0-9._~+/=-]{16,})")),
    ("password", re.compile(r"(?<=://)[^\s/:@]{0,100}:(?P<value>[^\s/@]{1,200})@")),
    (
        "password",
        re.compile(
            r"(?i:pass(?:word|wd|phrase)?|pwd|secret|token"
            r"|(?:api|access|auth|private|secret)[_ -]?(?:key|token))"
            r"[\"']?[ \t]{0,4}(?::|=>?|:=)[ \t]{0,4}[\"'`]?(?P<value>[^\s\"'`,;]{6,200})"
        ),
    ),
    (
        "e-mail address",
        re.compile(
            r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}"
        ),
    ),
    ("card number", re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])")),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A possible secret: the characters from `start` up to, but not including, `end`."""

    kind: str
    start: int
    end: int


def find_secrets(text: str) -> list[Finding]:
    """All possible secrets in a text, in order and without overlaps."""
    found = list(_private_keys(text))
    for kind, pattern in _PATTERNS:
        for match in matches(pattern, text):
            group = "value" if "value" in pattern.groupindex else 0
            if kind != "card number" or _is_card(match[0]):
                found.append(Finding(kind, *match.span(group)))
    found.sort(key=lambda each: (each.start, -each.end))
    apart: list[Finding] = []
    for each in found:
        if not apart or each.start >= apart[-1].end:
            apart.append(each)
        elif each.end > apart[-1].end:
            apart[-1] = Finding(apart[-1].kind, apart[-1].start, each.end)
    return apart


def matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Like `pattern.finditer(text)`, but slice by slice."""
    at = 0
    while at < len(text):
        start, border = at, at + SLICE
        at = border
        for match in pattern.finditer(text, start, border + REACH):
            if match.start() >= border:
                break
            if match.end() == border + REACH:  # an even longer key: find its end
                match = pattern.match(text, match.start()) or match
            yield match
            at = max(border, match.end())


def _private_keys(text: str) -> Iterator[Finding]:
    """From each BEGIN to the first END after it, or as far as a key may reach if there is none nearby."""
    begin: re.Match[str] | None = None
    for marker in matches(_PRIVATE_KEY, text):
        if begin is not None and marker.start() - begin.end() > LONGEST_PRIVATE_KEY:
            yield Finding("private key", begin.start(), begin.end() + LONGEST_PRIVATE_KEY)
            begin = None
        if begin is None and marker["side"] == "BEGIN":
            begin = marker
        elif begin is not None and marker["side"] == "END":
            yield Finding("private key", begin.start(), marker.end())
            begin = None
    if begin is not None:
        yield Finding("private key", begin.start(), min(len(text), begin.end() + LONGEST_PRIVATE_KEY))


def hide(text: str, findings: Iterable[Finding]) -> str:
    """The text with `[redacted]` in place of each finding; findings that overlap count as one."""
    pieces, at = [], 0
    for each in sorted(findings, key=lambda each: each.start):
        if each.start >= at:
            pieces += [text[at : each.start], REDACTED]
        at = max(at, each.end)
    return "".join([*pieces, text[at:]])


def excerpt(text: str, finding: Finding) -> str:
    """An excerpt of the finding to show to its owner: its first and last characters."""
    found = text[finding.start : finding.end]
    if len(found) > 1000:
        found = found[:500] + found[-500:]
    words = " ".join(found.split())
    return words if len(words) <= 24 else f"{words[:12]}…{words[-6:]}"


def _is_card(text: str) -> bool:
    """Whether the digits pass the Luhn check (ISO/IEC 7812-1, annex B) and are not all the same."""
    digits: Sequence[int] = [int(sign) for sign in text if sign.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return len(set(digits)) > 1 and (doubled + sum(digits[-1::-2])) % 10 == 0
