"""Formats days and times in the user's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webchat.words.dates import day_month_year, weekday
from webchat.words.text import t


def zone(name: object) -> tzinfo:
    """The time zone with this IANA name; UTC if it is unknown."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def day_heading(moment: datetime, zone_name: str, now: datetime | None = None) -> str:
    """`Today`, `Yesterday`, a weekday within the last week, or a date such as `3 November 2026`."""
    here = zone(zone_name)
    day = moment.astimezone(here).date()
    today = (now or datetime.now(UTC)).astimezone(here).date()
    age = (today - day).days
    if age <= 0:
        return t("Today")
    if age == 1:
        return t("Yesterday")
    if age < 7:
        return weekday(day)
    return day_month_year(day)


def period_heading(moment: datetime, zone_name: str, now: datetime | None = None) -> str:
    """`Today`, `Yesterday`, `Previous 7 days`, `Previous 30 days` or `Older`."""
    here = zone(zone_name)
    age = ((now or datetime.now(UTC)).astimezone(here).date() - moment.astimezone(here).date()).days
    if age <= 0:
        return t("Today")
    if age == 1:
        return t("Yesterday")
    if age <= 7:
        return t("Previous 7 days")
    return t("Previous 30 days") if age <= 30 else t("Older")


def day_within(moment: datetime, zone_name: str, now: datetime | None = None) -> str:
    """As `day_heading`, for a place within a sentence."""
    here = zone(zone_name)
    age = ((now or datetime.now(UTC)).astimezone(here).date() - moment.astimezone(here).date()).days
    if age <= 0:
        return t("today")
    return t("yesterday") if age == 1 else day_heading(moment, zone_name, now)


def time_of_day(moment: datetime, zone_name: str) -> str:
    """Hours and minutes, `14:05`."""
    return f"{moment.astimezone(zone(zone_name)):%H:%M}"


def day_and_time(moment: datetime, zone_name: str) -> str:
    """`3 November 2026, 14:05`."""
    here = moment.astimezone(zone(zone_name))
    return f"{day_month_year(here.date())}, {here:%H:%M}"
