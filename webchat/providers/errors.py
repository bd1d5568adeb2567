"""The exceptions of all providers.

    ProviderError
    ├── BadConfiguration        the address, key or proxy is invalid (also a ValueError)
    │   └── NotOnInternet       the address is not on the internet, and others are not for this owner
    ├── ConnectionFailed        no connection: refused, unknown host, TLS, proxy, dropped before any text
    ├── ProviderTimeout         a timeout; `phase` says which
    ├── AuthenticationFailed    the key is missing, wrong or not allowed to do this
    │   └── NonceRefused        the service rejects the nonce of its own page, even a fresh one
    ├── RateLimitError          too many requests; `retry_after` in seconds, if reported
    │   └── QuotaExceeded       the account's credit or free quota is used up; waiting a little won't help
    ├── BadRequest              the service rejects this request
    │   ├── ContextTooLong      the conversation does not fit into the model; `limit` is in tokens
    │   └── PicturesNotSeen     the provider takes no pictures; nothing was sent
    ├── ModelNotFound           no such model; `models` lists the available ones
    ├── WrongAddress            something answers there, but not this API
    ├── ChallengePage           a web page instead of an answer: a browser check or a sign-in
    │   └── NonceMissing        the page lacks the nonce or post id that a request needs (also a
    │                           RuntimeError)
    ├── MalformedAnswer         an answer that cannot be read
    │   └── EmptyAnswer         an answer without any text
    │       ├── ToolCallWanted  the model asked for a tool to be called instead of answering
    │       └── OnlyReasoning   the model reasoned and then wrote no answer
    ├── TruncatedAnswer         the answer was cut off; `partial_text` is what arrived
    ├── AnswerTooLarge          the answer exceeds the size limit
    └── ServiceError            the service itself failed (5xx, or an error event)
        └── ModelLoading        the server is still loading the model

Their messages are in `webchat.words.provider_errors`: what happened, in the service's own words if possible,
what was saved, and what to do next.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, Literal

from webchat.errors import WebchatError
from webchat.words.errors import NAMES_SHOWN, Arguments

WORDS_LIMIT = 300
"""Maximum characters kept of a service's message."""

Phase = Literal["connect", "first_text", "idle", "total"]

_HIDDEN = re.compile(r"<(script|style|head|title|svg|noscript)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def plain_words(text: str) -> str:
    """Return a service's message as one line of text without markup, clipped to `WORDS_LIMIT` characters."""
    text = text[: WORDS_LIMIT * 100]
    if "<" in text:
        title = _TITLE.search(text)
        body = _TAG.sub(" ", _HIDDEN.sub(" ", text))
        text = html.unescape(f"{title[1]} – {body}" if title and title[1].strip() else body)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= WORDS_LIMIT else text[: WORDS_LIMIT - 1].rstrip() + "…"


class ProviderError(WebchatError):
    """A provider could not answer.

    Args:
        provider: the provider's name, as users know it.
        reason: which of the code's messages applies; empty for the general one.
        status: the HTTP status, if there was one.
        service_words: the service's message; markup is stripped and long messages are clipped.
        partial_text: the text received before the answer failed.
        retry_after: seconds the service asks clients to wait, if any.
        details: what else the message mentions.

    `earlier` has the errors of the same provider's other addresses, oldest first.

    >>> print(ServiceError("Some Service", status=503, service_words="Overloaded"))
    Some Service had a server error (HTTP 503): “Overloaded”. This is usually temporary. Try again in a \
moment, or choose another model.
    """

    code = "provider_error"
    worth_retrying: bool = False

    def __init__(
        self,
        provider: str,
        reason: str = "",
        *,
        status: int | None = None,
        service_words: str = "",
        partial_text: str = "",
        retry_after: float | None = None,
        **details: Any,
    ) -> None:
        super().__init__(reason, **details)
        self.provider = provider
        self.retry_after = retry_after
        self.status = status
        self.service_words = plain_words(service_words)
        self.partial_text = partial_text
        self.earlier: tuple[ProviderError, ...] = ()

    @property
    def arguments(self) -> Arguments:
        """What the message mentions: the provider, the service's own words and so on, but not the text."""
        details = {
            "status": self.status,
            "service_words": self.service_words or None,
            "kept": bool(self.partial_text) or None,
            "retry_after": self.retry_after,
            "other_mirrors": len(self.earlier) or None,
        }
        given = {name: value for name, value in details.items() if value is not None}
        return {**super().arguments, "provider": self.provider, **given}

    @property
    def retryable(self) -> bool:
        """Whether an automatic retry makes sense: the failure is temporary and no text has been shown yet."""
        return self.worth_retrying and not self.partial_text

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code} provider={self.provider!r} status={self.status}>"


class BadConfiguration(ProviderError, ValueError):
    """The address, the key or the proxy is invalid."""

    code = "bad_configuration"


class NotOnInternet(BadConfiguration):
    """The address, or that of the proxy, is not on the internet, and the owner may not use any other.

    Args:
        host: the host as entered; never the addresses behind it.
    """

    code = "not_on_internet"


class ConnectionFailed(ProviderError):
    """There is no connection, or it was lost before any text arrived."""

    code = "connection_failed"
    worth_retrying = True


class ProviderTimeout(ProviderError):
    """A timeout.

    Args:
        phase: which one: `connect`, `first_text`, `idle` (silence in the middle of an answer) or `total`.
        seconds: its length.
    """

    code = "timeout"
    worth_retrying = True

    def __init__(self, provider: str, phase: Phase, seconds: float, *, partial_text: str = "") -> None:
        super().__init__(provider, phase, partial_text=partial_text, seconds=seconds)
        self.phase = phase
        self.seconds = seconds


class AuthenticationFailed(ProviderError):
    """The key is missing, wrong, or not allowed to do this."""

    code = "authentication_failed"


class NonceRefused(AuthenticationFailed):
    """The service rejects the nonce (a one-time key) of its own page, even a freshly fetched one."""

    code = "nonce_refused"


class RateLimitError(ProviderError):
    """Too many requests.

    >>> print(RateLimitError("Some Service", retry_after=7))
    Some Service's rate limit was reached. Try again in 7 seconds, or choose another model.
    """

    code = "rate_limited"
    worth_retrying = True


class QuotaExceeded(RateLimitError):
    """The account's credit, or the free daily quota, is used up."""

    code = "quota_exceeded"
    worth_retrying = False


class BadRequest(ProviderError):
    """The service, or webchat itself, rejects this request."""

    code = "bad_request"


class ContextTooLong(BadRequest):
    """The conversation does not fit into the model.

    Args:
        limit: the model's context size in tokens, if the service reported it.
    """

    code = "context_too_long"

    def __init__(self, provider: str, *, limit: int | None = None, **details: Any) -> None:
        super().__init__(provider, "" if limit is None else "limit", limit=limit, **details)
        self.limit = limit


class PicturesNotSeen(BadRequest):
    """The question has pictures, and the provider takes none. Nothing was sent."""

    code = "pictures_not_seen"


class ModelNotFound(ProviderError):
    """The provider has no such model.

    Args:
        model: the requested model.
        models: the available models, as far as known.
    """

    code = "model_not_found"

    def __init__(
        self,
        provider: str,
        model: str,
        models: Sequence[str] = (),
        *,
        status: int | None = None,
        service_words: str = "",
    ) -> None:
        super().__init__(
            provider,
            "_".join(part for part in ("" if model else "unnamed", "listed" if models else "") if part),
            status=status,
            service_words=service_words,
            model=model,
            models={"names": list(models[:NAMES_SHOWN]), "count": len(models)},
        )
        self.model = model
        self.models = tuple(models)


class WrongAddress(ProviderError):
    """Something answers at this address, but not the expected API."""

    code = "wrong_address"


class ChallengePage(ProviderError):
    """A web page came instead of an answer."""

    code = "challenge_page"


class NonceMissing(ChallengePage, RuntimeError):
    """The service's page does not contain the nonce or the post id that a request needs."""

    code = "nonce_missing"


class MalformedAnswer(ProviderError):
    """The answer cannot be read."""

    code = "malformed_answer"
    worth_retrying = True


class EmptyAnswer(MalformedAnswer):
    """The answer ended normally but contains no text."""

    code = "empty_answer"


class ToolCallWanted(EmptyAnswer):
    """The model asked for a tool call and wrote nothing. A retry would cost the same again."""

    code = "tool_call_wanted"
    worth_retrying = False


class OnlyReasoning(EmptyAnswer):
    """The model reasoned, but its answer ended before the first text."""

    code = "only_reasoning"
    worth_retrying = False


class TruncatedAnswer(ProviderError):
    """The answer was cut off."""

    code = "truncated_answer"
    worth_retrying = True


class AnswerTooLarge(ProviderError):
    """The answer exceeds the size limit."""

    code = "answer_too_large"


class ServiceError(ProviderError):
    """The service itself failed."""

    code = "service_error"
    worth_retrying = True

    def __init__(self, provider: str, reason: str = "", **details: Any) -> None:
        super().__init__(provider, reason, **details)
        if self.retry_after is not None and not reason:
            self.reason = "wait"


class ModelLoading(ServiceError):
    """The server is still loading the model into memory and will answer once that is done."""

    code = "model_loading"
