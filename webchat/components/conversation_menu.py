"""The menu of a conversation, its dialog for folder and tags, and the offer to undo a deletion."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import FIELD, button, labelled, menu_item, undo_bar
from webchat.components.react_ui import action_menu, modal_dialog
from webchat.components.words import ngettext, pgettext, t
from webchat.state.conversation_menu import ConversationMenuState
from webchat.state.deletion import DeletionState
from webchat.state.history_filters import FolderRow
from webchat.state.repeat import RepeatState
from webchat.state.rows import ConversationRow
from webchat.state.share import ShareState


def conversation_menu(row: ConversationRow, on_rename: Any, testid: str) -> rx.Component:
    """All that can be done with a conversation. `on_rename` shows a field for its title."""
    menu = ConversationMenuState
    return action_menu(
        menu_item("pencil", t("Rename"), on_rename, "rename"),
        rx.cond(
            row.pinned,
            menu_item("pin-off", t("Unpin"), menu.pin(row.id, False), "unpin"),
            menu_item("pin", t("Pin"), menu.pin(row.id, True), "pin"),
        ),
        rx.cond(
            row.archived,
            menu_item("archive-restore", t("Unarchive"), menu.archive(row.id, False), "unarchive"),
            menu_item("archive", pgettext("verb", "Archive"), menu.archive(row.id, True), "archive"),
        ),
        menu_item("folder", t("Folder and tags…"), menu.open_labels(row.id), "move"),
        menu_item("repeat-2", t("Repeat with another model…"), RepeatState.open_dialog(row.id), "repeat"),
        menu_item("share-2", t("Share…"), ShareState.open_dialog(row.id), "share"),
        menu_item("trash-2", t("Delete"), DeletionState.delete(row.id), "delete", danger=True),
        label=t("More actions for {title}", title=row.title),
        testid=testid,
    )


def labels_dialog() -> rx.Component:
    """The dialog for the folder and the tags of one conversation."""
    menu = ConversationMenuState
    return modal_dialog(
        rx.el.form(
            labelled(
                t("Folder"),
                rx.el.select(
                    rx.el.option(t("No folder"), value=""),
                    rx.foreach(menu.folders, _folder_option),
                    name="folder",
                    default_value=menu.folder_id,
                    data_testid="labels-folder",
                    class_name=FIELD,
                ),
                t("New folders are made in the history."),
            ),
            labelled(
                t("Tags"),
                rx.el.input(
                    name="tags",
                    default_value=menu.tags,
                    placeholder=t("recipes, to read"),
                    auto_complete="off",
                    max_length=2_000,
                    data_testid="labels-tags",
                    class_name=FIELD,
                ),
                t("Separated by commas."),
            ),
            rx.el.div(
                button(t("Cancel"), look="quiet", on_click=menu.close_labels),
                button(t("Save"), look="primary", type="submit", data_testid="labels-save"),
                class_name="flex justify-end gap-2",
            ),
            key=menu.labelling,
            on_submit=menu.save_labels,
            class_name="space-y-4 p-5",
        ),
        open=menu.labelling != "",
        label=t("Folder and tags"),
        testid="labels-dialog",
        on_close=menu.close_labels,
    )


def _folder_option(folder: FolderRow) -> rx.Component:
    return rx.el.option(folder.name, value=folder.id)


def undo_deletion() -> rx.Component:
    """Says what was deleted last, and offers to restore it."""
    return rx.cond(
        DeletionState.count > 0,
        undo_bar(
            rx.el.p(
                rx.cond(
                    DeletionState.title != "",
                    rx.fragment(
                        rx.el.span(
                            t("“{title}”", title=DeletionState.title),
                            class_name=(
                                "block truncate font-medium sm:inline-block sm:max-w-64 sm:align-bottom"
                            ),
                        ),
                        " ",
                        rx.cond(
                            DeletionState.links == 0,
                            t("was deleted."),
                            ngettext(
                                "was deleted with its shared link. Undo restores both.",
                                "was deleted with its {count} shared links. Undo restores them.",
                                DeletionState.links,
                            ),
                        ),
                    ),
                    ngettext(
                        "{count} conversation was deleted.",
                        "{count} conversations were deleted.",
                        DeletionState.count,
                    ),
                ),
                class_name="min-w-0",
            ),
            on_undo=DeletionState.undo,
            on_dismiss=DeletionState.dismiss,
            about=DeletionState.title + DeletionState.count.to_string(),
        ),
    )
