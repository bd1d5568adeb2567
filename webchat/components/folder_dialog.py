"""The dialog in which folders are made, renamed, ordered and deleted."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import FIELD, button, drag_handle, icon_button
from webchat.components.react_ui import modal_dialog, sortable
from webchat.components.words import t
from webchat.state.folders import FoldersState
from webchat.state.history import HistoryState
from webchat.state.history_filters import FolderRow


def folder_dialog() -> rx.Component:
    """A field for a new folder, and the list of folders."""
    return modal_dialog(
        rx.el.div(
            rx.el.form(
                rx.el.input(
                    name="name",
                    placeholder=t("New folder"),
                    aria_label=t("Name of the new folder"),
                    max_length=80,
                    auto_complete="off",
                    data_testid="folder-name",
                    class_name=FIELD,
                ),
                button(t("Create"), look="primary", type="submit", data_testid="folder-create"),
                on_submit=FoldersState.create,
                key=FoldersState.created.to_string(),
                class_name="flex gap-2",
            ),
            rx.cond(
                HistoryState.folders,
                sortable(
                    rx.foreach(HistoryState.folders, _row),
                    label=t("Folders"),
                    on_reorder=FoldersState.reorder,
                ),
                rx.el.p(
                    t("Folders keep conversations together. Each conversation is in one folder at most."),
                    class_name="text-sm text-muted-foreground",
                ),
            ),
            class_name="space-y-4 p-5",
        ),
        open=FoldersState.opened,
        label=t("Folders"),
        testid="folder-dialog",
        on_close=FoldersState.close,
    )


def _row(folder: FolderRow) -> rx.Component:
    return rx.el.li(
        drag_handle(folder.name),
        rx.el.input(
            default_value=folder.name,
            key=folder.name,
            aria_label=t("Name"),
            max_length=80,
            on_blur=lambda name: FoldersState.rename(folder.id, name),
            data_testid="folder-rename",
            class_name=FIELD,
        ),
        rx.cond(
            FoldersState.asking == folder.id,
            rx.fragment(
                button(
                    t("Delete, keep conversations"),
                    look="danger",
                    on_click=FoldersState.delete(folder.id),
                    data_testid="folder-delete-confirm",
                    class_name="shrink-0",
                ),
                button(t("Cancel"), look="quiet", on_click=FoldersState.ask("")),
            ),
            icon_button(
                "trash-2", t("Delete"), on_click=FoldersState.ask(folder.id), data_testid="folder-delete"
            ),
        ),
        key=folder.id,
        custom_attrs={"data-id": folder.id},
        data_testid="folder",
        class_name=(
            "flex items-center gap-1.5 border-primary data-[drop=before]:border-t-2 "
            "data-[drop=after]:border-b-2 data-[dragged]:opacity-60"
        ),
    )
