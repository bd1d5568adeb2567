"""The assistants section of Settings: the list, and the dialogs for one of them."""

from __future__ import annotations

import reflex as rx

from webchat.components.assistant_face import assistant_face
from webchat.components.assistant_form import assistant_form
from webchat.components.assistant_import import assistant_import_button, assistant_import_dialog
from webchat.components.assistant_links import assistant_links_dialog
from webchat.components.controls import (
    button,
    download_link,
    drag_handle,
    empty_state,
    menu_download,
    menu_item,
    page_link,
    undo_bar,
)
from webchat.components.react_ui import action_menu, sortable
from webchat.components.skeleton import list_skeleton
from webchat.components.words import t
from webchat.state.assistant_form import AssistantFormState
from webchat.state.assistant_links import AssistantLinksState
from webchat.state.assistant_rows import AssistantRow
from webchat.state.assistants import AssistantsState
from webchat.state.sidebar import SidebarState

EXPORT = "/api/assistants/export"


def assistant_settings() -> rx.Component:
    """What assistants are for, the buttons, and the list."""
    return rx.fragment(
        rx.el.p(
            t(
                "An assistant keeps a system prompt, a model, parameters and starters together. Begin a chat "
                "with one from the sidebar, or with /assistant in the message box."
            ),
            class_name="mb-4 text-sm text-muted-foreground",
        ),
        rx.el.div(
            button(
                rx.icon("plus", size=15, aria_hidden=True),
                t("Add an assistant"),
                look="primary",
                on_click=AssistantFormState.open_form(""),
                data_testid="assistant-add",
            ),
            assistant_import_button(),
            rx.cond(
                SidebarState.assistants,
                download_link(t("Export"), href=EXPORT, testid="assistant-export-all"),
            ),
            class_name="mb-4 flex flex-wrap items-center gap-2",
        ),
        rx.cond(
            SidebarState.assistants,
            sortable(
                rx.foreach(SidebarState.assistants, _row),
                label=t("Assistants"),
                on_reorder=AssistantsState.reorder,
            ),
            rx.cond(
                SidebarState.loaded,
                empty_state("bot", t("No assistants"), t("Add one, or import a file of assistants.")),
                list_skeleton(),
            ),
        ),
        assistant_form(),
        assistant_links_dialog(),
        assistant_import_dialog(),
        rx.cond(
            AssistantsState.deleted_id != "",
            undo_bar(
                rx.el.p(
                    t(
                        "“{name}” was deleted. Its conversations are kept.",
                        name=AssistantsState.deleted_name,
                    ),
                    class_name="wrap-anywhere",
                ),
                on_undo=AssistantsState.undo,
                on_dismiss=AssistantsState.dismiss,
                about=AssistantsState.deleted_id,
            ),
        ),
    )


def _row(row: AssistantRow) -> rx.Component:
    return rx.el.li(
        drag_handle(row.name),
        assistant_face(row, "size-10 text-xl"),
        rx.el.div(
            rx.el.p(row.name, class_name="truncate text-sm font-medium"),
            rx.el.p(row.description, class_name="truncate text-xs text-muted-foreground empty:hidden"),
            class_name="min-w-0 flex-1",
        ),
        page_link(
            rx.icon("square-pen", size=16, aria_hidden=True),
            href="/?assistant=" + row.id,
            title=t("New chat with {name}", name=row.name),
            aria_label=t("New chat with {name}", name=row.name),
            data_testid="assistant-begin",
            class_name=(
                "grid size-8 shrink-0 place-items-center rounded-md text-muted-foreground hover:bg-muted "
                "hover:text-foreground"
            ),
        ),
        action_menu(
            menu_item("pencil", t("Edit"), AssistantFormState.open_form(row.id), "assistant-edit"),
            menu_item("copy", t("Duplicate"), AssistantsState.duplicate(row.id), "assistant-duplicate"),
            menu_item("share-2", t("Share…"), AssistantLinksState.open_dialog(row.id), "assistant-share"),
            menu_download("download", t("Export"), EXPORT + "?id=" + row.id, "assistant-export"),
            menu_item(
                "trash-2", t("Delete"), AssistantsState.delete(row.id), "assistant-delete", danger=True
            ),
            label=t("More actions for {title}", title=row.name),
            testid="assistant-menu",
        ),
        key=row.id,
        custom_attrs={"data-id": row.id},
        data_testid="assistant",
        class_name=(
            "flex items-center gap-2 rounded-2xl border border-border bg-card p-2.5 "
            "data-[drop=before]:border-t-primary data-[drop=after]:border-b-primary data-[dragged]:opacity-60"
        ),
    )
