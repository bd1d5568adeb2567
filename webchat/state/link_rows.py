"""Converts share links to rows for the page, and addresses to QR codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlsplit

from webchat.hosts import is_loopback
from webchat.services.sharing.links import Link
from webchat.state.days import time_of_day, zone
from webchat.state.rows import LinkRow
from webchat.words.dates import day_month_year
from webchat.words.text import ngettext, t


def link_row(link: Link, address: str, time_zone: str) -> LinkRow:
    """The row of a link, with times in the user's time zone."""
    return LinkRow(
        id=link.id,
        conversation_id=link.conversation_id,
        title=link.title,
        address=address,
        made=t("created {day}", day=_day(link.made_at, zone(time_zone))),
        expiry=t("expired") if link.expired else expiry_in_words(link.expires_at, time_zone),
        expired=link.expired,
        messages=ngettext("{count} message", "{count} messages", link.messages),
        views=ngettext("{count} view", "{count} views", link.views),
        has_passphrase=link.has_passphrase,
        may_continue=link.may_continue,
    )


def expiry_in_words(moment: datetime | None, time_zone: str, now: datetime | None = None) -> str:
    """`expires tomorrow, 14:05`, `expires 3 November 2026, 14:05` or `never expires`."""
    if moment is None:
        return t("never expires")
    here = zone(time_zone)
    today = (now or datetime.now(UTC)).astimezone(here).date()
    near = {today: t("today"), today + timedelta(days=1): t("tomorrow")}
    day = near.get(moment.astimezone(here).date()) or _day(moment, here)
    return t("expires {day}, {time}", day=day, time=time_of_day(moment, time_zone))


def is_local(address: str) -> bool:
    """Whether an address refers to the machine it is opened on."""
    host = urlsplit(address).hostname or ""
    return host == "localhost" or host.endswith(".localhost") or is_loopback(host)


def qr_code(address: str) -> str:
    """A QR code of the address: an SVG as a data URI, dark on white."""
    import segno  # only needed when a link is created

    code = segno.make(address, error="m", micro=False)
    return str(code.svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True, encode_minimal=True))


def _day(moment: datetime, here: tzinfo) -> str:
    return day_month_year(moment.astimezone(here).date())
