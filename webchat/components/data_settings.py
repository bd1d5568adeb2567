"""The data section of Settings: usage, export and import, automatic deletion, the trash."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import text_link
from webchat.components.history_settings import history_settings
from webchat.components.settings_frame import settings_block
from webchat.components.transfer import transfer_section
from webchat.components.usage import usage_table
from webchat.components.words import t


def data_settings() -> rx.Component:
    """What is stored, and how to take it out or have it deleted."""
    return rx.fragment(
        settings_block(t("Usage"), usage_table()),
        settings_block(
            t("Export and import"),
            rx.el.div(
                rx.el.p(
                    t(
                        "Exports hold all your conversations. Imports take the export of ChatGPT, Claude, "
                        "Open WebUI, LibreChat or another webchat."
                    ),
                    class_name="text-sm text-muted-foreground",
                ),
                transfer_section(),
                class_name="rounded-2xl border border-border bg-card p-4 sm:p-5",
            ),
        ),
        settings_block(t("Automatic deletion"), history_settings()),
        settings_block(
            t("Trash"),
            rx.el.p(
                t("Deleted conversations can be restored for 30 days."),
                " ",
                text_link(t("Open the trash"), "/trash"),
                class_name="text-sm text-muted-foreground",
            ),
        ),
    )
