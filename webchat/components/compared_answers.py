"""The answers of several models side by side, in place of the last answer until one is chosen."""

from __future__ import annotations

import reflex as rx

from webchat.components.answer_details import details
from webchat.components.answer_error import error_card
from webchat.components.controls import button, icon_button
from webchat.components.react_chat import comparison, copy_button, message_menu, message_text
from webchat.components.ways_on import another_try
from webchat.components.words import ngettext, t
from webchat.state.chat import ChatState
from webchat.state.rows import ComparedRow, FactRow, MessageStatus


def compared_answers() -> rx.Component:
    """The columns, and what the next message will do."""
    return rx.cond(
        ChatState.compared,
        rx.fragment(
            comparison(rx.foreach(ChatState.compared, _column), columns=ChatState.compared),
            rx.el.p(
                rx.cond(
                    ChatState.comparing,
                    ngettext(
                        "Your next message follows the answer of {name} and goes to {count} model again. To "
                        "go on with one model, choose its answer.",
                        "Your next message follows the answer of {name} and goes to all {count} models "
                        "again. To go on with one model, choose its answer.",
                        ChatState.comparing.length(),
                        name=ChatState.next_follows,
                    ),
                    t(
                        "Your next message follows the answer of {name}, unless you choose another one.",
                        name=ChatState.next_follows,
                    ),
                ),
                data_testid="comparison-note",
                class_name="text-center text-sm text-muted-foreground",
            ),
        ),
    )


def _column(row: ComparedRow) -> rx.Component:
    streaming = row.status == MessageStatus.STREAMING.value
    failed = (row.status == MessageStatus.ERROR.value) | (row.status == MessageStatus.INTERRUPTED.value)
    return rx.el.article(
        rx.el.div(
            rx.el.h2(
                rx.el.span(t("Answer of"), " ", class_name="sr-only"),
                row.model_name,
                rx.el.span(" · ", row.provider, class_name="font-normal text-muted-foreground"),
                class_name="min-w-0 flex-1 truncate text-sm font-medium",
            ),
            rx.cond(
                streaming,
                icon_button(
                    "square",
                    t("Stop this answer"),
                    on_click=ChatState.stop_compared(row.id),
                    data_testid="stop-compared",
                ),
            ),
            class_name=(
                "sticky top-0 z-10 -mx-gutter mb-1 flex min-h-11 items-center gap-2 rounded-t-xl border-b "
                "border-border bg-card px-gutter"
            ),
        ),
        message_text(
            message_id=row.id,
            role="assistant",
            streaming=streaming,
            version=row.version,
            thought=row.thought,
            began=row.began,
            on_end=ChatState.refresh_message,
        ),
        rx.cond(failed, error_card(row, another_try(row))),
        rx.cond(
            row.cut_off != "",
            rx.el.p(row.cut_off, data_testid="cut-off", class_name="mt-3 text-sm text-muted-foreground"),
        ),
        rx.cond(~streaming, _foot(row)),
        rx.cond(ChatState.attempts_of == row.id, details()),
        key=row.id,
        data_testid="message",
        custom_attrs={"data-role": row.role, "data-status": row.status, "data-id": row.id},
        aria_label=t("Answer"),
        class_name=(
            "min-w-[max(18rem,calc((100%-1rem*(var(--columns)-1))/var(--columns)))] flex-1 basis-0 "
            "snap-start rounded-xl border border-border bg-card px-gutter pb-3 max-sm:min-w-full"
        ),
    )


def _foot(row: ComparedRow) -> rx.Component:
    """What an answer took, and what can be done with it."""
    return rx.fragment(
        rx.el.dl(
            rx.foreach(row.facts, _fact),
            data_testid="compared-facts",
            class_name="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-xs empty:hidden",
        ),
        rx.cond(
            row.has_text,
            rx.el.div(
                button(
                    t("Continue with this one"),
                    on_click=ChatState.choose_answer(row.id),
                    title=t("The other answers stay as versions of this one"),
                    data_testid="choose-answer",
                ),
                copy_button(message_id=row.id),
                message_menu(message_id=row.id),
                class_name="mt-2 flex flex-wrap items-center gap-0.5",
            ),
        ),
    )


def _fact(fact: FactRow) -> rx.Component:
    return rx.fragment(
        rx.el.dt(fact.name, class_name="text-muted-foreground"),
        rx.el.dd(fact.value, class_name="tabular-nums wrap-anywhere"),
    )
