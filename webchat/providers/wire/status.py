"""Converts a service's error response to a typed error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from webchat.providers.errors import (
    AuthenticationFailed,
    BadRequest,
    ChallengePage,
    ContextTooLong,
    ModelLoading,
    ModelNotFound,
    ProviderError,
    QuotaExceeded,
    RateLimitError,
    ServiceError,
    WrongAddress,
)
from webchat.providers.wire.context_limit import MOST, context_limit

_CONTEXT = re.compile(
    r"context[ _](length|window|size)|maximum (context|prompt length)|prompt (is )?too long"
    r"|too[ _]many[ _]((input|prompt)[ _])?tokens(?! per)|maximum number of tokens allowed"
    r"|prompt token count|tokens_limit_reached",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient[ _](quota|funds|credits|balance)|exceeded your current quota", re.IGNORECASE
)
_RATE = re.compile(r"rate[ _-]?limit|too many requests", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model_not_found|not a valid model|no such model|invalid model"
    r"|(model|deployment)\b.{0,120}\b(not found|not exist|not available|not supported)|DeploymentNotFound",
    re.IGNORECASE | re.DOTALL,
)
_KEY = re.compile(r"invalid[ _]api[ _]key|incorrect api key|authentication_error", re.IGNORECASE)
_LOADING = re.compile(r"\bloading (the )?model|\bmodel\b.{0,120}\bloading\b", re.IGNORECASE | re.DOTALL)
_REFUSED = re.compile(r"invalid[ _](request|argument|value)|bad[ _]request|tool_use_failed", re.IGNORECASE)
_CHALLENGE = re.compile(rb"just a moment|cf-chl|challenge-platform|captcha|attention required", re.IGNORECASE)
_NO_WORDS = "Provider returned error"
"""OpenRouter's message if the actual error, from the model's host, is in `metadata.raw`."""
_MESSAGE_KEYS = ("message", "msg", "detail", "error_description", "error")


@dataclass(frozen=True, slots=True)
class Failure:
    """A service's error: its message, its own error codes, and whether it was a web page.

    `limit` is the model's context size in tokens, if the error has a field for it.
    """

    words: str = ""
    code: str = ""
    status: int | None = None
    limit: int | None = None
    html: bool = False
    challenge: bool = False

    def masked(self, mask: Callable[[str], str]) -> Failure:
        """Return it with a message from which `mask` removed secrets."""
        return replace(self, words=mask(self.words))


def read_failure(body: bytes) -> Failure:
    """Parse the body of a failed response: JSON in the usual shapes, a web page or plain text."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        try:
            return failure_of(json.loads(body))
        except (ValueError, RecursionError):
            pass
    text = body.decode("utf-8", "replace")
    if start == b"<":
        return Failure(text, html=True, challenge=_CHALLENGE.search(body) is not None)
    return Failure(text)


def failure_of(value: object) -> Failure:
    """Parse a decoded error object from a body or from an event in a stream."""
    if isinstance(value, list):
        value = value[0] if value else {}
    if not isinstance(value, dict):
        return Failure(value if isinstance(value, str) else "")
    inner = value.get("error")
    source = inner if isinstance(inner, dict) else value
    codes = [source.get(name) for name in ("code", "type", "status", "status_code")]
    number = next((code for code in codes if isinstance(code, int) and 400 <= code < 600), None)
    held = source.get("n_ctx")  # llama.cpp
    limit = held if type(held) is int and 0 < held <= MOST else None
    code = " ".join(code for code in codes if isinstance(code, str))
    return Failure(_all_words(source), code, number, limit)


def _all_words(source: dict[str, Any]) -> str:
    words, metadata = _words(source), source.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    if not isinstance(raw, str) or not raw.strip():
        return words
    raw = read_failure(raw.encode("utf-8", "replace")).words or raw
    return raw if words in ("", _NO_WORDS) else f"{words}: {raw}"


def _words(value: object, depth: int = 0) -> str:
    if isinstance(value, str):
        return value
    if depth > 4:
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(item, depth + 1) for item in value[:3])))
    if isinstance(value, dict):
        return next(filter(None, (_words(value.get(key), depth + 1) for key in _MESSAGE_KEYS)), "")
    return ""


def retry_after(value: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """Return the seconds of a `Retry-After` header in either form; None if it is invalid.

    RFC 9110, 10.2.3: a number of seconds or an HTTP date. A date in the past is 0.
    """
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"\d{1,9}(\.\d*)?", value, re.ASCII):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now()).total_seconds())


def error_for(
    provider: str,
    failure: Failure,
    status: int | None = None,
    *,
    wait: float | None = None,
    model: str = "",
    models: Sequence[str] = (),
) -> ProviderError:
    """Return the typed error for a failure.

    Args:
        provider: its name.
        failure: the parsed error.
        status: the HTTP status, or None for an error inside a stream.
        wait: the result of `retry_after` for the response.
        model: the requested model.
        models: the available models, as far as known.
    """
    words = failure.words
    said = f"{failure.code} {words[:2000]}"
    code = status if status is not None and status != 200 else failure.status
    if failure.html and (failure.challenge or code in (None, 403)):
        return ChallengePage(provider, status=status, service_words=words)
    if code == 402 or _QUOTA.search(said):
        return QuotaExceeded(provider, retry_after=wait, status=status, service_words=words)
    if code == 429 or _RATE.search(failure.code):
        return RateLimitError(provider, retry_after=wait, status=status, service_words=words)
    if code in (401, 403) or (code in (None, 400) and _KEY.search(said)):
        return AuthenticationFailed(provider, status=status, service_words=words)
    if code in (None, 400, 413, 422, 500) and _CONTEXT.search(said):
        limit = failure.limit or context_limit(words[:2000])
        return ContextTooLong(provider, limit=limit, status=status, service_words=words)
    if code == 503 and _LOADING.search(said):
        return ModelLoading(provider, retry_after=wait, status=status, service_words=words)
    no_model = _NO_MODEL.search(said) or (code == 404 and "model" in said.lower())
    if code in (None, 400, 404, 422) and no_model and not (code == 404 and failure.html):
        return ModelNotFound(provider, model, models, status=status, service_words=words)
    if code is None and _REFUSED.search(failure.code):
        return BadRequest(provider, status=status, service_words=words)
    if code is None or code >= 500 or code == 408:
        return ServiceError(provider, retry_after=wait, status=status, service_words=words)
    if code in (404, 405, 410) or code < 400:
        return WrongAddress(provider, status=status, service_words=words)
    return BadRequest(provider, status=status, service_words=words)
