"""What can be done about an answer that failed or was cut off."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from webchat.components.controls import button
from webchat.components.model_choice import model_picker
from webchat.components.words import t
from webchat.state.chat import ChatState
from webchat.state.models import ModelsState
from webchat.state.rows import MessageRow


def another_try(row: MessageRow) -> rx.Component:
    """Buttons to ask again, with the same model or another one."""
    again = {
        "models": ModelsState.choices,
        "value": "",
        "testid": "try-another-model",
        "disabled": has_connection_errors,
        "on_pick": lambda model: ChatState.retry_answer(row.id, model),
    }
    return rx.cond(
        row.has_text,
        _joined(
            "refresh-cw",
            t("Start over"),
            ChatState.retry_answer(row.id, ""),
            "retry",
            model_picker(label=t("Start over with another model"), joined=True, **again),
        ),
        rx.fragment(
            button(
                rx.icon("refresh-cw", size=14, aria_hidden=True),
                t("Retry"),
                on_click=ChatState.retry_answer(row.id, ""),
                data_testid="retry",
            ),
            model_picker(label=t("Try another model"), **again),
        ),
    )


def go_on() -> rx.Component:
    """Buttons to continue the answer with the conversation's model or another one."""
    return _joined(
        "arrow-right",
        t("Continue"),
        ChatState.continue_answer(""),
        "continue",
        model_picker(
            models=ModelsState.choices,
            value="",
            label=t("Continue with another model"),
            joined=True,
            testid="continue-with",
            disabled=has_connection_errors,
            on_pick=ChatState.continue_answer,
        ),
    )


def _joined(icon: str, label: Any, on_click: Any, testid: str, picker: rx.Component) -> rx.Component:
    """A button and, at its end, the arrow that does the same with another model."""
    return rx.el.div(
        button(
            rx.icon(icon, size=14, aria_hidden=True),
            label,
            on_click=on_click,
            data_testid=testid,
            class_name="rounded-e-none",
        ),
        picker,
        class_name="flex items-stretch",
    )
