"""Chooses which part of a conversation is shared: its possible secrets and its messages."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import button
from webchat.components.words import ngettext, t
from webchat.state.rows import SecretRow, ShareRow
from webchat.state.share import ShareState

_LIST = "divide-y divide-border overflow-y-auto rounded-xl border border-border bg-card"


def secrets_found() -> rx.Component:
    """The possible secrets in the text to share, if any."""
    return rx.cond(
        ShareState.found > 0,
        rx.el.section(
            rx.el.div(
                rx.icon("shield-alert", size=17, aria_hidden=True, class_name="shrink-0 text-warning"),
                rx.el.h3(ngettext("{count} possible secret", "{count} possible secrets", ShareState.found)),
                rx.cond(
                    ShareState.readable > 0,
                    button(
                        t("Redact all"),
                        on_click=ShareState.hide_all_secrets,
                        data_testid="share-hide-all",
                        class_name="ml-auto py-1.5",
                    ),
                ),
                class_name="mb-2 flex min-h-9 items-center gap-2 text-sm font-medium",
            ),
            rx.el.ul(rx.foreach(ShareState.secrets, _secret), class_name=f"{_LIST} max-h-44"),
        ),
    )


def readable_secrets() -> rx.Component:
    """A warning next to the button about possible secrets that would be published."""
    return rx.cond(
        ShareState.readable > 0,
        rx.el.p(
            ngettext(
                "{count} possible secret will be visible",
                "{count} possible secrets will be visible",
                ShareState.readable,
            ),
            data_testid="share-readable",
            class_name="text-sm text-warning",
        ),
    )


def files_to_share() -> rx.Component:
    """Whether the files of the messages are shared too, if they have any."""
    return rx.cond(
        ShareState.files > 0,
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=ShareState.include_files,
                on_change=ShareState.choose_files,
                data_testid="share-include-files",
                class_name="size-4 accent-primary",
            ),
            rx.el.span(t("Share the attached files too ({count})", count=ShareState.files)),
            class_name="flex items-center gap-2.5 text-sm",
        ),
    )


def messages_to_share() -> rx.Component:
    """The messages of the current branch, from the first one."""
    return rx.el.section(
        rx.el.h3(t("Messages"), id="share-messages", class_name="mb-1.5 text-sm font-medium"),
        rx.el.ul(
            rx.foreach(ShareState.messages, _message),
            aria_labelledby="share-messages",
            class_name=f"{_LIST} max-h-72",
        ),
    )


def _secret(row: SecretRow) -> rx.Component:
    hidden = ShareState.hidden.contains(row.key)
    return rx.cond(
        ShareState.wordless.contains(row.message_id),
        rx.fragment(),
        rx.el.li(
            rx.el.span(row.kind, class_name="shrink-0 text-muted-foreground"),
            rx.el.code(
                row.excerpt,
                class_name=rx.cond(hidden, "text-muted-foreground line-through", "")
                + " min-w-0 flex-1 truncate font-mono text-xs",
            ),
            _toggle(
                rx.cond(hidden, t("Redacted"), t("Redact")),
                hidden,
                on_click=ShareState.toggle_secret(row.key),
                data_testid="share-secret-toggle",
            ),
            key=row.key,
            data_testid="share-secret",
            class_name="flex items-center gap-3 py-1.5 pl-3.5 pr-2 text-sm",
        ),
    )


def _message(row: ShareRow, index: rx.Var[int]) -> rx.Component:
    left_out = ShareState.left_out.contains(row.id)
    redacted = ShareState.redacted.contains(row.id)
    beyond = index > ShareState.end_at
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=~(left_out | beyond),
                on_change=ShareState.toggle_left_out(row.id),
                disabled=beyond,
                data_testid="share-include",
                class_name="mt-0.5 size-4 shrink-0 accent-primary",
            ),
            rx.el.span(
                rx.el.span(
                    rx.cond(row.role == "user", t("Question"), t("Answer")),
                    class_name="mr-2 text-xs font-medium text-muted-foreground",
                ),
                rx.cond(
                    redacted,
                    rx.el.em(t("Redacted"), class_name="text-muted-foreground"),
                    rx.el.span(row.excerpt, dir="auto", class_name=rx.cond(left_out, "line-through", "")),
                ),
                class_name="line-clamp-2 min-w-0 wrap-anywhere",
            ),
            class_name=rx.cond(left_out | beyond, "text-muted-foreground", "")
            + " flex min-w-0 flex-1 basis-64 items-start gap-2.5",
        ),
        rx.el.div(
            _toggle(
                rx.cond(redacted, t("Redacted"), t("Redact")),
                redacted,
                on_click=ShareState.toggle_redacted(row.id),
                disabled=left_out | beyond,
                data_testid="share-redact",
            ),
            _toggle(
                rx.cond(index == ShareState.end_at, t("Ends here"), t("End here")),
                index == ShareState.end_at,
                on_click=ShareState.share_up_to(row.id),
                data_testid="share-end",
            ),
            class_name="flex shrink-0 gap-1 max-sm:pl-6",
        ),
        key=row.id,
        data_testid="share-message",
        custom_attrs={"data-beyond": beyond},
        class_name="flex flex-wrap items-center gap-x-3 gap-y-1 py-2 pl-3.5 pr-2 text-sm leading-5",
    )


def _toggle(label: rx.Var[str], pressed: rx.Var[bool], **props: Any) -> rx.Component:
    return rx.el.button(
        label,
        type="button",
        aria_pressed=rx.cond(pressed, "true", "false"),
        class_name=(
            "shrink-0 rounded-md px-2 py-1 text-xs text-muted-foreground hover:bg-muted "
            "hover:text-foreground disabled:hidden pointer-coarse:py-2 aria-pressed:bg-accent "
            "aria-pressed:font-medium aria-pressed:text-foreground"
        ),
        **props,
    )
