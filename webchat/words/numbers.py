"""Numbers and times as people read them."""

from __future__ import annotations

import datetime

from webchat.words.dates import day_and_month
from webchat.words.text import localized, ngettext, t

_KB, _MB, _GB = 1024, 1024**2, 1024**3
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def size(number: int) -> str:
    """A number of bytes, rounded up. A KB has 1,024, as limits do; `sizes.js` does the same.

    >>> size(0), size(1023), size(20_000), size(2_500_000), size(20 * 1024**2), size(3 * 1024**3)
    ('0 B', '1,023 B', '20 KB', '2.4 MB', '20 MB', '3 GB')
    """
    if number < _KB:
        return t("{number} B", number=localized(f"{number:,}"))
    if number <= 999 * _KB:
        return t("{number} KB", number=-(-number // _KB))
    if number <= 999 * _MB:
        return t("{number} MB", number=_tenths(number, _MB))
    return t("{number} GB", number=_tenths(number, _GB))


def _tenths(number: int, unit: int) -> str:
    return localized(f"{-(-10 * number // unit) / 10:.1f}".removesuffix(".0"))


def duration(seconds: float) -> str:
    """A time to wait, or since something happened; at least one second.

    >>> duration(0.2), duration(90), duration(600), duration(86_400), duration(200_000)
    ('1 second', '90 seconds', '10 minutes', '24 hours', '2 days')
    """
    if seconds >= 2 * _DAY:
        return ngettext("{count} day", "{count} days", round(seconds / _DAY))
    if seconds >= 2 * _HOUR:
        return ngettext("{count} hour", "{count} hours", round(seconds / _HOUR))
    if seconds >= 2 * _MINUTE:
        return ngettext("{count} minute", "{count} minutes", round(seconds / _MINUTE))
    return ngettext("{count} second", "{count} seconds", max(1, round(seconds)))


def measured(seconds: float) -> str:
    """A time that was measured.

    >>> measured(0.056), measured(2.04)
    ('56 ms', '2.0 s')
    """
    if seconds < 1:
        return t("{number} ms", number=round(seconds * 1000))
    return t("{number:.1f} s", number=seconds)


def day(date: str) -> str:
    """A date without its year.

    >>> day("2026-12-01")
    '1 December'
    """
    return day_and_month(datetime.date.fromisoformat(date))
