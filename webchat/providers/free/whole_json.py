"""An answer sent as one JSON object with the text in `data`, or a refusal in its place."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator

from webchat.messages import Finish, FinishReason, StreamEvent, TextDelta
from webchat.providers.errors import (
    AnswerTooLarge,
    ConnectionFailed,
    EmptyAnswer,
    ProviderError,
    TruncatedAnswer,
)
from webchat.providers.free.held_start import Start, judge, refusal_in
from webchat.providers.free.refusals import (
    Address,
    error_object,
    is_error_object,
    nonce_refused,
    nonce_words,
    page_instead,
    unreadable,
)
from webchat.providers.wire.response import DOCUMENT_LIMIT, StreamedResponse
from webchat.providers.wire.status import failure_of

_BLANK = "\ufeff \t\r\n"
_DATA = re.compile(rb'"data"\s*:\s*"')
_NEAR = 64 * 1024
"""Bytes within which the text must begin for the idle timeout to replace that for the first text."""
_CUT_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{0,3}$")
_CUT_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}$")


async def read_whole(
    answer: StreamedResponse, address: Address, start: bytes = b""
) -> AsyncGenerator[StreamEvent, None]:
    """Yield the text of the answer once all of it has arrived.

    Args:
        answer: the response, of which `start` has already been read.
        address: the provider, for errors.
        start: the body's first bytes.

    Raises:
        NonceRefused: the service rejects the nonce.
        ProviderError: other typed errors; one that cuts the answer off carries the text so far.
    """
    body = bytearray(start)
    try:
        async for piece in answer:
            body += piece
            if len(body) > DOCUMENT_LIMIT:
                raise AnswerTooLarge(address.provider)
            if not answer.has_begun and len(body) <= _NEAR and text_so_far(bytes(body)):
                answer.text_began()
    except ProviderError as error:
        error.partial_text = text_so_far(bytes(body))
        if error.partial_text and isinstance(error, ConnectionFailed):
            raise TruncatedAnswer(address.provider, partial_text=error.partial_text) from error
        raise
    text = whole_text(address, body.decode("utf-8", "replace"))
    yield TextDelta(text)
    yield Finish(FinishReason.STOP)


def whole_text(address: Address, body: str) -> str:
    """Return the text of a whole body; raises the typed error if there is none."""
    came, body = body, body.strip(_BLANK)
    if not body:
        raise EmptyAnswer(address.provider)
    if body in ("-1", "0"):
        raise nonce_refused(address, body)
    if body[0] == "<":
        raise page_instead(address, body)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        if judge(body, ended=True) is Start.REFUSAL:
            raise refusal_in(address, body) from None
        if partial := text_so_far(came.encode()):
            raise TruncatedAnswer(address.provider, partial_text=partial) from None
        raise unreadable(address, body) from None
    if is_error_object(value):
        words = failure_of(value).words
        raise nonce_refused(address, words) if nonce_words(words) else error_object(address, value)
    text = value.get("data") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise unreadable(address, body)
    if not text.strip():
        raise EmptyAnswer(address.provider)
    return text


def text_so_far(body: bytes) -> str:
    """Return the text in `data` of an incomplete JSON object; empty for an error.

    >>> text_so_far(b'{"status":"success","data":"Hell')
    'Hell'
    """
    found = _DATA.search(body)
    if found is None or b'"error"' in body[: found.start()]:
        return ""
    raw = _string(body, found.end()).decode("utf-8", "ignore")
    raw = _CUT_PAIR.sub("", _CUT_ESCAPE.sub("", raw))
    try:
        text = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        return ""
    return str(text)


def _string(body: bytes, start: int) -> bytes:
    """Return the contents of a JSON string from `start` to its closing quote or the end."""
    end = body.find(b'"', start)
    while end >= 0:
        first = end
        while first > start and body[first - 1 : first] == b"\\":
            first -= 1
        if (end - first) % 2 == 0:
            return body[start:end]
        end = body.find(b'"', end + 1)
    return body[start:]
