"""Holds back the start of a plain-text answer until it is known to be one.

Services that answer in plain text also send their refusals that way, with status 200. Every known refusal has
a distinctive start, so text is only held back while it can still become one of those. An ordinary answer is
released with its first letter.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum

from webchat.providers.errors import ProviderError
from webchat.providers.free.refusals import (
    LIMITED,
    QUOTA_WORDS,
    TRAFFIC_WORDS,
    Address,
    error_object,
    is_error_object,
    page_instead,
    quota,
    refusal,
    unreadable,
)
from webchat.providers.wire.status import Failure

HELD_LIMIT = 8 * 1024
"""Maximum characters of JSON to hold back to see whether it is an error; error messages are never longer."""

_QUOTA = (*QUOTA_WORDS, "error: quota exceeded", LIMITED.lower(), f"data: {LIMITED.lower()}")
_EVENTS = ("event: error", "event:error")
_PAGES = ("<!doctype", "<html", "<head>", "<body")
_ALL = (*_QUOTA, *TRAFFIC_WORDS, *_EVENTS, *_PAGES)
_ERROR_KEYS = ("error", "status", "event", "code", "message", "msg", "detail", "success", "statusCode")
_FIRST_KEY = re.compile(r'\{\s*(?:"(?P<key>[^"\\]*)(?P<closed>")?)?')
_NO_ANSWER = "-1"
_BLANK = "\ufeff \t\r\n"


class Start(Enum):
    """What the start of an answer turned out to be."""

    OPEN = "it may still become a refusal"
    ANSWER = "it is the answer's"
    REFUSAL = "it is a refusal"


def judge(text: str, *, ended: bool = False) -> Start:
    """Classify the start of an answer received so far.

    >>> judge("Quota"), judge("Quotations"), judge("Quota exceeded, come back")
    (<Start.OPEN: 'it may still become a refusal'>, <Start.ANSWER: "it is the answer's">, \
<Start.REFUSAL: 'it is a refusal'>)
    """
    begin = text.lstrip(_BLANK)
    if not begin:
        return Start.OPEN if len(text) <= HELD_LIMIT and not ended else Start.ANSWER
    if begin[0] == "{":
        return _judge_object(begin, ended)
    if _NO_ANSWER.startswith(text):
        # As a whole body without a line end, this is how WordPress says no; a model ends its line.
        return (Start.REFUSAL if text == _NO_ANSWER else Start.ANSWER) if ended else Start.OPEN
    head = begin[:32].lower()
    if head.startswith(_ALL):
        return Start.REFUSAL
    if not ended and any(words.startswith(head) for words in _ALL):
        return Start.OPEN
    return Start.ANSWER


def _judge_object(begin: str, ended: bool) -> Start:
    first = _FIRST_KEY.match(begin)
    assert first is not None
    key = first["key"]
    if first.end() == len(begin) and not first["closed"]:
        possible = key is None or any(name.startswith(key) for name in _ERROR_KEYS)
    else:
        possible = bool(first["closed"]) and key in _ERROR_KEYS
    if not possible or len(begin) > HELD_LIMIT:
        return Start.ANSWER
    if begin.rstrip(_BLANK).endswith("}"):
        try:
            value = json.loads(begin)
        except (ValueError, RecursionError):
            pass
        else:
            return Start.REFUSAL if is_error_object(value) else Start.ANSWER
    if ended:
        return Start.REFUSAL if key == "error" else Start.ANSWER
    return Start.OPEN


def refusal_in(address: Address, text: str) -> ProviderError:
    """Return the typed error for a body whose start is a refusal."""
    begin = text.strip(_BLANK)
    head = begin[:32].lower()
    if head.startswith(_PAGES):
        return page_instead(address, begin)
    if head.startswith(_QUOTA):
        return quota(address, begin)
    if head.startswith(_EVENTS):
        return refusal(address, Failure(_data_lines(begin)))
    if begin[:1] == "{":
        try:
            return error_object(address, json.loads(begin))
        except (ValueError, RecursionError):
            return unreadable(address, begin)
    if begin == _NO_ANSWER:
        return unreadable(address, begin)
    return refusal(address, Failure(begin))


def _data_lines(text: str) -> str:
    lines = (line.partition("data:") for line in text.splitlines())
    return " ".join(words.strip() for _, mark, words in lines if mark) or text


@dataclass(slots=True)
class HeldStart:
    """Buffers the start of one answer and releases it once it is known to be part of the answer.

    After `feed` or `finish`, `refused` tells whether it is a refusal; `held` is then its text so far.
    """

    held: str = ""
    known: Start = Start.OPEN

    @property
    def refused(self) -> bool:
        """Whether the text is a refusal."""
        return self.known is Start.REFUSAL

    def feed(self, text: str) -> str:
        """Feed the next text; return what may be shown."""
        return text if self.known is Start.ANSWER else self._take(text, ended=False)

    def finish(self) -> str:
        """Signal the end; return what was held back."""
        return "" if self.known is Start.ANSWER else self._take("", ended=True)

    def _take(self, text: str, *, ended: bool) -> str:
        self.held += text
        self.known = judge(self.held, ended=ended)
        if self.known is not Start.ANSWER:
            return ""
        released, self.held = self.held, ""
        return released
