from __future__ import annotations

import pytest

from webchat.hosts import is_loopback
from webchat.words.language import speaking
from webchat.words.numbers import duration, measured, size
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


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [
        (0, "0 B", "0 Б"),
        (1023, "1,023 B", "1 023 Б"),
        (1025, "2 KB", "2 КБ"),
        (1000 * 1024, "1 MB", "1 МБ"),
        (1.5 * 1024**2, "1.5 MB", "1,5 МБ"),
        (20 * 1024**2 + 1, "20.1 MB", "20,1 МБ"),
        (2 * 1024**3, "2 GB", "2 ГБ"),
    ],
)
def test_a_size_is_rounded_up_in_the_units_of_the_language(number: float, english: str, russian: str) -> None:
    assert size(int(number)) == english
    with speaking("ru"):
        assert size(int(number)).replace("\N{NO-BREAK SPACE}", " ") == russian
