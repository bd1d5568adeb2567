"""The card in place of an answer that has failed."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import button, page_link
from webchat.components.words import t
from webchat.state.chat import ChatState
from webchat.state.rows import MessageRow


def error_card(row: MessageRow, *ways_on: rx.Component) -> rx.Component:
    """Says why an answer failed, and offers `ways_on`."""
    return rx.el.div(
        rx.icon("triangle-alert", size=18, aria_hidden=True, class_name="mt-0.5 shrink-0 text-danger"),
        rx.el.div(
            rx.el.p(row.error_title, class_name="font-medium"),
            rx.el.p(row.error_text, class_name="mt-0.5 text-sm leading-6 wrap-anywhere"),
            rx.cond(
                row.error_reference != "",
                rx.el.p(
                    t("Reference for the host's log:"),
                    " ",
                    rx.el.span(row.error_reference, class_name="select-all font-mono"),
                    data_testid="error-reference",
                    class_name="mt-1 text-xs text-muted-foreground wrap-anywhere",
                ),
            ),
            rx.el.div(
                *ways_on,
                button(
                    t("What was tried"),
                    look="quiet",
                    aria_expanded=ChatState.attempts_of == row.id,
                    on_click=ChatState.toggle_attempts(row.id),
                    data_testid="what-was-tried",
                    class_name="-ms-2.5",  # its text begins where that of the card does
                ),
                rx.cond(
                    row.needs_settings,
                    page_link(
                        t("Open Settings"),
                        href="/settings/models",
                        data_testid="error-settings",
                        class_name="px-2.5 py-1.5 text-sm text-primary underline underline-offset-2",
                    ),
                ),
                # In a narrow column the names of buttons break rather than being cut off.
                class_name=(
                    "mt-3 flex flex-wrap items-center gap-2 "
                    "[&_.truncate]:text-start [&_.truncate]:whitespace-normal"
                ),
            ),
            class_name="min-w-0",
        ),
        role="alert",
        data_testid="error-card",
        class_name="my-2 flex gap-3 rounded-xl border border-danger/25 bg-danger-surface p-4",
    )
