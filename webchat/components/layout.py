"""The frame of a page: sidebar, connection banner, notice."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from webchat.components.command_palette import command_palette
from webchat.components.conversation_menu import labels_dialog, undo_deletion
from webchat.components.error_page import error_boundary
from webchat.components.react_ui import change_feed, connection_banner, notice, shell
from webchat.components.repeat import repeat_dialog
from webchat.components.share_dialog import share_dialog
from webchat.components.sidebar import sidebar
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.shortcuts import ShortcutsState
from webchat.state.sidebar import SidebarState


def page_frame(
    page: rx.Component, current: rx.Var[str] | str = "", on_change: Any | None = None
) -> rx.Component:
    """A page beside the sidebar.

    Args:
        current: the id of the current conversation, or the path of the page.
        on_change: one or more events that take the id of a conversation changed elsewhere.
    """
    own = on_change if isinstance(on_change, list) else [on_change] if on_change else []
    heard = [
        SidebarState.on_remote_change,
        ModelsState.on_remote_change,
        ShortcutsState.on_remote_change,
        *own,
    ]
    return error_boundary(
        shell(
            sidebar(current),
            rx.el.div(
                rx.cond(has_connection_errors, connection_banner()),
                page,
                _notice(),
                undo_deletion(),
                share_dialog(),
                labels_dialog(),
                repeat_dialog(),
                command_palette(),
                change_feed(on_change=heard),
                class_name="flex min-h-0 flex-1 flex-col",
            ),
            offline=has_connection_errors,
        )
    )


def _notice() -> rx.Component:
    return rx.cond(
        NoticeState.text != "",
        notice(
            rx.el.p(NoticeState.text, class_name="min-w-0 flex-1 wrap-anywhere"),
            on_dismiss=NoticeState.dismiss,
            about=NoticeState.text,
            failed=NoticeState.failed,
            testid="notice",
        ),
    )
