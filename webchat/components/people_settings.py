"""The people section of Settings, for administrators."""

from __future__ import annotations

import reflex as rx

from webchat.components.base_path import served
from webchat.components.controls import CARD, FIELD, button, empty_state, needs_server, text_link
from webchat.components.limit_settings import member_limits
from webchat.components.react_ui import copy_text
from webchat.components.settings_frame import settings_block
from webchat.components.words import t
from webchat.state.account import AccountState
from webchat.state.account_rows import InvitationRow, PersonRow
from webchat.state.audit_rows import AuditRow
from webchat.state.people import PeopleState


def people_settings() -> rx.Component:
    """Everybody with an account, invitations, what members may do, and the audit log."""
    return rx.cond(
        PeopleState.loaded,
        rx.cond(PeopleState.allowed, _people(), _nobody()),
        rx.el.div(aria_label=t("Loading"), class_name="h-24 animate-pulse rounded-2xl bg-muted"),
    )


def _nobody() -> rx.Component:
    return rx.el.div(
        rx.cond(
            AccountState.username == "",
            empty_state(
                "users",
                t("Only you"),
                t("Create an account for yourself first. Then you can invite other people."),
                text_link(t("Open Account"), "/settings/account"),
            ),
            empty_state(
                "users", t("For administrators"), t("Administrators invite people and manage accounts.")
            ),
        ),
        class_name=f"{CARD} px-4 *:py-8",
    )


def _people() -> rx.Component:
    return rx.fragment(
        settings_block(
            t("Accounts"),
            rx.el.ul(
                rx.foreach(PeopleState.rows, _person),
                data_testid="people",
                class_name=f"{CARD} divide-y divide-border",
            ),
        ),
        settings_block(t("Invitations"), _invitations()),
        settings_block(t("Members"), _preference()),
        settings_block(t("Limits"), member_limits()),
        settings_block(t("Audit log"), _audit()),
    )


def _person(row: PersonRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.p(
                    row.username,
                    rx.cond(row.yourself, rx.el.span(" ", t("(you)"), class_name="text-muted-foreground")),
                    class_name="text-sm font-medium wrap-anywhere",
                ),
                rx.el.p(row.about, class_name="mt-0.5 text-xs text-muted-foreground"),
                class_name="min-w-0 flex-1 basis-48",
            ),
            rx.el.select(
                rx.el.option(t("Administrator"), value="administrator"),
                rx.el.option(t("Member"), value="member"),
                value=row.role,
                on_change=lambda role: PeopleState.set_role(row.id, role),
                aria_label=t("Role of {name}", name=row.username),
                custom_attrs=needs_server(),
                data_testid="person-role",
                class_name="rounded-lg border border-border bg-card px-2.5 py-1.5 text-sm hover:bg-muted",
            ),
            rx.cond(row.yourself, None, _actions(row)),
            class_name="flex flex-wrap items-center gap-x-3 gap-y-2",
        ),
        rx.cond(PeopleState.asking == row.id, _question(row)),
        key=row.id,
        data_testid="person",
        custom_attrs={"data-name": row.username, "data-disabled": row.disabled},
        class_name="px-4 py-3",
    )


def _actions(row: PersonRow) -> rx.Component:
    return rx.el.div(
        button(
            t("New password"),
            look="quiet",
            on_click=PeopleState.reset_password(row.id),
            data_testid="person-reset",
        ),
        button(
            rx.cond(row.disabled, t("Enable"), t("Disable")),
            look="quiet",
            on_click=PeopleState.set_disabled(row.id, ~row.disabled),
            data_testid="person-disable",
        ),
        button(t("Delete"), look="danger", on_click=PeopleState.ask(row.id), data_testid="person-delete"),
        class_name="-mx-2.5 flex flex-wrap gap-1",
    )


def _question(row: PersonRow) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.span(t("Delete {name}?", name=row.username), class_name="font-medium"),
            " ",
            t(
                "All their conversations and shared links are deleted. This cannot be undone. To keep a "
                "copy, ask them to export first, in Settings → Data."
            ),
            class_name="basis-full text-sm",
        ),
        button(
            t("Delete account"),
            look="danger",
            on_click=PeopleState.delete(row.id),
            data_testid="person-delete-confirm",
            class_name="border border-danger/30",
        ),
        button(t("Cancel"), look="quiet", on_click=PeopleState.ask(""), auto_focus=True),
        role="group",
        aria_label=t("Delete {name}?", name=row.username),
        class_name="mt-3 flex flex-wrap items-center gap-2 rounded-xl bg-danger-surface p-3",
    )


def _invitations() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            button(
                rx.icon("user-plus", size=15, aria_hidden=True),
                t("Invite a member"),
                look="primary",
                on_click=PeopleState.invite("member"),
                data_testid="invite",
            ),
            button(
                t("Invite an administrator"),
                on_click=PeopleState.invite("administrator"),
                data_testid="invite-administrator",
            ),
            class_name="flex flex-wrap gap-2",
        ),
        rx.cond(PeopleState.link != "", _link()),
        rx.cond(
            PeopleState.invitations,
            rx.el.ul(
                rx.foreach(PeopleState.invitations, _invitation),
                class_name=f"{CARD} mt-3 divide-y divide-border",
            ),
        ),
    )


def _link() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.cond(
                PeopleState.link_for != "",
                t(
                    "Send this link to {name}. It sets a new password, once, within a week.",
                    name=PeopleState.link_for,
                ),
                t("Send this link to one person. It makes one account, within a week. It is shown only now."),
            ),
            class_name="mb-2 text-sm",
        ),
        rx.el.div(
            rx.el.input(
                read_only=True,
                value=PeopleState.link,
                aria_label=t("Link"),
                data_testid="invite-link",
                class_name=FIELD,
            ),
            copy_text(text=PeopleState.link, testid="invite-copy"),
            class_name="flex items-center gap-2",
        ),
        class_name="mt-3 rounded-2xl bg-accent p-4",
    )


def _invitation(row: InvitationRow) -> rx.Component:
    return rx.el.li(
        rx.el.p(row.text, class_name="min-w-0 flex-1 text-sm first-letter:uppercase"),
        button(
            t("Withdraw"), look="quiet", on_click=PeopleState.withdraw(row.id), data_testid="invite-withdraw"
        ),
        key=row.id,
        data_testid="invitation",
        class_name="flex items-center gap-3 px-4 py-2",
    )


def _preference() -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=PeopleState.members_may_add,
            on_change=PeopleState.let_members_add,
            custom_attrs=needs_server(),
            data_testid="members-may-add",
            class_name="mt-1 size-4 accent-primary",
        ),
        rx.el.span(
            t("Members may add providers of their own"),
            rx.el.span(
                t("They use yours in any case, and see no address or key. What they add is theirs alone."),
                class_name="mt-0.5 block text-xs text-muted-foreground",
            ),
            class_name="text-sm",
        ),
        class_name="flex gap-3",
    )


def _audit() -> rx.Component:
    return rx.fragment(
        rx.el.ol(
            rx.foreach(PeopleState.events, _event),
            data_testid="audit",
            tab_index=0,
            aria_label=t("Audit log"),
            class_name=f"{CARD} mb-3 max-h-96 divide-y divide-border overflow-y-auto",
        ),
        rx.el.a(
            t("Download as CSV"),
            href=served("/api/audit.csv"),
            download=True,
            data_testid="audit-download",
            class_name="text-sm text-primary underline underline-offset-2",
        ),
    )


def _event(row: AuditRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.text, class_name="min-w-0 flex-1 basis-56 wrap-anywhere"),
        rx.el.span(
            rx.cond(row.address != "", row.address + " · ", ""),
            row.when,
            class_name="text-xs text-muted-foreground",
        ),
        class_name="flex flex-wrap items-baseline gap-x-3 px-4 py-2 text-sm",
    )
