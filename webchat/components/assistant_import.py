"""The import of assistants: the button, and what a file has before anything of it is added."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import button
from webchat.components.react_ui import import_file, modal_dialog
from webchat.components.words import t
from webchat.state.assistant_import import AssistantImportState as State
from webchat.state.assistant_import import EntryRow


def assistant_import_button() -> rx.Component:
    """Chooses a file."""
    return import_file(
        label=t("Import"),
        address="/api/assistants",
        answer="found",
        on_received=State.received,
        on_refused=State.refused,
    )


def assistant_import_dialog() -> rx.Component:
    """The preview of the file."""
    return modal_dialog(
        rx.el.ul(
            rx.foreach(State.rows, _row),
            aria_label=t("Assistants in the file"),
            class_name="divide-y divide-border px-5",
        ),
        rx.el.div(
            button(t("Cancel"), look="quiet", on_click=State.cancel),
            button(
                rx.cond(State.new == 0, t("Nothing to import"), t("Import {count}", count=State.new)),
                look="primary",
                disabled=State.new == 0,
                on_click=State.begin,
                data_testid="assistant-import-begin",
            ),
            class_name=(
                "sticky bottom-0 flex justify-end gap-2 border-t border-border bg-background px-5 py-3"
            ),
        ),
        open=State.rows.length() > 0,
        label=t("Import assistants"),
        testid="assistant-import-dialog",
        on_close=State.cancel,
    )


def _row(row: EntryRow) -> rx.Component:
    return rx.el.li(
        rx.cond(
            row.is_new,
            rx.icon("circle-plus", size=17, aria_hidden=True, class_name="mt-0.5 shrink-0 text-primary"),
            rx.icon(
                "circle-minus", size=17, aria_hidden=True, class_name="mt-0.5 shrink-0 text-muted-foreground"
            ),
        ),
        rx.el.div(
            rx.el.p(row.name, dir="auto", class_name="text-sm font-medium wrap-anywhere"),
            rx.el.p(row.words, class_name="text-xs leading-5 text-muted-foreground wrap-anywhere"),
            class_name="min-w-0",
        ),
        data_testid="assistant-entry",
        class_name="flex gap-3 py-3",
    )
