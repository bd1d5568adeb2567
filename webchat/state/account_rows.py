"""Converts sessions, passkeys and accounts to rows for the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from webchat.services.accounts.openid import OpenIdSignIn
from webchat.services.accounts.people import Account
from webchat.state.days import day_within, time_of_day
from webchat.storage.tables import Identity, Passkey, UserSession
from webchat.words.text import gettext_noop, ngettext, pgettext, t

ROLES = {"administrator": gettext_noop("administrator"), "member": gettext_noop("member")}
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass
class SessionRow:
    """One browser in which somebody has signed in."""

    id: str
    browser: str
    seen: str
    this: bool


@dataclass
class PasskeyRow:
    """One passkey."""

    id: str
    name: str
    about: str


@dataclass
class IdentityRow:
    """One account elsewhere with which somebody signs in."""

    id: str
    name: str
    about: str


@dataclass
class PersonRow:
    """One account, without a word of its conversations."""

    id: str
    username: str
    role: str
    about: str
    disabled: bool
    yourself: bool


@dataclass
class InvitationRow:
    """One invitation that can still be used."""

    id: str
    text: str


def session_row(row: UserSession, current: str, time_zone: str) -> SessionRow:
    """The row of a session; `current` is the id of the one that asks."""
    this = row.id == current
    seen = t("now") if this else moment(row.last_seen_at, time_zone)
    since = moment(row.created_at, time_zone)
    about = t("Last used {seen} · signed in {since}", seen=seen, since=since)
    return SessionRow(row.id, browser(row.user_agent), about, this)


def passkey_row(row: Passkey, host: str, time_zone: str) -> PasskeyRow:
    """The row of a passkey; `host` is where webchat was opened."""
    used = (
        t("last used {moment}", moment=moment(row.last_used_at, time_zone))
        if row.last_used_at
        else t("never used")
    )
    about = [t("Added {moment}", moment=moment(row.created_at, time_zone)), used]
    if row.host != host:
        about.append(t("works at {address} only", address=row.host))
    return PasskeyRow(row.id, row.name, " · ".join(about))


def identity_row(row: Identity, openid: OpenIdSignIn | None, time_zone: str) -> IdentityRow:
    """The row of an account elsewhere; `openid` is what is in use now."""
    in_use = openid is not None and row.issuer == openid.issuer
    name = openid.name if openid and in_use else urlsplit(row.issuer).hostname or row.issuer
    used = t("Last used {moment}", moment=moment(row.last_used_at, time_zone))
    return IdentityRow(row.id, name, used if in_use else t("No longer in use here"))


def person_row(account: Account, yourself: str, time_zone: str) -> PersonRow:
    """The row of an account."""
    seen = account.last_seen_at
    about = [ngettext("{count} message", "{count} messages", account.messages)]
    if account.disabled:
        about.insert(0, pgettext("account", "disabled"))
    elif not account.can_sign_in:
        about.insert(0, t("cannot sign in yet"))
    about.append(t("last seen {moment}", moment=moment(seen, time_zone)) if seen else t("never seen"))
    return PersonRow(
        account.id,
        account.username,
        account.role,
        " · ".join(about),
        account.disabled,
        account.id == yourself,
    )


def moment(at: datetime, time_zone: str, now: datetime | None = None) -> str:
    """`today, 14:05` or `3 November 2026, 14:05`."""
    return f"{day_within(at, time_zone, now)}, {time_of_day(at, time_zone)}"


def browser(user_agent: str) -> str:
    """`Firefox on Linux`, as far as the browser says so."""
    name = next((name for sign, name in _BROWSERS if sign in user_agent), t("A browser"))
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return t("{browser} on {system}", browser=name, system=system) if system else name
