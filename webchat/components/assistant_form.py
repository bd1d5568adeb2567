"""The dialog in which an assistant is made and changed."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from webchat.components.advanced_fields import advanced_fields
from webchat.components.base_path import served
from webchat.components.controls import FIELD, button, form_problem, labelled
from webchat.components.model_choice import model_picker
from webchat.components.react_chat import file_field
from webchat.components.react_ui import face_field, modal_dialog
from webchat.components.words import t
from webchat.services.assistants.values import (
    COLOURS,
    MAX_DESCRIPTION,
    MAX_FILES_SIZE,
    MAX_NAME,
    MAX_PROMPT,
    MAX_STARTERS,
)
from webchat.state.assistant_form import AssistantFormState as State
from webchat.state.models import ModelsState


def assistant_form() -> rx.Component:
    """The form: who the assistant is, what it is told, and its parameters."""
    return modal_dialog(
        rx.el.form(
            rx.el.div(
                _line(
                    t("Name"), "name", State.name, MAX_NAME, required=True, custom_attrs={"data-first": ""}
                ),
                face_field(
                    symbol=State.symbol,
                    colour=State.colour,
                    colours=list(COLOURS),
                    picture=rx.cond(
                        State.has_picture,
                        served("/api/assistants/")
                        + State.form_id
                        + "/picture?form="
                        + State.times.to_string(),
                        "",
                    ),
                ),
                _line(t("Description"), "description", State.description, MAX_DESCRIPTION),
                _model(),
                labelled(
                    t("System prompt"),
                    rx.el.textarea(
                        name="system_prompt",
                        default_value=State.system_prompt,
                        max_length=MAX_PROMPT,
                        rows="7",
                        placeholder=t("You are a patient cook who explains each step…"),
                        data_testid="assistant-prompt",
                        class_name=f"{FIELD} resize-y leading-6",
                    ),
                    t("Leave empty for your default."),
                ),
                file_field(
                    files=State.files,
                    most_bytes=MAX_FILES_SIZE,
                    offline=has_connection_errors,
                    choices=ModelsState.choices,
                    model=State.model,
                    on_pick_model=State.choose_model,
                ),
                labelled(
                    t("Starters"),
                    rx.el.textarea(
                        name="starters",
                        default_value=State.starters,
                        rows="3",
                        placeholder=t("What can I cook with two eggs?"),
                        data_testid="assistant-starters",
                        class_name=f"{FIELD} resize-y leading-6",
                    ),
                    t(
                        "Up to {count} questions, one on each line. A new chat shows them as buttons.",
                        count=MAX_STARTERS,
                    ),
                ),
                labelled(
                    t("Temperature"),
                    rx.el.input(
                        name="temperature",
                        type="text",
                        inputmode="decimal",
                        default_value=State.temperature,
                        placeholder=t("Your default"),
                        auto_complete="off",
                        data_testid="assistant-temperature",
                        class_name=FIELD,
                    ),
                    t("0 is the most predictable, 2 the most varied."),
                ),
                _advanced(),
                class_name="space-y-4 p-5",
            ),
            rx.el.div(
                form_problem(State.problem, "assistant-problem"),
                rx.el.div(
                    button(t("Cancel"), look="quiet", on_click=State.close),
                    button(t("Save"), look="primary", type="submit", data_testid="assistant-save"),
                    class_name="flex justify-end gap-2",
                ),
                class_name="sticky bottom-0 space-y-3 border-t border-border bg-background px-5 py-3",
            ),
            key=State.times.to_string(),
            on_submit=State.save,
            no_validate=True,
        ),
        open=State.opened,
        label=rx.cond(State.form_id == "", t("Add an assistant"), t("Edit the assistant")),
        testid="assistant-dialog",
        on_close=State.close,
    )


def _line(label: str | rx.Var[str], name: str, value: Any, most: int, **more: Any) -> rx.Component:
    return labelled(
        label,
        rx.el.input(
            name=name,
            default_value=value,
            max_length=most,
            auto_complete="off",
            data_testid=f"assistant-{name}",
            class_name=FIELD,
            **more,
        ),
    )


def _model() -> rx.Component:
    return rx.el.div(
        rx.el.span(t("Model"), class_name="text-sm font-medium"),
        rx.el.div(
            rx.cond(
                State.model != "",
                button(
                    t("Use your default"),
                    look="quiet",
                    on_click=State.choose_model(""),
                    data_testid="assistant-default-model",
                ),
            ),
            model_picker(
                models=ModelsState.choices,
                value=State.model,
                label=State.model_label,
                align="right",
                testid="assistant-model",
                on_pick=State.choose_model,
            ),
            class_name="flex min-w-0 items-center gap-1",
        ),
        class_name="flex items-center justify-between gap-3",
    )


def _advanced() -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            t("Advanced"),
            data_testid="assistant-advanced",
            class_name="cursor-pointer text-sm text-muted-foreground select-none",
        ),
        rx.el.div(
            advanced_fields(
                State.parameters,
                State.problem,
                lambda name: State.problem_field == name,
                whose="assistant",
                key=State.form_id,
            ),
            rx.el.p(
                t("Headers are never exported or shared."), class_name="mt-3 text-xs text-muted-foreground"
            ),
            class_name="mt-3",
        ),
    )
