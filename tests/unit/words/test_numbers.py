from __future__ import annotations

import pytest

from webchat.hosts import is_loopback
from webchat.words.numbers import duration, measured
from webchat.words.text import ngettext


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (1.4, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7199, "120 minutes"),
        (7200, "2 hours"),
        (172_799, "48 hours"),
        (172_800, "2 days"),
    ],
)
def test_a_duration_is_in_the_largest_unit_that_fits_twice(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_one_is_singular_and_thousands_are_separated() -> None:
    assert [ngettext("{count} view", "{count} views", number) for number in (0, 1, 2, 1200)] == [
        "0 views",
        "1 view",
        "2 views",
        "1,200 views",
    ]


def test_less_than_a_second_is_in_milliseconds() -> None:
    assert [measured(seconds) for seconds in (0.0564, 0.999, 1, 61.26)] == [
        "56 ms",
        "999 ms",
        "1.0 s",
        "61.3 s",
    ]


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("192.168.0.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_only_loopback_addresses_are_loopback(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it
