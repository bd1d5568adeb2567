"""One message of a conversation, with what can be done with it and what went wrong."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import button, icon_button
from webchat.components.react import copy_button, message_text
from webchat.state.chat import ChatState
from webchat.state.rows import MessageRow, MessageStatus


def message_item(row: MessageRow) -> rx.Component:
    """A person's words in a bubble at the side, an answer over the whole width."""
    return rx.el.article(
        rx.cond(row.role == "user", _question(row), _answer(row)),
        key=row.id,
        data_testid="message",
        custom_attrs={"data-role": row.role, "data-status": row.status, "data-id": row.id},
        aria_label=rx.cond(row.role == "user", "You", "Answer"),
        class_name="group/message py-3",
    )


def _question(row: MessageRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            message_text(message_id=row.id, sent_as=row.sent_as, role="user", streaming=False),
            class_name="min-w-0 max-w-[85%] rounded-2xl rounded-br-md bg-bubble px-4 py-2.5",
        ),
        rx.el.div(copy_button(message_id=row.id), class_name=_TOOLS),
        class_name="flex flex-col items-end gap-1",
    )


def _answer(row: MessageRow) -> rx.Component:
    streaming = row.status == MessageStatus.STREAMING.value
    failed = (row.status == MessageStatus.ERROR.value) | (row.status == MessageStatus.INTERRUPTED.value)
    return rx.el.div(
        message_text(
            message_id=row.id, role="assistant", streaming=streaming, on_end=ChatState.refresh_message
        ),
        rx.cond(failed, _error_card(row)),
        rx.cond(~streaming, _tools(row)),
        class_name="min-w-0",
    )


_TOOLS = (
    "flex items-center gap-0.5 opacity-0 transition-opacity focus-within:opacity-100 "
    "group-hover/message:opacity-100 group-last/message:opacity-100 pointer-coarse:opacity-100"
)


def _tools(row: MessageRow) -> rx.Component:
    return rx.el.div(
        copy_button(message_id=row.id),
        rx.cond(
            (row.id == ChatState.last_message_id) & (row.error_title == ""),
            icon_button(
                "refresh-cw",
                "Answer again",
                on_click=ChatState.retry_answer(row.id),
                data_testid="regenerate",
            ),
        ),
        rx.el.span(
            row.model,
            rx.cond(row.note != "", " · " + row.note, ""),
            data_testid="message-note",
            class_name="ml-1.5 truncate text-xs text-muted-foreground",
        ),
        class_name=f"{_TOOLS} -ml-2 mt-1",
    )


def _error_card(row: MessageRow) -> rx.Component:
    return rx.el.div(
        rx.icon("triangle-alert", size=18, aria_hidden=True, class_name="mt-0.5 shrink-0 text-danger"),
        rx.el.div(
            rx.el.p(row.error_title, class_name="font-medium"),
            rx.el.p(row.error_text, class_name="mt-0.5 text-sm leading-6 wrap-anywhere"),
            rx.cond(
                row.id == ChatState.last_message_id,
                button(
                    rx.icon("refresh-cw", size=14, aria_hidden=True),
                    "Retry",
                    on_click=ChatState.retry_answer(row.id),
                    data_testid="retry",
                    class_name="mt-3",
                ),
            ),
            class_name="min-w-0",
        ),
        role="alert",
        data_testid="error-card",
        class_name="my-2 flex gap-3 rounded-xl border border-danger/25 bg-danger-surface p-4",
    )
