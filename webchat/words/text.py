"""Says something in the language of the person it is for.

The functions have the names of gettext's, so that Babel finds the messages in the sources: they must be
literals. Placeholders are those of `str.format`.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from webchat.words.catalogue import words_of
from webchat.words.language import current


def t(message: str, /, **arguments: Any) -> str:
    """The message in the current language, with the arguments in place of its placeholders.

    >>> t("Copied {name}.", name="a file")
    'Copied a file.'
    """
    found = words_of(current()).messages.gettext(message)
    return filled(found, arguments) if arguments else found


def ngettext(one: str, many: str, count: int, /, **arguments: Any) -> str:
    """The message for this number of things, which is also the argument `count`.

    >>> ngettext("{count} view", "{count} views", 1200)
    '1,200 views'
    """
    found = words_of(current()).messages.ngettext(one, many, count)
    return filled(found, {"count": f"{localized(f'{count:,}')}", **arguments})


def pgettext(context: str, message: str, /, **arguments: Any) -> str:
    """As `t`, for English words that mean several things; `context` says which."""
    found = words_of(current()).messages.pgettext(context, message)
    return filled(found, arguments) if arguments else found


def localized(number: str) -> str:
    """A number as English writes it, as the current language writes it."""
    words = words_of(current())
    return number.translate({ord(","): words.group, ord("."): words.decimal})


def gettext_noop(message: str) -> str:
    """The message itself, for a table of messages that are said with `t` later."""
    return message


class Formatter(string.Formatter):
    """Python's formatter, with the numbers of the current language; a missing argument is None."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        """The argument with this name."""
        return kwargs.get(key)

    def format_field(self, value: Any, format_spec: str) -> Any:
        """The value as text; see Python's documentation."""
        text = super().format_field(value, format_spec)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return localized(text) if is_number else text


_FORMATTER = Formatter()


def filled(message: str, arguments: Mapping[str, Any]) -> str:
    """The message with the arguments in place of its placeholders."""
    return _FORMATTER.vformat(message, (), arguments)
