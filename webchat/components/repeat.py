"""Repeating a conversation with another model: the dialog that begins it, and how far it is."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import button
from webchat.components.model_choice import model_picker
from webchat.components.react_ui import modal_dialog
from webchat.components.words import ngettext, t
from webchat.state.chat import ChatState
from webchat.state.models import ModelsState
from webchat.state.repeat import RepeatState


def repeat_dialog() -> rx.Component:
    """The dialog in which the model is chosen."""
    state = RepeatState
    return modal_dialog(
        rx.el.div(
            rx.el.p(
                ngettext(
                    "The question of “{title}” is asked again in a new conversation. This one stays as it "
                    "is.",
                    "The {count} questions of “{title}” are asked again in a new conversation, one after the "
                    "other. This one stays as it is.",
                    state.questions,
                    title=state.title,
                ),
                class_name="text-sm leading-6 wrap-anywhere",
            ),
            rx.el.div(
                model_picker(
                    models=ModelsState.choices,
                    value=state.model,
                    label=rx.cond(state.model != "", state.model_label, t("Choose a model")),
                    testid="repeat-model",
                    on_pick=state.choose_model,
                ),
                class_name="flex rounded-lg border border-border",
            ),
            rx.cond(
                state.problem != "",
                rx.el.p(
                    state.problem,
                    role="alert",
                    data_testid="repeat-problem",
                    class_name="text-sm text-danger",
                ),
            ),
            rx.el.div(
                button(t("Cancel"), look="quiet", on_click=state.close),
                button(
                    t("Repeat"),
                    look="primary",
                    on_click=state.begin,
                    disabled=state.model == "",
                    data_testid="repeat-begin",
                ),
                class_name="flex justify-end gap-2",
            ),
            class_name="space-y-4 p-5",
        ),
        open=state.repeating != "",
        label=t("Repeat with another model"),
        testid="repeat-dialog",
        on_close=state.close,
    )


def repeat_bar() -> rx.Component:
    """How far the repetition is, above the message box; while it stands still, what can be done."""
    return rx.cond(
        ChatState.repeat_total > 0,
        rx.el.div(
            rx.el.p(
                t(
                    "Repeating: question {number} of {total}.",
                    number=ChatState.repeat_asked,
                    total=ChatState.repeat_total,
                ),
                " ",
                rx.cond(
                    ChatState.answering,
                    t("Stop pauses it."),
                    # Between two questions nothing runs for a moment.
                    rx.el.span(t("It has stopped here."), class_name="appears-late"),
                ),
                class_name="min-w-0 flex-1 basis-48",
            ),
            rx.cond(
                ~ChatState.answering,
                rx.el.div(
                    button(t("End"), look="quiet", on_click=ChatState.end_repeat, data_testid="repeat-end"),
                    button(
                        t("Continue repeating"),
                        on_click=ChatState.continue_repeat,
                        data_testid="repeat-continue",
                    ),
                    class_name="appears-late flex gap-2",
                ),
            ),
            role="status",
            data_testid="repeat-bar",
            class_name=(
                "mx-auto mb-2 flex min-h-14 w-[calc(100%-2rem)] max-w-(--column) flex-wrap items-center "
                "gap-x-3 gap-y-2 rounded-xl border border-border bg-muted px-4 py-2 text-sm"
            ),
        ),
    )
