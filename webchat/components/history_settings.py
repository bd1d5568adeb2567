"""The settings section of the history: automatic deletion."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import FIELD, button, labelled
from webchat.components.words import t
from webchat.state.preferences import PreferencesState


def history_settings() -> rx.Component:
    """A field for the number of days after which unused conversations are deleted."""
    return rx.el.form(
        labelled(
            t("Delete conversations not used for"),
            rx.el.div(
                rx.el.input(
                    name="days",
                    inputmode="numeric",
                    default_value=PreferencesState.delete_after_days,
                    key=PreferencesState.delete_after_days,
                    disabled=~PreferencesState.loaded,  # loading would replace what is typed
                    placeholder=t("Never"),
                    max_length=20,
                    data_testid="delete-after",
                    class_name=f"{FIELD} w-28!",
                ),
                rx.el.span(t("days"), class_name="text-sm"),
                class_name="flex items-center gap-2",
            ),
            t(
                "They are moved to the trash, and can be restored for 30 days. Pinned conversations are "
                "kept. Leave empty to keep everything."
            ),
        ),
        button(t("Save"), look="primary", type="submit", data_testid="delete-after-save"),
        on_submit=PreferencesState.save_delete_after,
        class_name="space-y-4 rounded-2xl border border-border bg-card p-4 sm:p-5",
    )
