from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webchat.services.accounts.audit import What
from webchat.state.audit_rows import audit_row
from webchat.storage.tables import AuditEvent
from webchat.words.language import speaking
from webchat.words.openid_errors import OPENID_ERRORS

SAID = {
    "a role": (
        (What.ROLE_CHANGED, "bob: member"),
        "ann changed the role: bob: member",
        "ann: смена роли: bob: участник",
    ),
    "an invitation": (
        (What.INVITED, "administrator"),
        "ann invited: administrator",
        "ann: приглашение: администратор",
    ),
    "an account": ((What.INVITED, "bob"), "ann invited: bob", "ann: приглашение: bob"),
    "allowed": (
        (What.PREFERENCE_CHANGED, "Members may add providers: yes"),
        "ann changed a preference: members may add providers",
        "ann: изменена настройка: участники могут добавлять провайдеров",
    ),
    "refused": (
        (What.PREFERENCE_CHANGED, "Members may add providers: no"),
        "ann changed a preference: members may not add providers",
        "ann: изменена настройка: участники не могут добавлять провайдеров",
    ),
    "limits": (
        (What.LIMITS_CHANGED, "bob: messages 1,500, tokens none, cost 0.5"),
        "ann changed limits: bob: 1,500 messages a day, any tokens a month, 0.50 cost a month",
        "ann: изменены лимиты: bob: сообщений в день: 1\xa0500, сколько угодно токенов в месяц, "
        "стоимость в месяц: 0,50",
    ),
    "limits of everyone": (
        (What.LIMITS_CHANGED, "members: messages 5"),
        "ann changed limits: All members: 5 messages a day",
        "ann: изменены лимиты: Все участники: сообщений в день: 5",
    ),
    "no limits": (
        (What.LIMITS_CHANGED, "members: the default"),
        "ann changed limits: All members: No limits",
        "ann: изменены лимиты: Все участники: Без ограничений",
    ),
    "the limits of everyone": (
        (What.LIMITS_CHANGED, "bob: the default"),
        "ann changed limits: bob: As all members",
        "ann: изменены лимиты: bob: Как у всех участников",
    ),
    "models": (
        (What.PROVIDER_CHANGED, "Acme, models for members"),
        "ann changed a provider: Acme, models for members",
        "ann: изменён провайдер: Acme, модели для участников",
    ),
}
FAILED = {
    "a password": ("bob", "Sign-in failed: bob", "Неудачный вход: bob"),
    "a passkey": (
        "bob, with a passkey",
        "Sign-in failed: bob, with a passkey",
        "Неудачный вход: bob, с ключом доступа",
    ),
    "an unknown passkey": (
        "an unknown passkey",
        "Sign-in failed: an unknown passkey",
        "Неудачный вход: неизвестный ключ доступа",
    ),
    "an issuer": (
        "Acme, bob (not invited)",
        "Sign-in failed: Acme, bob (not invited)",
        "Неудачный вход: Acme, bob (нет приглашения)",
    ),
}


def said(what: str, subject: str, language: str, actor: str = "ann") -> str:
    with speaking(language):
        return audit_row(
            AuditEvent(at=datetime(2026, 11, 3, tzinfo=UTC), what=what, actor=actor, subject=subject), "UTC"
        ).text


@pytest.mark.parametrize(("stored", "english", "russian"), SAID.values(), ids=SAID)
def test_what_a_change_is_about_is_translated(stored: tuple[What, str], english: str, russian: str) -> None:
    assert said(*stored, "en") == english
    assert said(*stored, "ru") == russian


@pytest.mark.parametrize(("stored", "english", "russian"), FAILED.values(), ids=FAILED)
def test_why_a_sign_in_failed_is_translated(stored: str, english: str, russian: str) -> None:
    assert said(What.SIGN_IN_FAILED, stored, "en", actor="") == english
    assert said(What.SIGN_IN_FAILED, stored, "ru", actor="") == russian


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    "what",
    [
        What.ROLE_CHANGED,
        What.INVITED,
        What.PREFERENCE_CHANGED,
        What.LIMITS_CHANGED,
        What.PROVIDER_CHANGED,
        What.SIGN_IN_FAILED,
    ],
)
@pytest.mark.parametrize(
    "subject", ["bob", "bob: owner", "bob: words 7", "bob: tokens many", "bob: messages 7, tok", "Acme (new)"]
)
def test_what_is_not_recognized_is_shown_as_it_was_stored(what: What, subject: str, language: str) -> None:
    assert said(what, subject, language).endswith(f": {subject}")


def test_every_reason_of_a_failed_openid_sign_in_is_translated() -> None:
    for code in OPENID_ERRORS:
        reason = code.removeprefix("openid.").replace("_", " ")
        with_reason = f"Acme ({reason})"
        assert said(What.SIGN_IN_FAILED, with_reason, "ru") != f"ann: неудачный вход: {with_reason}"
