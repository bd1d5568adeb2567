"""Days and times in the words of the person's own time zone, whatever the browser calls that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webchat.state.days import day_heading, period_heading, time_of_day, zone

NOW = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("hours_ago", "heading"),
    [
        (0, "Today"),
        (-5, "Today"),
        (22, "Today"),
        (23, "Yesterday"),
        (46, "Yesterday"),
        (47, "Wednesday"),
        (24 * 6, "Saturday"),
        (24 * 7, "13 November 2026"),
        (24 * 400, "16 October 2025"),
    ],
)
def test_a_day_is_said_as_people_say_it(hours_ago: int, heading: str) -> None:
    assert day_heading(NOW - timedelta(hours=hours_ago), "", NOW) == heading


@pytest.mark.parametrize(
    ("days_ago", "heading"),
    [
        (0, "Today"),
        (1, "Yesterday"),
        (2, "Previous 7 days"),
        (7, "Previous 7 days"),
        (8, "Previous 30 days"),
        (30, "Previous 30 days"),
        (31, "Older"),
        (400, "Older"),
    ],
)
def test_the_period_of_a_day(days_ago: int, heading: str) -> None:
    assert period_heading(NOW - timedelta(days=days_ago), "UTC", NOW) == heading


def test_a_day_begins_at_midnight_where_the_person_is() -> None:
    moment = NOW - timedelta(hours=1)

    assert day_heading(moment, "UTC", NOW) == "Today"
    assert day_heading(NOW - timedelta(hours=9), "Asia/Tokyo", NOW) == "Yesterday"
    assert time_of_day(moment, "Asia/Tokyo") == "06:30"
    assert time_of_day(moment, "") == "21:30"


@pytest.mark.parametrize(
    "name",
    ["Nowhere/City", "../../etc/passwd", "/etc/localtime", "America", "a\0b", "x" * 5000, "\ud800", " "],
)
def test_a_zone_nobody_knows_is_utc(name: str) -> None:
    assert zone(name) is UTC


@pytest.mark.parametrize("name", [None, 7, {"a": 1}, ["UTC"], True, b"UTC"])
def test_a_zone_that_is_no_text_is_utc(name: Any) -> None:
    assert zone(name) is UTC


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_name_of_a_zone_fails(name: str) -> None:
    time_of_day(NOW, name)
