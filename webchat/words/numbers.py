"""Numbers and times as people read them."""

from __future__ import annotations

import datetime


def count(number: int, noun: str) -> str:
    """The number with its noun.

    >>> count(1, "view"), count(1200, "message")
    ('1 view', '1,200 messages')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def size(number: int) -> str:
    """A number of bytes.

    >>> size(0), size(1023), size(20_000), size(2_500_000)
    ('0 B', '1 KB', '20 KB', '2.5 MB')
    """
    if number < 1_000:
        return f"{number} B"
    return f"{number / 1_000:.0f} KB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"


def day(date: str) -> str:
    """A date without its year.

    >>> day("2026-12-01")
    '1 December'
    """
    moment = datetime.date.fromisoformat(date)
    return f"{moment.day} {moment:%B}"


def duration(seconds: float) -> str:
    """A time to wait, or since something happened; at least one second.

    >>> duration(0.2), duration(90), duration(600), duration(86_400), duration(200_000)
    ('1 second', '90 seconds', '10 minutes', '24 hours', '2 days')
    """
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return count(round(seconds / size), unit)
    return count(max(1, round(seconds)), "second")


def measured(seconds: float) -> str:
    """A time that was measured.

    >>> measured(0.056), measured(2.04)
    ('56 ms', '2.0 s')
    """
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
