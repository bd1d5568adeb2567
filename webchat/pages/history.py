"""The history page: search, and all conversations by day."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import (
    FIELD,
    button,
    empty_state,
    icon_button,
    page_heading,
    text_link,
)
from webchat.components.conversation_link import conversation_link
from webchat.components.conversation_menu import conversation_menu
from webchat.components.folder_dialog import folder_dialog
from webchat.components.history_bar import bulk_bar, history_filters
from webchat.components.layout import page_frame
from webchat.components.rename_form import rename_form
from webchat.components.search_results import search_field, search_results
from webchat.components.select_box import select_box
from webchat.components.transfer import transfer_section
from webchat.components.words import t
from webchat.state.deletion import DeletionState
from webchat.state.history import HistoryState
from webchat.state.rows import ConversationRow
from webchat.state.search import SearchState


def history_page() -> rx.Component:
    """The search field above what it found, or above the list of conversations by day."""
    return page_frame(
        rx.el.main(
            rx.el.div(
                page_heading(t("History")),
                _filters(),
                rx.cond(
                    SearchState.searching,
                    search_results(),
                    rx.fragment(history_filters(), bulk_bar(), transfer_section(), _list()),
                ),
                folder_dialog(),
                class_name="mx-auto max-w-3xl px-4 pb-24 md:px-6 md:pt-8",
            ),
            class_name="min-h-0 flex-1 overflow-y-auto",
        ),
        current="/history",
        on_change=HistoryState.on_remote_change,
    )


def _list() -> rx.Component:
    return rx.fragment(
        rx.cond(
            HistoryState.rows,
            rx.el.ul(rx.foreach(HistoryState.rows, _row), class_name="mt-2"),
            rx.cond(HistoryState.loaded, _nothing(), _loading()),
        ),
        rx.cond(
            HistoryState.has_more,
            rx.el.div(
                button(t("Show more"), on_click=HistoryState.load_more, data_testid="history-more"),
                class_name="mt-4 text-center",
            ),
        ),
    )


def _filters() -> rx.Component:
    return rx.el.div(
        search_field(),
        rx.cond(
            HistoryState.models & ~SearchState.searching,
            rx.el.select(
                rx.el.option(t("All models"), value=""),
                rx.foreach(HistoryState.models, lambda model: rx.el.option(model, value=model)),
                value=HistoryState.model_filter,
                on_change=HistoryState.filter_model,
                aria_label=t("Filter by model"),
                data_testid="history-model",
                class_name=f"{FIELD} sm:max-w-56",
            ),
        ),
        class_name="flex flex-wrap gap-2 sm:flex-nowrap",
    )


def _row(row: ConversationRow) -> rx.Component:
    return rx.el.li(
        rx.cond(
            row.heading != "",
            rx.el.h2(row.heading, class_name="pb-1.5 pt-5 text-xs font-medium text-muted-foreground"),
        ),
        rx.el.div(
            rx.cond(
                HistoryState.renaming == row.id,
                rename_form(
                    row,
                    on_save=HistoryState.rename,
                    on_cancel=HistoryState.cancel_renaming,
                    testid="history",
                ),
                _entry(row),
            ),
            data_testid="history-item",
            custom_attrs={"data-id": row.id},
            class_name="group flex items-center gap-1 rounded-xl hover:bg-muted/60",
        ),
        key=row.id,
    )


def _entry(row: ConversationRow) -> rx.Component:
    return rx.fragment(
        rx.cond(
            HistoryState.selecting,
            select_box(
                t("Select {title}", title=row.title),
                HistoryState.selected.contains(row.id),
                lambda pointer: HistoryState.pick(row.id, pointer),
                "history-pick",
            ),
        ),
        conversation_link(
            rx.el.span(row.title, class_name="block truncate text-sm font-medium"),
            rx.el.span(
                rx.cond(
                    row.pinned,
                    rx.icon("pin", size=11, aria_label=t("Pinned"), class_name="mr-1 inline align-baseline"),
                ),
                row.when,
                rx.cond(row.model != "", " · " + row.model, ""),
                rx.cond(row.folder != "", " · " + row.folder, ""),
                rx.foreach(row.tags, lambda tag: rx.el.span(" #" + tag)),
                class_name="mt-0.5 block truncate text-xs text-muted-foreground",
            ),
            href="/c/" + row.id,
            class_name="min-w-0 flex-1 rounded-xl px-3 py-2.5",
        ),
        rx.el.div(
            icon_button(
                "pencil",
                t("Rename"),
                on_click=HistoryState.start_renaming(row.id),
                data_testid="history-rename",
            ),
            icon_button(
                "trash-2", t("Delete"), on_click=DeletionState.delete(row.id), data_testid="history-delete"
            ),
            conversation_menu(row, HistoryState.start_renaming(row.id), "history-menu"),
            class_name="flex pr-2",
        ),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        HistoryState.filtered | HistoryState.archived,
        empty_state("search-x", t("No conversations match"), t("Try another filter.")),
        empty_state(
            "messages-square",
            t("No conversations yet"),
            t("Your conversations will appear here."),
            text_link(t("Start a new chat"), "/"),
        ),
    )


def _loading() -> rx.Component:
    return rx.el.div(
        *[rx.el.div(class_name="h-12 animate-pulse rounded-xl bg-muted") for _ in range(5)],
        aria_label=t("Loading"),
        class_name="mt-6 space-y-2",
    )
