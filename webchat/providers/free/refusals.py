"""Recognizes refusals of the free services and converts them to typed errors.

The phrases are those observed: FreeGpt's used-up quota (possibly followed by advice) and unusual traffic,
AIChatFree's `Quota exceeded`, and the limit messages of WordPress chat plugins.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from webchat.providers.errors import (
    AuthenticationFailed,
    ChallengePage,
    MalformedAnswer,
    NonceRefused,
    ProviderError,
    QuotaExceeded,
    RateLimitError,
    ServiceError,
    WrongAddress,
)
from webchat.providers.wire.status import Failure, error_for, failure_of

QUOTA_WORDS = ("当前地区当日额度已消耗完", "quota exceeded")
"""In lower case. A body that starts with these is not an answer; in a failed response they may be
anywhere."""

TRAFFIC_WORDS = ("流量异常",)
LIMITED = "[LIMITED]"

_LIMIT = re.compile(
    r"\blimit(ed|s)?\b|quota|too many|额度|流量|(reached|exceeded|used up) (your|the|all)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Address:
    """Who refused: the provider's name, the requested model and the available ones."""

    provider: str
    model: str = ""
    models: tuple[str, ...] = ()


def quota(
    address: Address, words: str, *, status: int | None = None, wait: float | None = None
) -> QuotaExceeded:
    """Return the error for a used-up free quota."""
    return QuotaExceeded(address.provider, "free", retry_after=wait, status=status, service_words=words)


def refusal(
    address: Address, failure: Failure, *, status: int | None = None, wait: float | None = None
) -> ProviderError:
    """Return the typed error for a free service's message, in a failed response or in a 200.

    Args:
        address: who said it.
        failure: the parsed message.
        status: the HTTP status, or None for a 200.
        wait: seconds of a `Retry-After` header.
    """
    said = f"{failure.code} {failure.words[:2000]}".lower()
    if not failure.html:
        if any(words in said for words in QUOTA_WORDS):
            return quota(address, failure.words, status=status, wait=wait)
        if any(words in said for words in TRAFFIC_WORDS):
            return RateLimitError(
                address.provider, retry_after=wait, status=status, service_words=failure.words
            )
    error = error_for(
        address.provider, failure, status, wait=wait, model=address.model, models=address.models
    )
    if status is None and type(error) is ServiceError and _LIMIT.search(said):
        return RateLimitError(address.provider, retry_after=wait, service_words=failure.words)
    if isinstance(error, AuthenticationFailed):
        # There is no key: the service rejects the signature or this visitor.
        error.reason = "no_key"
    elif isinstance(error, WrongAddress):
        error.reason = "site"
    return error


def page_instead(address: Address, page: str) -> ChallengePage:
    """Return the error for a web page instead of an answer."""
    return ChallengePage(address.provider, service_words=page)


def unreadable(address: Address, body: str) -> MalformedAnswer:
    """Return the error for something that is neither an answer nor a known refusal."""
    return MalformedAnswer(address.provider, service_words=body[:1000])


def nonce_refused(address: Address, words: str) -> NonceRefused:
    """Return the error for a rejected nonce."""
    return NonceRefused(address.provider, service_words=words)


def is_error_object(value: object) -> bool:
    """Tell whether a JSON value is an error message rather than an answer that happens to be JSON."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("error"), dict | str) and value["error"]:
        return True
    if value.get("status") in ("error", "fail", "failed") or value.get("event") == "error":
        return True
    if value.get("success") is False:
        return True
    codes = (value.get(name) for name in ("code", "statusCode", "status"))
    has_words = any(isinstance(value.get(name), str) for name in ("message", "msg", "detail"))
    return has_words and any(isinstance(code, int) and 400 <= code < 600 for code in codes)


def error_object(address: Address, value: object) -> ProviderError:
    """Return the typed error for an error object in a 200."""
    failure = failure_of(value)
    if not failure.words and isinstance(value, dict):
        words = value.get("data")
        words = words if isinstance(words, str) else json.dumps(value, ensure_ascii=False)
        failure = Failure(words, failure.code, failure.status)
    return refusal(address, failure)


def nonce_words(words: str) -> bool:
    """Tell whether an error message means that the nonce is no longer valid."""
    said = words.lower()
    return said.strip() in ("-1", "0") or any(
        mark in said for mark in ("security check", "nonce", "link you followed has expired")
    )
