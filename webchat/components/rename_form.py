"""The field for a new title, in place of a conversation's row."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import FIELD, icon_button
from webchat.components.words import t
from webchat.state.rows import ConversationRow


def rename_form(row: ConversationRow, *, on_save: Any, on_cancel: Any, testid: str) -> rx.Component:
    """A form with the current title. Enter saves it, Escape leaves it as it is."""
    return rx.el.form(
        rx.el.input(
            name="title",
            default_value=row.title,
            aria_label=t("New title"),
            auto_focus=True,
            max_length=200,
            # Nothing else may take this Escape: it would stop a running answer.
            on_key_down=lambda key: rx.cond(key == "Escape", on_cancel.stop_propagation, rx.noop()),
            data_testid=f"{testid}-title",
            class_name=f"{FIELD} min-w-0 flex-1",
        ),
        icon_button("check", t("Save"), submits=True, data_testid=f"{testid}-save"),
        icon_button("x", t("Cancel"), on_click=on_cancel, data_testid=f"{testid}-cancel"),
        on_submit=on_save,
        key=row.id,
        class_name="flex w-full items-center gap-0.5 py-0.5",
    )
