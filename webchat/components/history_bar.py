"""Above the list of the history: filters by folder, tag and archive, and the bar of the select mode."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import FIELD, button, page_link
from webchat.components.export_links import export_form
from webchat.components.words import ngettext, pgettext, t
from webchat.state.deletion import DeletionState
from webchat.state.folders import FoldersState
from webchat.state.history import HistoryState
from webchat.state.history_filters import FolderRow, TagRow

_SMALL = f"{FIELD} sm:w-auto sm:max-w-48"


def history_filters() -> rx.Component:
    """The filters, and buttons for the select mode, the folders and the trash."""
    return rx.el.div(
        rx.cond(
            HistoryState.folders,
            rx.el.select(
                rx.el.option(t("All folders"), value=""),
                rx.foreach(HistoryState.folders, _folder_option),
                value=HistoryState.folder_filter,
                on_change=HistoryState.filter_folder,
                aria_label=t("Filter by folder"),
                data_testid="folder-filter",
                class_name=_SMALL,
            ),
        ),
        rx.cond(
            HistoryState.tags,
            rx.el.select(
                rx.el.option(t("All tags"), value=""),
                rx.foreach(HistoryState.tags, _tag_option),
                value=HistoryState.tag_filter,
                on_change=HistoryState.filter_tag,
                aria_label=t("Filter by tag"),
                data_testid="tag-filter",
                class_name=_SMALL,
            ),
        ),
        rx.el.div(
            _quiet("folder", t("Folders"), FoldersState.open_dialog, "folders"),
            rx.el.button(
                rx.icon("archive", size=15, aria_hidden=True),
                t("Archive"),
                type="button",
                on_click=HistoryState.show_archived(~HistoryState.archived),
                aria_pressed=rx.cond(HistoryState.archived, "true", "false"),
                data_testid="archived-filter",
                class_name=_LINK,
            ),
            page_link(
                rx.icon("trash-2", size=15, aria_hidden=True),
                t("Trash"),
                href="/trash",
                data_testid="trash",
                class_name=_LINK,
            ),
            _quiet("list-checks", t("Select"), HistoryState.start_selecting, "history-select"),
            class_name="-ml-2.5 flex flex-wrap items-center sm:ml-auto",
        ),
        class_name="mt-2 flex flex-wrap items-center gap-2",
    )


_LINK = (
    "inline-flex items-center gap-1.5 rounded-lg px-2.5 py-1.5 text-sm font-medium text-muted-foreground "
    "hover:bg-muted hover:text-foreground aria-pressed:bg-accent aria-pressed:text-foreground"
)


def _quiet(icon: str, label: rx.Var[str], on_click: Any, testid: str) -> rx.Component:
    return button(
        rx.icon(icon, size=15, aria_hidden=True), label, look="quiet", on_click=on_click, data_testid=testid
    )


def bulk_bar() -> rx.Component:
    """What can be done with all selected conversations."""
    return rx.cond(
        HistoryState.selecting,
        rx.el.div(
            rx.el.span(
                ngettext("{count} selected", "{count} selected", HistoryState.selected.length()),
                role="status",
                data_testid="bulk-count",
                class_name="px-2 text-sm font-medium",
            ),
            button(t("All"), look="quiet", on_click=HistoryState.select_all, data_testid="bulk-all"),
            rx.el.select(
                rx.el.option(t("Move to…"), value=""),
                rx.el.option(t("No folder"), value="none"),
                rx.foreach(HistoryState.folders, _folder_option),
                value="",
                on_change=HistoryState.move_selected,
                disabled=~HistoryState.selected,
                aria_label=t("Move to a folder"),
                data_testid="bulk-move",
                class_name=f"{FIELD} w-32!",
            ),
            rx.el.form(
                rx.el.input(
                    name="tag",
                    placeholder=t("Add a tag"),
                    aria_label=t("Add a tag"),
                    max_length=200,
                    auto_complete="off",
                    disabled=~HistoryState.selected,
                    data_testid="bulk-tag",
                    class_name=f"{FIELD} w-28!",
                ),
                on_submit=HistoryState.tag_selected,
                reset_on_submit=True,
            ),
            button(
                rx.cond(HistoryState.archived, t("Unarchive"), pgettext("verb", "Archive")),
                look="quiet",
                on_click=HistoryState.archive_selected,
                disabled=~HistoryState.selected,
                data_testid="bulk-archive",
            ),
            button(
                t("Delete"),
                look="danger",
                on_click=DeletionState.delete_several(HistoryState.selected),
                disabled=~HistoryState.selected,
                data_testid="bulk-delete",
            ),
            export_form(HistoryState.selected),
            button(
                t("Done"),
                look="quiet",
                on_click=HistoryState.stop_selecting,
                data_testid="bulk-done",
                class_name="ml-auto",
            ),
            role="toolbar",
            aria_label=t("Selected conversations"),
            data_testid="bulk-bar",
            class_name=(
                "sticky top-16 z-10 mt-3 flex flex-wrap items-center gap-1.5 rounded-xl border border-border "
                "bg-card p-2 shadow-lg md:top-2"
            ),
        ),
    )


def _folder_option(folder: FolderRow) -> rx.Component:
    return rx.el.option(folder.name, value=folder.id)


def _tag_option(tag: TagRow) -> rx.Component:
    return rx.el.option(tag.label, value=tag.tag)
