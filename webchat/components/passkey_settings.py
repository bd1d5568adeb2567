"""The passkeys in the account section of Settings."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import FIELD, button, icon_button
from webchat.components.react_ui import add_passkey
from webchat.components.words import t
from webchat.services.accounts.passkeys import LONGEST_NAME
from webchat.state.account_rows import PasskeyRow
from webchat.state.passkeys import PasskeysState


def passkey_settings() -> rx.Component:
    """What passkeys are, the list, and the button that adds one."""
    return rx.fragment(
        rx.el.p(
            t(
                "Sign in with your fingerprint, your face or the screen lock of a device, or with a security "
                "key, instead of your password."
            ),
            class_name="mb-3 text-sm text-muted-foreground",
        ),
        rx.cond(
            PasskeysState.rows,
            rx.el.ul(
                rx.foreach(PasskeysState.rows, _passkey),
                aria_label=t("Passkeys"),
                class_name="mb-3 divide-y divide-border rounded-2xl border border-border bg-card",
            ),
        ),
        add_passkey(
            name=PasskeysState.new_name,
            on_added=PasskeysState.added,
            on_refused=PasskeysState.refused,
        ),
    )


def _passkey(row: PasskeyRow) -> rx.Component:
    return rx.el.li(
        rx.cond(PasskeysState.renaming == row.id, _name_form(row), _shown(row)),
        key=row.id,
        data_testid="passkey",
        class_name="px-4 py-3",
    )


def _shown(row: PasskeyRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(row.name, dir="auto", data_testid="passkey-name", class_name="truncate text-sm"),
            rx.el.p(row.about, class_name="mt-0.5 text-xs text-muted-foreground"),
            class_name="min-w-0 flex-1 basis-48",
        ),
        rx.cond(
            PasskeysState.asking == row.id,
            rx.el.div(
                button(
                    t("Remove"),
                    look="danger",
                    on_click=PasskeysState.remove(row.id),
                    data_testid="passkey-remove-confirm",
                ),
                button(t("Cancel"), look="quiet", on_click=PasskeysState.ask(""), auto_focus=True),
                role="group",
                aria_label=t("Remove {name}?", name=row.name),
                class_name="-mx-2.5 flex gap-1",
            ),
            rx.el.div(
                icon_button(
                    "pencil",
                    t("Rename {name}", name=row.name),
                    on_click=PasskeysState.start_renaming(row.id),
                    data_testid="passkey-rename",
                ),
                icon_button(
                    "trash-2",
                    t("Remove {name}", name=row.name),
                    on_click=PasskeysState.ask(row.id),
                    data_testid="passkey-remove",
                ),
                class_name="flex gap-1",
            ),
        ),
        class_name="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1",
    )


def _name_form(row: PasskeyRow) -> rx.Component:
    return rx.el.form(
        rx.el.input(
            name="name",
            default_value=row.name,
            aria_label=t("Name of the passkey"),
            auto_focus=True,
            max_length=LONGEST_NAME,
            required=True,
            auto_complete="off",
            data_testid="passkey-new-name",
            class_name=f"{FIELD} min-w-0 flex-1",
        ),
        icon_button("check", t("Save"), submits=True, data_testid="passkey-save"),
        icon_button("x", t("Cancel"), on_click=PasskeysState.start_renaming("")),
        on_submit=PasskeysState.rename,
        class_name="flex min-h-10 items-center gap-1",
    )
