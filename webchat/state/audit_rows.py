"""Converts audit events to rows for the page.

The log is stored in English, and its download is in English. What it says itself, such as a role, is
translated when it is shown; what it does not recognize is shown as it was stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from webchat.services.accounts.audit import What
from webchat.services.member_limits import NONE, Limit
from webchat.state.account_rows import ROLES, moment
from webchat.state.limits import limit_in_words
from webchat.storage.tables import AuditEvent
from webchat.words.text import gettext_noop, t

_WHAT = {
    What.SET_UP: gettext_noop("set up webchat"),
    What.SIGNED_IN: gettext_noop("signed in"),
    What.SIGNED_IN_BY_PASSKEY: gettext_noop("signed in with a passkey"),
    What.SIGN_IN_FAILED: gettext_noop("sign-in failed"),
    What.SIGNED_OUT: gettext_noop("signed out"),
    What.SESSION_ENDED: gettext_noop("signed out another browser"),
    What.SIGNED_OUT_EVERYWHERE: gettext_noop("signed out everywhere"),
    What.PASSWORD_CHANGED: gettext_noop("changed the password"),
    What.PASSKEY_ADDED: gettext_noop("added a passkey"),
    What.PASSKEY_REMOVED: gettext_noop("removed a passkey"),
    What.CONNECTED: gettext_noop("connected a way to sign in"),
    What.DISCONNECTED: gettext_noop("disconnected a way to sign in"),
    What.INVITED: gettext_noop("invited"),
    What.INVITATION_WITHDRAWN: gettext_noop("withdrew an invitation"),
    What.JOINED: gettext_noop("joined"),
    What.RESET_LINK_MADE: gettext_noop("made a link for a new password"),
    What.ROLE_CHANGED: gettext_noop("changed the role"),
    What.DISABLED: gettext_noop("disabled"),
    What.ENABLED: gettext_noop("enabled"),
    What.DELETED: gettext_noop("deleted"),
    What.PREFERENCE_CHANGED: gettext_noop("changed a preference"),
    What.PROVIDER_CHANGED: gettext_noop("changed a provider"),
    What.LIMITS_CHANGED: gettext_noop("changed limits"),
    What.SHARED: gettext_noop("shared a conversation"),
}
_MAY_ADD = {
    "Members may add providers: yes": gettext_noop("members may add providers"),
    "Members may add providers: no": gettext_noop("members may not add providers"),
}
_PASSKEY = gettext_noop("{name}, with a passkey")
_UNKNOWN_PASSKEY = gettext_noop("an unknown passkey")
_MODELS = gettext_noop("{name}, models for members")
_EVERYONE = "members"
_DEFAULT = "the default"
_REASONS = {
    "denied": gettext_noop("cancelled"),
    "issuer refused": gettext_noop("refused there"),
    "unreachable": gettext_noop("unreachable"),
    "answer": gettext_noop("an answer that cannot be used"),
    "token": gettext_noop("an answer that cannot be verified"),
    "expired": gettext_noop("too late"),
    "not allowed": gettext_noop("not allowed"),
    "unverified": gettext_noop("e-mail address not verified"),
    "not invited": gettext_noop("not invited"),
    "taken": gettext_noop("connected with another account"),
    "connected": gettext_noop("already connected"),
}


@dataclass
class AuditRow:
    """One line of the audit log."""

    when: str
    text: str
    address: str


def audit_row(event: AuditEvent, time_zone: str) -> AuditRow:
    """The row of an event."""
    about = f": {_about(event)}" if event.subject and event.subject != event.actor else ""
    what = t(_WHAT.get(What(event.what), event.what))
    done = t("{actor} {what}", actor=event.actor, what=what) if event.actor else what.capitalize()
    return AuditRow(moment(event.at, time_zone), done + about, event.address)


def _about(event: AuditEvent) -> str:
    match event.what:
        case What.ROLE_CHANGED:
            name, _, role = event.subject.rpartition(": ")
            return f"{name}: {t(ROLES[role])}" if role in ROLES else event.subject
        case What.INVITED:
            return t(ROLES[event.subject]) if event.subject in ROLES else event.subject
        case What.PREFERENCE_CHANGED:
            return t(_MAY_ADD[event.subject]) if event.subject in _MAY_ADD else event.subject
        case What.PROVIDER_CHANGED:
            return _named(_MODELS, event.subject)
        case What.LIMITS_CHANGED:
            return _limits(event.subject)
        case What.SIGN_IN_FAILED:
            return _failure(event.subject)
    return event.subject


def _limits(subject: str) -> str:
    """`bob: 7 messages a day, any tokens a month` of `bob: messages 7, tokens none`."""
    whom, _, limits = subject.rpartition(": ")
    everyone = whom == _EVERYONE
    name = t("All members") if everyone else whom
    if limits == _DEFAULT:
        return f"{name}: {t('No limits') if everyone else t('As all members')}"
    try:
        return f"{name}: {', '.join(_limit(each) for each in limits.split(', '))}"
    except ValueError:
        return subject


def _limit(stored: str) -> str:
    limit, _, most = stored.rpartition(" ")
    return limit_in_words(Limit(limit), None if most == NONE else float(most.replace(",", "")))


def _failure(subject: str) -> str:
    if subject == _UNKNOWN_PASSKEY:
        return t(_UNKNOWN_PASSKEY)
    who, _, reason = subject.removesuffix(")").rpartition(" (")
    return f"{who} ({t(_REASONS[reason])})" if reason in _REASONS else _named(_PASSKEY, subject)


def _named(message: str, subject: str) -> str:
    """The message in the current language, if `subject` is what it is in English."""
    end = message.removeprefix("{name}")
    return t(message, name=subject.removesuffix(end)) if subject.endswith(end) else subject
