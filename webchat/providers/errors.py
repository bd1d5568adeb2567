"""The exceptions of all providers.

    ProviderError
    ├── BadConfiguration        the address, key or proxy is invalid (also a ValueError)
    ├── ConnectionFailed        no connection: refused, unknown host, TLS, proxy, dropped before any text
    ├── ProviderTimeout         a timeout; `phase` says which
    ├── AuthenticationFailed    the key is missing, wrong or not allowed to do this
    │   └── NonceRefused        the service rejects the nonce of its own page, even a fresh one
    ├── RateLimitError          too many requests; `retry_after` in seconds, if reported
    │   └── QuotaExceeded       the account's credit or free quota is used up; waiting a little won't help
    ├── BadRequest              the service rejects this request
    │   └── ContextTooLong      the conversation does not fit into the model; `limit` is in tokens
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

`str(error)` is shown to the user: what happened, in the service's own words if possible, what was saved, and
what to do next. `code` is stable and may be stored.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import ClassVar, Literal, TypedDict, Unpack

from webchat.wording import duration

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


class Details(TypedDict, total=False):
    """Optional arguments of every error; see `ProviderError`."""

    status: int | None
    service_words: str
    partial_text: str
    retry_after: float | None


class ProviderError(Exception):
    """A provider could not answer.

    Args:
        provider: the provider's name, as users know it.
        happened: what happened, in one sentence; each class has a default.
        status: the HTTP status, if there was one.
        service_words: the service's message; markup is stripped and long messages are clipped.
        partial_text: the text received before the answer failed.
        retry_after: seconds the service asks clients to wait, if any.

    `earlier` has the errors of the same provider's other addresses, oldest first.

    >>> print(ServiceError("Some Service", status=503, service_words="Overloaded"))
    Some Service had a server error (HTTP 503): “Overloaded” This is usually temporary. Try again in a \
moment, or choose another model.
    """

    code: ClassVar[str] = "provider_error"
    advice: str = "Try again, or choose another model."
    default_happened: ClassVar[str] = "{provider} could not answer"
    worth_retrying: bool = False

    def __init__(
        self,
        provider: str,
        happened: str = "",
        *,
        status: int | None = None,
        service_words: str = "",
        partial_text: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(provider, happened)
        self.retry_after = retry_after
        self.provider = provider
        self.happened = happened or self.default_happened.format(provider=provider)
        self.status = status
        self.service_words = plain_words(service_words)
        self.partial_text = partial_text
        self.earlier: tuple[ProviderError, ...] = ()

    @property
    def retryable(self) -> bool:
        """Whether an automatic retry makes sense: the failure is temporary and no text has been shown yet."""
        return self.worth_retrying and not self.partial_text

    def __str__(self) -> str:
        sentence = self.happened.rstrip(".")
        if self.status is not None:
            sentence += f" (HTTP {self.status})"
        sentence += f": “{self.service_words}”" if self.service_words else "."
        kept = " What arrived is saved." if self.partial_text else ""
        return f"{sentence}{kept} {self.advice}".rstrip()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code} provider={self.provider!r} status={self.status}>"


class BadConfiguration(ProviderError, ValueError):
    """The address, the key or the proxy is invalid."""

    code = "bad_configuration"
    advice = "Correct it in Settings."
    default_happened = "{provider} is not set up correctly"


class ConnectionFailed(ProviderError):
    """There is no connection, or it was lost before any text arrived."""

    code = "connection_failed"
    advice = "Check that the service is running and that its address in Settings is correct, then try again."
    default_happened = "{provider} cannot be reached"
    worth_retrying = True


class ProviderTimeout(ProviderError):
    """A timeout.

    Args:
        phase: which one: `connect`, `first_text`, `idle` (silence in the middle of an answer) or `total`.
        seconds: its length.
    """

    code = "timeout"
    worth_retrying = True
    _HAPPENED: ClassVar[dict[Phase, str]] = {
        "connect": "{provider} could not be reached within {seconds:g} s",
        "first_text": "{provider} sent no text within {seconds:g} s",
        "idle": "{provider} sent nothing for {seconds:g} s in the middle of its answer",
        "total": "{provider} did not finish within {seconds:g} s",
    }
    _ADVICE: ClassVar[dict[Phase, str]] = {
        "connect": "Check that the service is running and that its address in Settings is correct.",
        "first_text": "A large model may still be loading or reading a long conversation. Try again in "
        "a moment, or choose another model.",
        "idle": "Try again, or choose another model.",
        "total": "Try again, or choose another model.",
    }
    _SETTINGS: ClassVar[dict[Phase, tuple[str, str]]] = {
        "connect": ("Connect", "WEBCHAT_CONNECT_TIMEOUT"),
        "first_text": ("First text", "WEBCHAT_FIRST_TEXT_TIMEOUT"),
        "idle": ("Idle timeout", "WEBCHAT_IDLE_TIMEOUT"),
        "total": ("Total", "WEBCHAT_TOTAL_TIMEOUT"),
    }

    def __init__(self, provider: str, phase: Phase, seconds: float, *, partial_text: str = "") -> None:
        happened = self._HAPPENED[phase].format(provider=provider, seconds=seconds)
        super().__init__(provider, happened, partial_text=partial_text)
        self.phase = phase
        self.seconds = seconds
        label, variable = self._SETTINGS[phase]
        self.advice = f"{self._ADVICE[phase]} {more_time(label, variable)}"


class AuthenticationFailed(ProviderError):
    """The key is missing, wrong, or not allowed to do this."""

    code = "authentication_failed"
    advice = "Check the API key in Settings."
    default_happened = "{provider} did not accept the API key"


class NonceRefused(AuthenticationFailed):
    """The service rejects the nonce (a one-time key) of its own page, even a freshly fetched one."""

    code = "nonce_refused"
    advice = "The service may have changed, or it blocks this address. Choose another model."
    default_happened = "{provider} refused the request, even with a fresh key from its own page"


class RateLimitError(ProviderError):
    """Too many requests.

    >>> print(RateLimitError("Some Service", retry_after=7))
    Some Service's rate limit was reached. Try again in 7 seconds, or choose another model.
    """

    code = "rate_limited"
    default_happened = "{provider}'s rate limit was reached"
    worth_retrying = True

    def __init__(self, provider: str, happened: str = "", **details: Unpack[Details]) -> None:
        super().__init__(provider, happened, **details)
        if type(self) is RateLimitError:
            wait = "in a moment" if self.retry_after is None else f"in {duration(self.retry_after)}"
            self.advice = f"Try again {wait}, or choose another model."


class QuotaExceeded(RateLimitError):
    """The account's credit, or the free daily quota, is used up."""

    code = "quota_exceeded"
    advice = "Choose another model, or check your plan and billing with this service."
    default_happened = "{provider}'s quota is used up"
    worth_retrying = False


class BadRequest(ProviderError):
    """The service, or webchat itself, rejects this request."""

    code = "bad_request"
    advice = "Change the message or the conversation's parameters, or choose another model."
    default_happened = "{provider} refused the request"


class ContextTooLong(BadRequest):
    """The conversation does not fit into the model.

    Args:
        limit: the model's context size in tokens, if the service reported it.

    >>> print(ContextTooLong("Some Service", limit=4096).happened)
    This conversation is too long for the model, whose limit is 4,096 tokens
    """

    code = "context_too_long"
    advice = "Start a new chat, shorten the message, or choose a model with a larger context."
    default_happened = "This conversation is too long for the model"

    def __init__(
        self, provider: str, happened: str = "", *, limit: int | None = None, **details: Unpack[Details]
    ) -> None:
        if limit is not None and not happened:
            happened = f"{self.default_happened}, whose limit is {limit:,} tokens"
        super().__init__(provider, happened, **details)
        self.limit = limit


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
        happened = (
            f"{provider} has no model named “{model}”" if model else f"No model was chosen for {provider}"
        )
        super().__init__(provider, happened, status=status, service_words=service_words)
        self.model = model
        self.models = tuple(models)
        self.advice = f"{_listed(self.models)} Choose a model from the list.".lstrip()


class WrongAddress(ProviderError):
    """Something answers at this address, but not the expected API."""

    code = "wrong_address"
    advice = "Check the address in Settings. It usually ends in /v1."
    default_happened = "{provider} does not offer a chat API at this address"


class ChallengePage(ProviderError):
    """A web page came instead of an answer."""

    code = "challenge_page"
    advice = (
        "The service requires a browser or a sign-in, or this is the address of a web page. Check "
        "the address in Settings, or choose another model."
    )
    default_happened = "{provider} sent a web page instead of an answer"


class NonceMissing(ChallengePage, RuntimeError):
    """The service's page does not contain the nonce or the post id that a request needs."""

    code = "nonce_missing"
    advice = "The service may have changed, or it requires a browser. Choose another model."
    default_happened = "{provider}'s page does not contain the nonce and the post ID that a request needs"


class MalformedAnswer(ProviderError):
    """The answer cannot be read."""

    code = "malformed_answer"
    default_happened = "{provider} sent an answer that cannot be read"
    worth_retrying = True


class EmptyAnswer(MalformedAnswer):
    """The answer ended normally but contains no text."""

    code = "empty_answer"
    default_happened = "{provider} sent an empty answer"


class ToolCallWanted(EmptyAnswer):
    """The model asked for a tool call and wrote nothing. A retry would cost the same again."""

    code = "tool_call_wanted"
    advice = "webchat does not offer tools. Rephrase your question, or choose another model."
    default_happened = "{provider}'s model wanted to call a tool instead of answering"
    worth_retrying = False


class OnlyReasoning(EmptyAnswer):
    """The model reasoned, but its answer ended before the first text."""

    code = "only_reasoning"
    advice = "Its reasoning is saved. Try again, or choose another model."
    default_happened = "{provider}'s model stopped after its reasoning and wrote no answer"
    worth_retrying = False


class TruncatedAnswer(ProviderError):
    """The answer was cut off."""

    code = "truncated_answer"
    advice = "Try again to get the complete answer."
    default_happened = "{provider}'s answer was cut off"
    worth_retrying = True


class AnswerTooLarge(ProviderError):
    """The answer exceeds the size limit."""

    code = "answer_too_large"
    advice = "Ask for a shorter answer, or choose another model."
    default_happened = "{provider}'s answer exceeded the size limit"


class ServiceError(ProviderError):
    """The service itself failed."""

    code = "service_error"
    advice = "This is usually temporary. Try again in a moment, or choose another model."
    default_happened = "{provider} had a server error"
    worth_retrying = True

    def __init__(self, provider: str, happened: str = "", **details: Unpack[Details]) -> None:
        super().__init__(provider, happened, **details)
        if self.retry_after is not None and type(self) is ServiceError:
            self.advice = (
                f"The service asks you to wait. Try again in {duration(self.retry_after)}, or choose "
                "another model."
            )


class ModelLoading(ServiceError):
    """The server is still loading the model into memory and will answer once that is done."""

    code = "model_loading"
    advice = "This can take minutes for a large model. Try again in a moment, or choose another model."
    default_happened = "{provider} is still loading the model"


def more_time(label: str, variable: str) -> str:
    """Advice on how to allow more time: the label of the timeout in Settings and the host's variable."""
    return (
        f"To allow more time, increase “{label}” in the provider's settings, or {variable} for all providers."
    )


def _listed(models: Sequence[str], shown: int = 8) -> str:
    if not models:
        return ""
    more = f" and {len(models) - shown} more" if len(models) > shown else ""
    return f"It has {', '.join(models[:shown])}{more}."
