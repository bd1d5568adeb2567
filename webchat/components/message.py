"""One message of a conversation, with its actions."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from webchat.components.answer_details import details
from webchat.components.answer_error import error_card
from webchat.components.controls import icon_button, needs_server
from webchat.components.model_choice import model_picker
from webchat.components.react_chat import (
    copy_button,
    message_editor,
    message_menu,
    message_text,
    question_menu,
)
from webchat.components.ways_on import another_try, go_on
from webchat.components.words import t
from webchat.state.chat import ChatState
from webchat.state.models import ModelsState
from webchat.state.rows import MessageRow, MessageStatus


def message_item(row: MessageRow) -> rx.Component:
    """A user message in a bubble at the side, or an answer across the whole width."""
    return rx.el.article(
        rx.el.h2(rx.cond(row.role == "user", t("Question"), t("Answer")), class_name="sr-only"),
        rx.cond(row.role == "user", _question(row), _answer(row)),
        key=row.id,
        data_testid="message",
        custom_attrs={
            "data-role": row.role,
            "data-status": row.status,
            "data-id": row.id,
            "data-found": ChatState.found_id == row.id,
        },
        aria_label=rx.cond(row.role == "user", t("You"), t("Answer")),
        class_name=(
            "group/message relative py-3 data-[found=true]:-mx-3 data-[found=true]:rounded-xl "
            "data-[found=true]:bg-warning/10 data-[found=true]:px-3"
        ),
    )


def _question(row: MessageRow) -> rx.Component:
    return rx.el.div(
        rx.cond(
            ChatState.editing == row.id,
            message_editor(
                message_id=row.id,
                offline=has_connection_errors,
                on_save=ChatState.edit_message,
                on_cancel=ChatState.cancel_editing,
                refused_id=ChatState.refused_edit,
                model=ChatState.model,
                models=ChatState.comparing,
                choices=ModelsState.choices,
                model_sees=ChatState.model_sees,
                takes_pictures=ChatState.takes_pictures,
                on_pick_model=ChatState.choose_model,
            ),
            rx.fragment(
                rx.el.div(
                    message_text(message_id=row.id, sent_as=row.sent_as, role="user", streaming=False),
                    class_name="min-w-0 max-w-[82%] rounded-2xl rounded-br-md bg-bubble px-4 py-2.5",
                ),
                rx.el.div(
                    _branches(row),
                    rx.el.div(*_question_tools(row), class_name="flex gap-0.5 pointer-coarse:hidden"),
                    rx.el.div(
                        question_menu(
                            message_id=row.id,
                            disabled=ChatState.answering,
                            on_edit=ChatState.start_editing(row.id),
                            on_delete=ChatState.delete_pair(row.id),
                        ),
                        class_name="hidden pointer-coarse:flex",
                    ),
                    class_name=_TOOLS,
                ),
            ),
        ),
        # The tools are beside the bubble and take no line of their own.
        class_name="flex flex-row-reverse flex-wrap items-center gap-x-1.5 gap-y-1 pointer-fine:flex-nowrap",
    )


def _question_tools(row: MessageRow) -> tuple[rx.Component, ...]:
    return (
        icon_button(
            "pencil",
            t("Edit"),
            on_click=ChatState.start_editing(row.id),
            disabled=ChatState.answering,
            data_testid="edit",
        ),
        icon_button(
            "trash-2",
            t("Delete this question and its answer"),
            on_click=ChatState.delete_pair(row.id),
            disabled=ChatState.answering,
            data_testid="delete-pair",
        ),
        copy_button(message_id=row.id),
    )


def _branches(row: MessageRow) -> rx.Component:
    """‹ 2/3 ›: switches between the versions of a message."""
    return rx.cond(
        row.places > 1,
        rx.el.span(
            icon_button(
                "chevron-left",
                t("Previous version"),
                on_click=ChatState.switch_branch(row.previous),
                disabled=(row.previous == "") | ChatState.answering,
                data_testid="branch-previous",
            ),
            rx.el.span(
                row.place.to_string() + "/" + row.places.to_string(),
                data_testid="branch-place",
                class_name="text-xs tabular-nums text-muted-foreground",
            ),
            icon_button(
                "chevron-right",
                t("Next version"),
                on_click=ChatState.switch_branch(row.next),
                disabled=(row.next == "") | ChatState.answering,
                data_testid="branch-next",
            ),
            class_name="flex items-center",
        ),
    )


def _answer(row: MessageRow) -> rx.Component:
    streaming = row.status == MessageStatus.STREAMING.value
    failed = (row.status == MessageStatus.ERROR.value) | (row.status == MessageStatus.INTERRUPTED.value)
    return rx.el.div(
        message_text(
            message_id=row.id,
            role="assistant",
            streaming=streaming,
            version=row.version,
            thought=row.thought,
            began=row.began,
            on_end=ChatState.refresh_message,
        ),
        rx.cond(failed, error_card(row, _ways_on(row))),
        rx.cond(row.cut_off != "", _cut_off(row)),
        rx.cond(~streaming, _tools(row)),
        rx.cond(ChatState.attempts_of == row.id, details()),
        class_name="min-w-0",
    )


def _cut_off(row: MessageRow) -> rx.Component:
    """Says that an answer is incomplete, and offers to continue the last one."""
    return rx.el.div(
        rx.el.p(row.cut_off, data_testid="cut-off", class_name="text-sm text-muted-foreground"),
        rx.cond(row.id == ChatState.last_message_id, go_on()),
        class_name="mt-3 flex flex-wrap items-center gap-2",
    )


_TOOLS = (
    "flex items-center gap-0.5 opacity-0 transition-opacity focus-within:opacity-100 "
    "group-hover/message:opacity-100 group-last/message:opacity-100 pointer-coarse:opacity-100"
)


def _tools(row: MessageRow) -> rx.Component:
    return rx.el.div(
        _branches(row),
        copy_button(message_id=row.id),
        message_menu(message_id=row.id),
        rx.cond(row.error_title == "", _answer_again(row)),
        rx.el.button(
            row.model_name,
            rx.cond(row.note != "", " · " + row.note, ""),
            type="button",
            title=t("Details"),
            aria_expanded=ChatState.attempts_of == row.id,
            on_click=ChatState.toggle_attempts(row.id),
            data_testid="message-note",
            custom_attrs=needs_server(),
            class_name="ml-1.5 min-w-0 truncate text-xs text-muted-foreground hover:underline",
        ),
        class_name=f"{_TOOLS} -ml-2 mt-1",
    )


def _answer_again(row: MessageRow) -> rx.Component:
    """Buttons to regenerate the answer with the conversation's model or another one."""
    return rx.fragment(
        icon_button(
            "refresh-cw",
            t("Regenerate"),
            on_click=ChatState.retry_answer(row.id, ""),
            disabled=ChatState.answering,
            data_testid="regenerate",
        ),
        rx.cond(
            (row.id == ChatState.last_message_id) & ~ChatState.answering,
            model_picker(
                models=ModelsState.choices,
                value="",
                label=t("Ask another model"),
                small=True,
                testid="regenerate-with",
                disabled=has_connection_errors,
                on_pick=lambda model: ChatState.retry_answer(row.id, model),
            ),
        ),
    )


def _ways_on(row: MessageRow) -> rx.Component:
    """Answers are never mixed automatically, so the user chooses how to go on."""
    return rx.cond(
        row.id == ChatState.last_message_id,
        rx.fragment(rx.cond(row.has_text, go_on()), another_try(row)),
    )
