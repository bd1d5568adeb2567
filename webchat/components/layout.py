"""The frame of a page: sidebar, connection banner, notice."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from webchat.components.controls import needs_server, page_link
from webchat.components.react import change_feed, shell
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.rows import ConversationRow
from webchat.state.sidebar import SidebarState

_NAV = "flex items-center gap-2.5 rounded-lg px-3 py-2 text-sm hover:bg-muted"


def page_frame(
    page: rx.Component, current: rx.Var[str] | str = "", on_change: Any | None = None
) -> rx.Component:
    """A page beside the sidebar.

    Args:
        current: the id of the current conversation.
        on_change: one or more events that take the id of a conversation changed elsewhere.
    """
    own = on_change if isinstance(on_change, list) else [on_change] if on_change else []
    heard = [SidebarState.on_remote_change, ModelsState.on_remote_change, *own]
    return shell(
        _sidebar(current),
        rx.el.div(
            _connection_banner(),
            page,
            _notice(),
            change_feed(on_change=heard),
            class_name="flex min-h-0 flex-1 flex-col",
        ),
        offline=has_connection_errors,
    )


def _sidebar(current: rx.Var[str] | str) -> rx.Component:
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
            rx.cond(
                SidebarState.recent,
                rx.el.p("Recent", class_name="px-3 pb-1 text-xs font-medium text-muted-foreground"),
            ),
            rx.foreach(SidebarState.recent, lambda item: _conversation_item(item, current)),
            aria_label="Recent conversations",
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


def _conversation_item(item: ConversationRow, current: rx.Var[str] | str) -> rx.Component:
    return page_link(
        rx.el.span(item.title, class_name="truncate"),
        href="/c/" + item.id,
        data_testid="conversation-item",
        custom_attrs={"data-id": item.id},
        aria_current=rx.cond(item.id == current, "page", "false"),
        class_name=(
            "flex rounded-lg px-3 py-1.5 text-sm hover:bg-muted aria-[current=page]:bg-accent "
            "aria-[current=page]:font-medium"
        ),
    )


def _connection_banner() -> rx.Component:
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            "Connection lost. Reconnecting… What you type is kept.",
            role="status",
            data_testid="offline",
            class_name="shrink-0 bg-warning/15 px-4 py-1.5 pl-14 text-center text-sm md:pl-4",
        ),
    )


def _notice() -> rx.Component:
    return rx.cond(
        NoticeState.text != "",
        rx.el.div(
            rx.el.p(NoticeState.text, class_name="min-w-0 flex-1 wrap-anywhere"),
            rx.el.button(
                rx.icon("x", size=15, aria_hidden=True),
                type="button",
                aria_label="Dismiss",
                on_click=NoticeState.dismiss,
                custom_attrs=needs_server(),
                class_name="grid size-7 place-items-center rounded-md hover:bg-muted",
            ),
            role="status",
            data_testid="notice",
            custom_attrs={"data-failed": NoticeState.failed},
            class_name=(
                "fixed bottom-5 left-1/2 z-50 flex w-max max-w-[calc(100vw-2rem)] -translate-x-1/2 "
                "items-center gap-3 rounded-xl border border-border bg-card py-2 pl-4 pr-2 text-sm "
                "shadow-xl "
                "data-[failed=true]:border-danger/40 data-[failed=true]:text-danger"
            ),
        ),
    )
