"""The sidebar: new chat, assistants, pinned conversations, folders, recent ones, links to the other pages."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.assistant_face import assistant_face
from webchat.components.base_path import served
from webchat.components.controls import needs_server, page_link
from webchat.components.conversation_link import conversation_link
from webchat.components.conversation_menu import conversation_menu
from webchat.components.react_ui import end_of_list
from webchat.components.rename_form import rename_form
from webchat.components.skeleton import list_skeleton
from webchat.components.words import ngettext, t
from webchat.state.assistant_rows import AssistantRow
from webchat.state.chat import ChatState
from webchat.state.conversation_menu import ConversationMenuState
from webchat.state.history_filters import FolderRow
from webchat.state.rows import ConversationRow
from webchat.state.sidebar import SidebarState

SHOWN_ASSISTANTS = 5
"""Assistants that the sidebar shows."""
_CURRENT = (
    "aria-[current=page]:bg-accent aria-[current=page]:font-medium "
    "aria-[current=page]:shadow-[inset_3px_0_0_var(--primary)]"
)
_HEADING = "px-3 pb-1 text-xs font-medium text-muted-foreground"


def sidebar(current: rx.Var[str] | str) -> rx.Component:
    """The contents of the sidebar; `current` is the id of the conversation on screen, or the path of the
    page."""
    return rx.el.div(
        rx.el.div(
            page_link(
                rx.el.img(src=served("/favicon.svg"), alt="", class_name="size-7"),
                rx.el.span("webchat", class_name="font-semibold tracking-tight"),
                href="/",
                class_name="flex items-center gap-2.5 rounded-lg px-1",
            ),
            class_name="flex h-14 shrink-0 items-center px-4",
        ),
        page_link(
            rx.icon("square-pen", size=16, aria_hidden=True),
            t("New chat"),
            href="/",
            data_testid="new-chat",
            title=t("New chat (Ctrl+Shift+O)"),
            class_name=(
                "mx-3 mb-3 flex items-center gap-2.5 rounded-lg border border-border bg-card px-3 py-2 "
                "text-sm font-medium shadow-xs hover:bg-muted"
            ),
        ),
        rx.el.nav(
            _assistants(),
            _section(t("Pinned"), SidebarState.pinned, current, "sidebar-pinned"),
            _folders(current),
            _recent(current),
            rx.cond(SidebarState.loaded, _empty(), list_skeleton()),
            rx.cond(
                SidebarState.has_more,
                end_of_list(rows=SidebarState.recent.length(), on_reach=SidebarState.load_more),
            ),
            aria_label=t("Conversations"),
            custom_attrs={"data-scrolls": ""},
            class_name="min-h-0 flex-1 overflow-y-auto px-3",
        ),
        rx.el.div(
            _link("history", t("History"), "/history", current),
            _link("settings", t("Settings"), "/settings", current),
            class_name="shrink-0 border-t border-border p-3",
        ),
        class_name="flex h-full min-h-0 flex-col",
    )


def _empty() -> rx.Component:
    return rx.cond(
        SidebarState.recent | SidebarState.pinned | SidebarState.folders,
        None,
        rx.el.p(
            t("Your chats will be listed here."),
            data_testid="sidebar-empty",
            class_name="px-3 py-1 text-sm text-muted-foreground",
        ),
    )


def _section(
    title: rx.Var[str], rows: list[ConversationRow], current: rx.Var[str] | str, testid: str
) -> rx.Component:
    return rx.cond(
        rows,
        rx.el.section(
            rx.el.h2(title, class_name=_HEADING),
            rx.foreach(rows, lambda row: _item(row, current, testid)),
            aria_label=title,
            data_testid=testid,
            class_name="mb-4",
        ),
    )


def _recent(current: rx.Var[str] | str) -> rx.Component:
    return rx.cond(
        SidebarState.recent,
        rx.el.section(
            rx.foreach(SidebarState.recent, lambda row: _under_heading(row, current)),
            aria_label=t("Recent"),
            data_testid="sidebar-recent",
            class_name="mb-4",
        ),
    )


def _under_heading(row: ConversationRow, current: rx.Var[str] | str) -> rx.Component:
    """A conversation, below the heading of its period if it is the first one."""
    return rx.fragment(
        rx.cond(row.heading != "", rx.el.h2(row.heading, class_name=f"{_HEADING} not-first:pt-4")),
        _item(row, current, "sidebar-recent"),
        key=row.id,
    )


def _assistants() -> rx.Component:
    return rx.cond(
        SidebarState.assistants,
        rx.el.section(
            rx.el.h2(t("Assistants"), class_name=_HEADING),
            rx.foreach(SidebarState.assistants[:SHOWN_ASSISTANTS], _assistant),
            page_link(
                t("All assistants"),
                href="/settings/assistants",
                data_testid="sidebar-all-assistants",
                class_name=_MORE,
            ),
            aria_label=t("Assistants"),
            data_testid="sidebar-assistants",
            class_name="mb-4",
        ),
    )


def _assistant(row: AssistantRow) -> rx.Component:
    return page_link(
        assistant_face(row, "size-5.5 text-xs"),
        rx.el.span(row.name, class_name="truncate"),
        href="/?assistant=" + row.id,
        key=row.id,
        title=t("New chat with {name}", name=row.name),
        aria_current=rx.cond(
            (row.id == ChatState.assistant.id) & (ChatState.conversation_id == ""), "page", "false"
        ),
        data_testid="sidebar-assistant",
        class_name=(
            f"flex min-w-0 items-center gap-2.5 rounded-lg py-1.5 pl-3 pr-2 text-sm hover:bg-muted {_CURRENT}"
        ),
    )


def _folders(current: rx.Var[str] | str) -> rx.Component:
    return rx.cond(
        SidebarState.folders,
        rx.el.section(
            rx.el.h2(t("Folders"), class_name=_HEADING),
            rx.foreach(SidebarState.folders, lambda folder: _folder(folder, current)),
            rx.cond(
                SidebarState.more_folders > 0,
                _more(
                    ngettext("Show {count} more", "Show {count} more", SidebarState.more_folders),
                    SidebarState.show_all_folders,
                    "sidebar-all-folders",
                ),
            ),
            aria_label=t("Folders"),
            data_testid="sidebar-folders",
            class_name="mb-4",
        ),
    )


def _folder(folder: FolderRow, current: rx.Var[str] | str) -> rx.Component:
    is_open = SidebarState.open_folder == folder.id
    return rx.el.div(
        rx.el.button(
            rx.cond(
                is_open,
                rx.icon("folder-open", size=15, aria_hidden=True, class_name="shrink-0"),
                rx.icon("folder", size=15, aria_hidden=True, class_name="shrink-0"),
            ),
            rx.el.span(folder.name, class_name="truncate"),
            type="button",
            on_click=SidebarState.toggle_folder(folder.id),
            aria_expanded=rx.cond(is_open, "true", "false"),
            data_testid="sidebar-folder",
            custom_attrs=needs_server(),
            class_name=(
                "flex w-full min-w-0 items-center gap-2 rounded-lg py-1.5 pl-3 pr-2 text-left text-sm "
                "hover:bg-muted"
            ),
        ),
        rx.cond(is_open, _inside(folder, current)),
        key=folder.id,
    )


def _inside(folder: FolderRow, current: rx.Var[str] | str) -> rx.Component:
    return rx.el.div(
        rx.foreach(SidebarState.inside, lambda row: _item(row, current, "folder")),
        rx.cond(
            SidebarState.inside_loaded & ~SidebarState.inside,
            rx.el.p(
                t("No conversations in this folder."), class_name="px-3 py-1.5 text-sm text-muted-foreground"
            ),
        ),
        rx.cond(
            SidebarState.more_inside,
            _more(t("Show more"), SidebarState.load_more_inside, "sidebar-more-inside"),
        ),
        rx.cond(
            SidebarState.inside_full,
            page_link(t("All in the history"), href="/history?folder=" + folder.id, class_name=_MORE),
        ),
        data_testid="sidebar-inside",
        class_name="ml-4.5 border-l border-border pl-1.5",
    )


_MORE = (
    "block w-full rounded-lg px-3 py-1.5 text-left text-sm text-muted-foreground hover:bg-muted "
    "hover:text-foreground"
)


def _more(text: str | rx.Var[str], on_click: Any, testid: str) -> rx.Component:
    return rx.el.button(
        text,
        type="button",
        on_click=on_click,
        data_testid=testid,
        custom_attrs=needs_server(),
        class_name=_MORE,
    )


def _item(row: ConversationRow, current: rx.Var[str] | str, place: str) -> rx.Component:
    menu = ConversationMenuState
    return rx.cond(
        (menu.renaming == row.id) & (menu.renaming_in == place),
        rename_form(row, on_save=menu.rename, on_cancel=menu.cancel_renaming, testid="sidebar"),
        rx.el.div(
            conversation_link(
                rx.cond(
                    SidebarState.faces.contains(row.assistant),
                    assistant_face(SidebarState.faces[row.assistant], "size-4.5 text-[0.625rem]"),
                ),
                rx.el.span(row.title, class_name="truncate"),
                rx.cond(
                    SidebarState.running.contains(row.id),
                    rx.el.span(
                        role="img",
                        aria_label=t("Answering"),
                        title=t("Answering"),
                        data_testid="sidebar-running",
                        class_name="size-2 shrink-0 animate-pulse rounded-full bg-primary",
                    ),
                ),
                href="/c/" + row.id,
                data_testid="conversation-item",
                custom_attrs={"data-id": row.id},
                aria_current=rx.cond(row.id == current, "page", "false"),
                class_name=(
                    "flex min-w-0 flex-1 items-center gap-2 rounded-lg py-1.5 pl-3 pr-9 text-sm "
                    f"hover:bg-muted {_CURRENT}"
                ),
            ),
            rx.el.div(
                conversation_menu(row, menu.start_renaming(row.id, place), "sidebar-menu"),
                class_name=(
                    "absolute right-0 top-0 opacity-0 focus-within:opacity-100 group-hover:opacity-100 "
                    "has-aria-expanded:opacity-100 pointer-coarse:opacity-100"
                ),
            ),
            key=row.id,
            class_name="group relative flex",
        ),
    )


def _link(icon: str, text: rx.Var[str], href: str, current: rx.Var[str] | str) -> rx.Component:
    """A link to a page; that of the page on screen is marked."""
    return page_link(
        rx.icon(icon, size=16, aria_hidden=True),
        text,
        href=href,
        aria_current="page" if isinstance(current, str) and current == href else "false",
        class_name=f"flex items-center gap-2.5 rounded-lg px-3 py-2 text-sm hover:bg-muted {_CURRENT}",
    )
