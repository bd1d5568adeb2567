"""Makes the message of an error from its code and arguments, where it is shown.

A message has a template for each code, or for `code.reason` where an error has several reasons. Templates are
`str.format` strings; besides Python's format specifications they may use those of `_SPECS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from webchat.words.hosting_errors import HOSTING_ERRORS
from webchat.words.numbers import day, duration, size
from webchat.words.openid_errors import OPENID_ERRORS
from webchat.words.provider_errors import ADVICE, HAPPENED, INVALID_CONNECTION
from webchat.words.service_errors import SERVICE_ERRORS
from webchat.words.storage_errors import STORAGE_ERRORS
from webchat.words.text import Formatter, ngettext, t

Arguments = Mapping[str, Any]
"""The arguments of an error: values that JSON can hold."""

NAMES_SHOWN = 8
"""Maximum number of names to mention, such as those of a provider's models."""

_SENTENCES = {
    **INVALID_CONNECTION,
    **SERVICE_ERRORS,
    **OPENID_ERRORS,
    **STORAGE_ERRORS,
    **HOSTING_ERRORS,
}


class _Error(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def arguments(self) -> Arguments: ...


def shown(error: _Error) -> str:
    """The message of an error, for the person who has to know of it."""
    return message(error.code, error.arguments)


def message(code: str, arguments: Arguments) -> str:
    """What happened, what was kept and what to do next.

    Args:
        code: the error's code.
        arguments: its arguments; `message` is a message made by an earlier version and is returned unchanged.

    >>> message("rate_limited", {"provider": "Some Service", "retry_after": 7})
    "Some Service's rate limit was reached. Try again in 7 seconds, or choose another model."
    """
    if "message" in arguments:
        return str(arguments["message"])
    if code in HAPPENED:
        return _provider_message(code, arguments)
    return _fill(_SENTENCES, code, arguments)


def happened(code: str, arguments: Arguments) -> str:
    """What happened, without the full stop, details and advice."""
    if "message" in arguments or code not in HAPPENED:
        return message(code, arguments).rstrip(".")
    sentence = _fill(HAPPENED, code, arguments).rstrip(".")
    if others := arguments.get("other_mirrors"):
        sentence = ngettext(
            "{sentence}, and {count} other mirror failed too",
            "{sentence}, and {count} other mirrors failed too",
            others,
            sentence=sentence,
        )
    return sentence


def _provider_message(code: str, arguments: Arguments) -> str:
    sentence = happened(code, arguments)
    if (status := arguments.get("status")) is not None:
        sentence += f" (HTTP {status})"
    if words := arguments.get("service_words"):
        sentence = _quoting(sentence, words)
    else:
        sentence += "."
    kept = t("What arrived is saved.") if arguments.get("kept") else ""
    return " ".join(filter(None, (sentence, kept, _fill(ADVICE, code, arguments))))


def _quoting(sentence: str, words: str) -> str:
    """A sentence that ends with a service's own words, and with one full stop at most."""
    words = words.rstrip()
    if words.endswith(("?", "!", "…", "...")):
        return t("{what_happened}: “{words}”", what_happened=sentence, words=words)
    return t("{what_happened}: “{words}”.", what_happened=sentence, words=words.removesuffix("."))


def _fill(templates: Mapping[str, str], code: str, arguments: Arguments) -> str:
    reason = arguments.get("reason")
    template = templates.get(f"{code}.{reason}", templates.get(code, templates.get("", "")))
    return _FORMATTER.vformat(t(template) if template else "", (), arguments)


class _Formatter(Formatter):
    """The formatter with the specifications of `_SPECS`."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        if format_spec in _SPECS:
            return _SPECS[format_spec](value)
        return super().format_field(value, format_spec)


_FORMATTER = _Formatter()


def _wait(seconds: float | None) -> str:
    if seconds is None:
        return t("in a moment")
    return t("in {duration}", duration=duration(seconds))


def _names(value: Mapping[str, Any]) -> str:
    names, more = value["names"], value["count"] - len(value["names"])
    listed = ", ".join(names)
    if not more:
        return listed
    return ngettext("{names} and {count} more", "{names} and {count} more", more, names=listed)


def _count_of_providers(errors: list[Arguments]) -> str:
    if len(errors) == 1:
        return t("The only available provider failed")
    if len(errors) == 2:
        return t("Both available providers failed")
    return ngettext(
        "All {count} available providers failed", "All {count} available providers failed", len(errors)
    )


def _what_happened(error: Arguments) -> str:
    return happened(error["code"], error["arguments"])


_SPECS: dict[str, Callable[[Any], str]] = {
    "duration": duration,
    "wait": _wait,
    "names": _names,
    "size": size,
    "messages": lambda number: ngettext("{count} message", "{count} messages", number),
    "day": day,
    "message": lambda error: message(error["code"], error["arguments"]),
    "happened": _what_happened,
    "all_happened": lambda errors: "; ".join(map(_what_happened, errors)),
    "providers": _count_of_providers,
}
"""Format specifications: seconds as a duration, seconds or None as a time to wait, names, a size in
bytes, a number of messages, a day, and errors that are arguments of another one."""
