"""The import section: choosing a file, its preview, the progress and the report."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import button
from webchat.components.react_ui import import_file
from webchat.components.words import ngettext, t
from webchat.state.imports import ImportRow, ImportsState


def import_button() -> rx.Component:
    """Chooses a file to import."""
    return import_file(
        label=t("Import…"),
        on_received=ImportsState.received,
        on_refused=ImportsState.refused,
    )


def import_report() -> rx.Component:
    """What is in the file and what became of it; nothing while there is no file."""
    return rx.cond(
        ImportsState.phase != "",
        rx.el.section(
            rx.el.h2(_heading(), class_name="text-sm font-semibold"),
            rx.el.p(ImportsState.summary, role="status", class_name="mt-1 text-sm"),
            rx.cond(_is_running(), _progress()),
            rx.foreach(
                ImportsState.problems,
                lambda text: rx.el.p(text, class_name="mt-1 text-sm text-danger"),
            ),
            rx.cond(
                ImportsState.notes != "",
                rx.el.p(ImportsState.notes + ".", class_name="mt-1 text-sm text-muted-foreground"),
            ),
            rx.cond(ImportsState.rows, _rows()),
            _actions(),
            aria_label=t("Import"),
            data_testid="import-report",
            custom_attrs={"data-id": ImportsState.id, "data-phase": ImportsState.phase},
            class_name="mt-4 rounded-xl border border-border bg-card p-4",
        ),
    )


def _is_running() -> Any:
    return (ImportsState.phase == "reading") | (ImportsState.phase == "importing")


def _heading() -> rx.Component:
    return rx.match(
        ImportsState.phase,
        ("reading", t("Reading the file…")),
        ("previewed", t("Ready to import")),
        ("importing", t("Importing…")),
        ("done", t("Imported")),
        ("cancelled", t("Import cancelled")),
        t("Import failed"),
    )


def _progress() -> rx.Component:
    return rx.el.progress(
        value=ImportsState.percent,
        max="100",
        aria_label=t("Progress of the import"),
        class_name="mt-2 h-2 w-full accent-primary",
    )


def _rows() -> rx.Component:
    return rx.el.details(
        rx.el.summary(t("Conversations"), class_name="cursor-pointer text-sm text-muted-foreground"),
        rx.el.ul(
            rx.foreach(ImportsState.rows, _row),
            rx.cond(
                ImportsState.unlisted > 0,
                rx.el.li(
                    ngettext("and {count} more", "and {count} more", ImportsState.unlisted), class_name="py-1"
                ),
            ),
            class_name="mt-1 max-h-80 overflow-y-auto text-sm",
        ),
        class_name="mt-3",
    )


def _row(row: ImportRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.title, dir="auto", class_name="font-medium wrap-anywhere"),
        rx.el.span(" · " + row.outcome, class_name="text-muted-foreground"),
        rx.cond(row.detail != "", rx.el.span(" · " + row.detail, class_name="text-muted-foreground")),
        data_testid="import-row",
        class_name="border-t border-border py-1",
    )


def _actions() -> rx.Component:
    previewed = ImportsState.phase == "previewed"
    return rx.el.div(
        rx.cond(
            previewed & ImportsState.can_begin,
            button(t("Import"), look="primary", on_click=ImportsState.begin, data_testid="import-begin"),
        ),
        rx.cond(
            _is_running(),
            button(t("Cancel"), on_click=ImportsState.cancel, data_testid="import-cancel"),
            button(
                rx.cond(previewed, t("Cancel"), t("Close")),
                on_click=ImportsState.dismiss,
                data_testid="import-close",
            ),
        ),
        class_name="mt-3 flex gap-2",
    )
