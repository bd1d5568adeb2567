"""The Share dialog: what is in the copy, when the link expires, and who can read it."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from webchat.components.controls import FIELD, button, empty_state, form_problem, labelled
from webchat.components.react_ui import modal_dialog
from webchat.components.share_choice import files_to_share, messages_to_share, readable_secrets, secrets_found
from webchat.components.share_links import link_made, links_there
from webchat.components.words import t
from webchat.state.chat import ChatState
from webchat.state.share import ShareState

EXPIRIES = (
    ("hour", t("1 hour")),
    ("day", t("1 day")),
    ("week", t("1 week")),
    ("month", t("1 month")),
    ("never", t("Never")),
)
"""Lifetimes of a link: the service's value and the label."""


def share_button() -> rx.Component:
    """Opens the dialog; only shown if there is something to share."""
    return rx.cond(
        ChatState.messages,
        rx.el.button(
            rx.icon("share-2", size=17, aria_hidden=True),
            type="button",
            aria_label=t("Share this conversation"),
            title=t("Share this conversation"),
            on_click=ShareState.open_dialog(ChatState.conversation_id),
            disabled=~ChatState.ready | has_connection_errors,
            data_testid="share-open",
            class_name=(
                "grid size-9 shrink-0 place-items-center rounded-lg text-muted-foreground hover:bg-muted "
                "hover:text-foreground disabled:pointer-events-none disabled:opacity-40"
            ),
        ),
    )


def share_dialog() -> rx.Component:
    """The dialog, shown over the page it was opened on."""
    return modal_dialog(
        rx.cond(
            ShareState.loading,
            rx.el.p(
                t("Loading the conversation…"),
                role="status",
                class_name="py-24 text-center text-sm text-muted-foreground",
            ),
            rx.cond(
                ShareState.made_address != "",
                link_made(),
                rx.cond(ShareState.messages, rx.fragment(_form(), links_there()), _nothing()),
            ),
        ),
        open=ShareState.opened & (ShareState.opened_at == ShareState.router.url.path),
        label=t("Share this conversation"),
        testid="share-dialog",
        on_close=ShareState.close,
    )


def _nothing() -> rx.Component:
    return rx.cond(
        ShareState.problem != "",
        rx.el.div(_problem(), class_name="p-5"),
        empty_state(
            "messages-square",
            t("Nothing to share yet"),
            t("Send a message first. An answer can be shared once it is complete."),
        ),
    )


def _problem() -> rx.Component:
    return form_problem(ShareState.problem, "share-problem")


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            labelled(
                t("Title"),
                rx.el.input(
                    name="title",
                    default_value=ShareState.title,
                    on_blur=ShareState.keep_title,
                    required=True,
                    max_length=200,
                    auto_complete="off",
                    data_testid="share-title",
                    class_name=FIELD,
                ),
            ),
            secrets_found(),
            messages_to_share(),
            files_to_share(),
            _terms(),
            rx.el.p(
                t(
                    "The link shows the text of these messages and the name of the model, and their files "
                    "only if you choose so. It never shows the system prompt, your providers, failed "
                    "attempts or anything about you."
                ),
                class_name="text-xs leading-5 text-muted-foreground",
            ),
            class_name="space-y-5 px-5 py-4",
        ),
        rx.el.div(
            _problem(),
            rx.el.div(
                readable_secrets(),
                button(
                    t("Create link"),
                    look="primary",
                    type="submit",
                    disabled=has_connection_errors,
                    data_testid="share-publish",
                    class_name="ml-auto",
                ),
                class_name="flex flex-wrap items-center gap-x-4 gap-y-2",
            ),
            class_name="sticky bottom-0 space-y-3 border-t border-border bg-background px-5 py-3",
        ),
        on_submit=ShareState.publish,
    )


def _terms() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            labelled(
                t("Link expires after"),
                rx.el.select(
                    *[rx.el.option(text, value=value) for value, text in EXPIRIES],
                    name="expiry",
                    default_value="week",
                    data_testid="share-expiry",
                    class_name=FIELD,
                ),
            ),
            labelled(
                t("Passphrase"),
                rx.el.input(
                    name="passphrase",
                    type="password",
                    auto_complete="new-password",
                    placeholder=t("None"),
                    max_length=200,
                    data_testid="share-passphrase",
                    class_name=FIELD,
                ),
                t("At least 6 characters. Send it separately from the link."),
            ),
            class_name="grid gap-4 sm:grid-cols-2",
        ),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name="may_continue",
                default_checked=ShareState.may_continue,
                data_testid="share-may-continue",
                class_name="size-4 accent-primary",
            ),
            t("Let readers continue in their own copy"),
            class_name="flex items-center gap-2.5 text-sm",
        ),
    )
