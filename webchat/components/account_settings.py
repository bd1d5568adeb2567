"""The account section of Settings."""

from __future__ import annotations

import reflex as rx

from webchat.components.base_path import served
from webchat.components.controls import CARD, FIELD, browser_form, button, empty_state, labelled
from webchat.components.limit_settings import what_is_left
from webchat.components.passkey_settings import passkey_settings
from webchat.components.settings_frame import settings_block
from webchat.components.words import t
from webchat.state.account import AccountState
from webchat.state.account_rows import IdentityRow, SessionRow


def account_settings() -> rx.Component:
    """The account of whoever has signed in, or how to make one."""
    return rx.cond(
        AccountState.loaded,
        rx.cond(AccountState.username != "", _account(), _without_account()),
        rx.el.div(aria_label=t("Loading"), class_name="h-24 animate-pulse rounded-2xl bg-muted"),
    )


def _without_account() -> rx.Component:
    return rx.el.div(
        empty_state(
            "circle-user",
            t("No account needed"),
            t(
                "Only this machine can reach webchat, so nobody signs in. With an account you can invite "
                "other people and use webchat from other devices."
            ),
            rx.cond(
                AccountState.setup_token != "",
                rx.el.a(
                    t("Create an account"),
                    href=served("/setup/") + AccountState.setup_token,
                    data_testid="create-account",
                    class_name="text-sm text-primary underline underline-offset-2",
                ),
            ),
        ),
        class_name=f"{CARD} px-4 *:py-8",
    )


def _account() -> rx.Component:
    return rx.fragment(
        settings_block(
            t("You"),
            rx.el.div(
                rx.el.div(
                    rx.el.p(
                        AccountState.username,
                        data_testid="username",
                        class_name="truncate text-sm font-medium",
                    ),
                    rx.el.p(
                        rx.cond(AccountState.administrator, t("Administrator"), t("Member")),
                        class_name="text-sm text-muted-foreground",
                    ),
                    class_name="min-w-0 flex-1",
                ),
                _sign_out(t("Sign out"), "sign-out", everywhere=False),
                class_name=f"{CARD} flex items-center gap-3 p-4",
            ),
        ),
        rx.cond(AccountState.limits, settings_block(t("Your limits"), what_is_left(AccountState.limits))),
        settings_block(
            t("Signed in"),
            rx.fragment(
                rx.el.ul(
                    rx.foreach(AccountState.sessions, _session),
                    class_name=f"{CARD} mb-3 divide-y divide-border",
                ),
                _sign_out(t("Sign out everywhere"), "sign-out-everywhere", everywhere=True),
            ),
        ),
        settings_block(t("Passkeys"), passkey_settings()),
        rx.cond(
            (AccountState.issuer != "") | (AccountState.identities.length() > 0),
            settings_block(t("Other ways to sign in"), _identities()),
        ),
        settings_block(t("Password"), rx.cond(AccountState.has_password, _password_form(), _no_password())),
    )


def _sign_out(text: rx.Var[str], testid: str, *, everywhere: bool) -> rx.Component:
    """A form of the browser's own, because the answer takes the cookie away."""
    return browser_form(
        rx.el.input(type="hidden", name="everywhere", value="yes" if everywhere else ""),
        button(text, type="submit", data_testid=testid),
        action=served("/sign-out"),
    )


def _session(row: SessionRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                row.browser,
                rx.cond(row.this, rx.el.span(" ", t("(this one)"), class_name="text-muted-foreground")),
                class_name="text-sm",
            ),
            rx.el.p(row.seen, class_name="mt-0.5 text-xs text-muted-foreground"),
            class_name="min-w-0 flex-1",
        ),
        rx.cond(
            row.this,
            None,
            button(
                t("Sign out"),
                look="quiet",
                on_click=AccountState.end_session(row.id),
                data_testid="session-end",
            ),
        ),
        key=row.id,
        data_testid="session",
        class_name="flex min-h-16 items-center gap-3 px-4 py-3",
    )


def _identities() -> rx.Component:
    return rx.fragment(
        rx.cond(
            AccountState.identities.length() > 0,
            rx.el.ul(
                rx.foreach(AccountState.identities, _identity),
                class_name=f"{CARD} mb-3 divide-y divide-border",
            ),
        ),
        rx.cond(
            (AccountState.issuer != "") & ~AccountState.connected,
            # A form of the browser's own, because it leads to another site.
            browser_form(
                rx.el.input(type="hidden", name="connect", value="yes"),
                button(
                    t("Connect {name}", name=AccountState.issuer), type="submit", data_testid="oidc-connect"
                ),
                action=served("/sign-in/oidc"),
            ),
        ),
    )


def _identity(row: IdentityRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.name, class_name="truncate text-sm"),
            rx.el.p(row.about, class_name="mt-0.5 text-xs text-muted-foreground"),
            class_name="min-w-0 flex-1",
        ),
        button(
            t("Disconnect"),
            look="quiet",
            on_click=AccountState.disconnect(row.id),
            data_testid="oidc-disconnect",
        ),
        key=row.id,
        data_testid="identity",
        class_name="flex min-h-16 items-center gap-3 px-4 py-3",
    )


def _no_password() -> rx.Component:
    return rx.el.p(
        t("You have no password. An administrator can give you a link that sets one."),
        class_name="text-sm text-muted-foreground",
    )


def _password_form() -> rx.Component:
    return rx.el.form(
        rx.cond(
            AccountState.problem != "",
            rx.el.p(
                AccountState.problem,
                role="alert",
                data_testid="password-problem",
                class_name="rounded-lg bg-danger-surface px-3 py-2 text-sm text-danger",
            ),
        ),
        labelled(t("Current password"), _field("current", "current-password")),
        labelled(
            t("New password"),
            _field("password", "new-password"),
            t("At least 8 characters. Your other browsers are signed out."),
        ),
        button(t("Change password"), type="submit", data_testid="password-save"),
        key=AccountState.changed.to_string(),
        on_submit=AccountState.change_password,
        class_name="max-w-sm space-y-4",
    )


def _field(name: str, kind: str) -> rx.Component:
    return rx.el.input(
        name=name,
        type="password",
        auto_complete=kind,
        max_length=200,
        required=True,
        data_testid=f"password-{name}",
        class_name=FIELD,
    )
