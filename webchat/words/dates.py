"""Dates and times as people read them, in the current language.

English needs no library. The other languages have their words from Babel, which is loaded with them.
"""

from __future__ import annotations

import datetime

from webchat.words.catalogue import words_of
from webchat.words.language import current

# `strftime` depends on the server's locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def day_and_month(date: datetime.date) -> str:
    """A date without its year, such as `1 December`."""
    return _of_babel(date, "d MMMM") or f"{date.day} {_MONTHS[date.month - 1]}"


def day_month_year(date: datetime.date) -> str:
    """A whole date, such as `1 December 2026`."""
    return _of_babel(date, "d MMMM y") or f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def weekday(date: datetime.date) -> str:
    """The name of the day, as a heading has it."""
    name = _of_babel(date, "cccc") or _WEEKDAYS[date.weekday()]
    return name[0].upper() + name[1:]


def _of_babel(date: datetime.date, pattern: str) -> str:
    """The date in the pattern; empty in English.

    The patterns are those of https://unicode.org/reports/tr35/tr35-dates.html.
    """
    if (locale := words_of(current()).locale) is None:
        return ""
    from babel.dates import format_date

    return format_date(date, pattern, locale=locale)
