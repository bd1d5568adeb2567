"""The user's share links: listing, copying, changing and deleting them."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import CARD, FIELD, button, empty_state, labelled
from webchat.components.conversation_link import conversation_link
from webchat.components.share_dialog import EXPIRIES
from webchat.components.share_links import copy_link
from webchat.components.words import t
from webchat.state.links import LinksState
from webchat.state.rows import LinkRow


def link_settings() -> rx.Component:
    """Every link, newest first."""
    return rx.cond(
        LinksState.rows,
        rx.el.ul(rx.foreach(LinksState.rows, _link), class_name="space-y-2"),
        rx.cond(
            LinksState.loaded,
            rx.el.div(
                empty_state(
                    "share-2",
                    t("No shared links"),
                    t(
                        "Open a conversation and press Share to create a link to a copy of it. You choose "
                        "what it shows and when it expires."
                    ),
                ),
                class_name=f"{CARD} px-4 *:py-8",
            ),
            rx.el.div(aria_label=t("Loading"), class_name="h-24 animate-pulse rounded-2xl bg-muted"),
        ),
    )


def _link(row: LinkRow) -> rx.Component:
    return rx.el.li(
        conversation_link(
            row.title,
            href="/c/" + row.conversation_id,
            dir="auto",
            title=t("Open the conversation"),
            class_name="font-medium wrap-anywhere hover:underline",
        ),
        rx.el.p(
            rx.el.span(row.expiry, class_name=rx.cond(row.expired, "text-danger", "text-foreground")),
            " · ",
            row.made,
            " · ",
            row.messages,
            " · ",
            row.views,
            rx.cond(row.has_passphrase, " · " + t("passphrase"), ""),
            rx.cond(row.may_continue, " · " + t("readers can continue it"), ""),
            class_name="mt-0.5 text-sm text-muted-foreground",
        ),
        rx.cond(
            LinksState.asking == row.id,
            _question(row),
            rx.cond(LinksState.changing == row.id, _passphrase_form(row), _actions(row)),
        ),
        key=row.id,
        data_testid="link-row",
        custom_attrs={"data-id": row.id, "data-expired": row.expired},
        class_name="rounded-2xl border border-border bg-card p-4",
    )


def _actions(row: LinkRow) -> rx.Component:
    return rx.el.div(
        copy_link(row, "link-copy"),
        rx.el.select(
            rx.el.option(t("Change expiry…"), value=""),
            *[
                rx.el.option(
                    t("Never expires") if value == "never" else t("{duration} from now", duration=text),
                    value=value,
                )
                for value, text in EXPIRIES
            ],
            value="",
            on_change=lambda expiry: LinksState.change_expiry(row.id, expiry),
            aria_label=t("Change expiry"),
            data_testid="link-expiry",
            class_name="rounded-lg border border-border bg-card px-3 py-2 text-sm hover:bg-muted",
        ),
        button(
            rx.cond(row.has_passphrase, t("Change passphrase"), t("Add passphrase")),
            on_click=LinksState.change(row.id),
            data_testid="link-passphrase",
        ),
        button(t("Delete link"), look="danger", on_click=LinksState.ask(row.id), data_testid="link-revoke"),
        class_name="mt-3 flex flex-wrap items-center gap-2",
    )


def _question(row: LinkRow) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.span(t("Delete this link?"), class_name="font-medium"),
            " ",
            t("Its copy is deleted and the link stops working."),
            class_name="basis-full text-sm",
        ),
        button(
            t("Delete link"),
            look="danger",
            on_click=LinksState.revoke(row.id),
            data_testid="link-revoke-confirm",
            class_name="border border-danger/30",
        ),
        button(t("Cancel"), look="quiet", on_click=LinksState.ask(""), auto_focus=True),
        role="group",
        aria_label=t("Delete this link?"),
        class_name="mt-3 flex flex-wrap items-center gap-2 rounded-xl bg-danger-surface p-3",
    )


def _passphrase_form(row: LinkRow) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="link_id", value=row.id),
        labelled(
            t("New passphrase"),
            rx.el.input(
                name="passphrase",
                type="password",
                auto_complete="new-password",
                auto_focus=True,
                max_length=200,
                data_testid="link-passphrase-field",
                class_name=FIELD,
            ),
            t("At least 6 characters. Leave empty to remove the passphrase."),
        ),
        rx.el.div(
            button(t("Save"), look="primary", type="submit", data_testid="link-passphrase-save"),
            button(t("Cancel"), look="quiet", on_click=LinksState.change("")),
            class_name="flex gap-2",
        ),
        on_submit=LinksState.set_passphrase,
        class_name="mt-3 space-y-3",
    )
