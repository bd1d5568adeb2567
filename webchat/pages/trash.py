"""The trash page: deleted conversations, until they are gone."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import button, empty_state, page_heading, text_link
from webchat.components.layout import page_frame
from webchat.components.select_box import select_box
from webchat.components.words import t
from webchat.state.trash import TrashRow, TrashState


def trash_page() -> rx.Component:
    """What can be restored, and buttons to restore it or to delete it forever."""
    return page_frame(
        rx.el.main(
            rx.el.div(
                page_heading(t("Trash"), t("Deleted conversations can be restored for 30 days.")),
                rx.cond(
                    TrashState.rows,
                    rx.fragment(_bar(), rx.el.ul(rx.foreach(TrashState.rows, _row), class_name="mt-3")),
                    rx.cond(
                        TrashState.loaded,
                        empty_state(
                            "trash-2",
                            t("The trash is empty"),
                            t("Deleted conversations will appear here."),
                            text_link(t("Back to the history"), "/history"),
                        ),
                    ),
                ),
                rx.cond(
                    TrashState.has_more,
                    rx.el.div(
                        button(t("Show more"), on_click=TrashState.load_more, data_testid="trash-more"),
                        class_name="mt-4 text-center",
                    ),
                ),
                class_name="mx-auto max-w-3xl px-4 pb-24 md:px-6 md:pt-8",
            ),
            class_name="min-h-0 flex-1 overflow-y-auto",
        ),
        on_change=TrashState.on_remote_change,
    )


def _bar() -> rx.Component:
    return rx.el.div(
        rx.match(
            TrashState.asking,
            (
                "all",
                _confirm(t("Delete everything in the trash forever?"), TrashState.empty),
            ),
            (
                "selected",
                _confirm(t("Delete the selected conversations forever?"), TrashState.delete_selected),
            ),
            rx.fragment(
                button(
                    t("Restore selected"),
                    on_click=TrashState.restore_selected,
                    disabled=~TrashState.selected,
                    data_testid="restore-selected",
                ),
                button(
                    t("Delete selected forever"),
                    look="danger",
                    on_click=TrashState.ask("selected"),
                    disabled=~TrashState.selected,
                    data_testid="delete-forever",
                ),
                button(
                    t("Empty the trash"),
                    look="danger",
                    on_click=TrashState.ask("all"),
                    data_testid="empty-trash",
                    class_name="ml-auto",
                ),
            ),
        ),
        class_name="flex flex-wrap items-center gap-2",
    )


def _confirm(question: str | rx.Var[str], on_click: Any) -> rx.Component:
    return rx.fragment(
        rx.el.p(question, role="alert", class_name="text-sm font-medium"),
        button(t("Delete forever"), look="danger", on_click=on_click, data_testid="confirm-forever"),
        button(t("Cancel"), look="quiet", on_click=TrashState.ask("")),
    )


def _row(row: TrashRow) -> rx.Component:
    return rx.el.li(
        select_box(
            t("Select {title}", title=row.title),
            TrashState.selected.contains(row.id),
            TrashState.pick(row.id),
            "trash-pick",
        ),
        rx.el.div(
            rx.el.span(row.title, class_name="block truncate text-sm font-medium"),
            rx.el.span(
                row.deleted,
                " · ",
                row.remaining,
                class_name="mt-0.5 block truncate text-xs text-muted-foreground",
            ),
            class_name="min-w-0 flex-1 py-2.5",
        ),
        button(t("Restore"), on_click=TrashState.restore(row.id), data_testid="restore"),
        key=row.id,
        data_testid="trash-item",
        custom_attrs={"data-id": row.id},
        class_name="flex items-center gap-2 rounded-xl px-1 hover:bg-muted/60",
    )
