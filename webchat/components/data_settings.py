"""The data section of Settings: usage, export and import, automatic deletion, the trash."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import text_link
from webchat.components.history_settings import history_settings
from webchat.components.settings_frame import settings_block
from webchat.components.transfer import transfer_section
from webchat.components.usage import usage_table


def data_settings() -> rx.Component:
    """What is stored, and how to take it out or have it deleted."""
    return rx.fragment(
        settings_block("Usage", usage_table()),
        settings_block(
            "Export and import",
            rx.el.div(
                rx.el.p(
                    "Exports hold all your conversations. Imports take the export of ChatGPT, Claude, "
                    "Open WebUI, LibreChat or another webchat.",
                    class_name="text-sm text-muted-foreground",
                ),
                transfer_section(),
                class_name="rounded-2xl border border-border bg-card p-4 sm:p-5",
            ),
        ),
        settings_block("Automatic deletion", history_settings()),
        settings_block(
            "Trash",
            rx.el.p(
                "Deleted conversations can be restored for 30 days. ",
                text_link("Open the trash", "/trash"),
                class_name="text-sm text-muted-foreground",
            ),
        ),
    )
