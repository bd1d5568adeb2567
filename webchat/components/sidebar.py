"""The sidebar: new chat, pinned and recent conversations, links to the other pages."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import FIELD, page_link
from webchat.components.conversation_menu import conversation_menu
from webchat.components.react import end_of_list
from webchat.state.conversation_menu import ConversationMenuState
from webchat.state.rows import ConversationRow
from webchat.state.sidebar import SidebarState

_NAV = "flex items-center gap-2.5 rounded-lg px-3 py-2 text-sm hover:bg-muted"


def sidebar(current: rx.Var[str] | str) -> rx.Component:
    """The contents of the sidebar; `current` is the id of the conversation on screen."""
    return rx.el.div(
        rx.el.div(
            page_link(
                rx.el.img(src="/favicon.svg", alt="", class_name="size-7"),
                rx.el.span("webchat", class_name="font-semibold tracking-tight"),
                href="/",
                class_name="flex items-center gap-2.5 rounded-lg px-1",
            ),
            class_name="flex h-14 shrink-0 items-center px-4",
        ),
        page_link(
            rx.icon("square-pen", size=16, aria_hidden=True),
            "New chat",
            href="/",
            data_testid="new-chat",
            title="New chat (Ctrl+Shift+O)",
            class_name=(
                "mx-3 mb-3 flex items-center gap-2.5 rounded-lg border border-border bg-card px-3 py-2 "
                "text-sm font-medium shadow-xs hover:bg-muted"
            ),
        ),
        rx.el.nav(
            _section("Pinned", SidebarState.pinned, current, "sidebar-pinned"),
            _section("Recent", SidebarState.recent, current, "sidebar-recent"),
            rx.cond(
                SidebarState.has_more,
                end_of_list(rows=SidebarState.recent.length(), on_reach=SidebarState.load_more),
            ),
            aria_label="Recent conversations",
            custom_attrs={"data-scrolls": ""},
            class_name="min-h-0 flex-1 overflow-y-auto px-3",
        ),
        rx.el.div(
            page_link(
                rx.icon("history", size=16, aria_hidden=True), "History", href="/history", class_name=_NAV
            ),
            page_link(
                rx.icon("settings", size=16, aria_hidden=True), "Settings", href="/settings", class_name=_NAV
            ),
            class_name="shrink-0 border-t border-border p-3",
        ),
        class_name="flex h-full min-h-0 flex-col",
    )


def _section(
    title: str, rows: list[ConversationRow], current: rx.Var[str] | str, testid: str
) -> rx.Component:
    return rx.cond(
        rows,
        rx.el.section(
            rx.el.h2(title, class_name="px-3 pb-1 text-xs font-medium text-muted-foreground"),
            rx.foreach(rows, lambda row: _item(row, current)),
            aria_label=title,
            data_testid=testid,
            class_name="mb-3",
        ),
    )


def _item(row: ConversationRow, current: rx.Var[str] | str) -> rx.Component:
    return rx.cond(
        ConversationMenuState.renaming == row.id,
        _rename_form(row),
        rx.el.div(
            page_link(
                rx.el.span(row.title, class_name="truncate"),
                href="/c/" + row.id,
                data_testid="conversation-item",
                custom_attrs={"data-id": row.id},
                aria_current=rx.cond(row.id == current, "page", "false"),
                class_name=(
                    "flex min-w-0 flex-1 rounded-lg py-1.5 pl-3 pr-9 text-sm hover:bg-muted "
                    "aria-[current=page]:bg-accent aria-[current=page]:font-medium"
                ),
            ),
            rx.el.div(
                conversation_menu(row, ConversationMenuState.start_renaming(row.id), "sidebar-menu"),
                class_name=(
                    "absolute right-0 top-0 opacity-0 focus-within:opacity-100 group-hover:opacity-100 "
                    "has-aria-expanded:opacity-100 pointer-coarse:opacity-100"
                ),
            ),
            key=row.id,
            class_name="group relative flex",
        ),
    )


def _rename_form(row: ConversationRow) -> rx.Component:
    return rx.el.form(
        rx.el.input(
            name="title",
            default_value=row.title,
            aria_label="New title",
            auto_focus=True,
            max_length=200,
            on_blur=ConversationMenuState.cancel_renaming,
            data_testid="sidebar-title",
            class_name=FIELD,
        ),
        on_submit=ConversationMenuState.rename,
        key=row.id,
    )
