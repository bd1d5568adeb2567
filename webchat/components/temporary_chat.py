"""The switch for a temporary chat, and what the page says of one."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import needs_server
from webchat.components.words import t
from webchat.state.chat import ChatState
from webchat.state.tab_states import SECONDS_KEPT

MINUTES_KEPT = SECONDS_KEPT // 60


def temporary_switch() -> rx.Component:
    """Turns a new chat into a temporary one, or back; nothing once the chat has begun."""
    return rx.cond(
        ChatState.ready & (ChatState.conversation_id == ""),
        rx.el.button(
            rx.icon("message-circle-dashed", size=17, aria_hidden=True),
            type="button",
            # The address says it, so that a tab that reconnects still knows.
            on_click=rx.redirect(rx.cond(ChatState.temporary, "/", "/?temporary=true")),
            role="switch",
            aria_checked=rx.cond(ChatState.temporary, "true", "false"),
            aria_label=t("Temporary chat"),
            title=t("Temporary chat: not listed, deleted after you close its tab"),
            custom_attrs=needs_server(),
            data_testid="temporary-chat",
            class_name=(
                "grid size-9 shrink-0 place-items-center rounded-lg text-muted-foreground hover:bg-muted "
                "hover:text-foreground aria-checked:bg-accent aria-checked:text-foreground"
            ),
        ),
    )


def temporary_note() -> rx.Component:
    """A line above the messages of a temporary chat."""
    return rx.cond(
        ChatState.temporary,
        rx.el.p(
            rx.icon("message-circle-dashed", size=14, aria_hidden=True, class_name="shrink-0"),
            t(
                "Temporary chat: not listed, deleted {minutes} minutes after this tab is closed or "
                "disconnected.",
                minutes=MINUTES_KEPT,
            ),
            data_testid="temporary-note",
            class_name=(
                "mx-auto flex max-w-full items-center gap-2 rounded-full bg-muted px-3.5 py-1.5 text-xs "
                "text-muted-foreground"
            ),
        ),
    )
