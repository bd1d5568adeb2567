"""What the history page offers to take conversations out and to bring them in."""

from __future__ import annotations

import reflex as rx

from webchat.components.export_links import export_links
from webchat.components.import_dialog import import_button, import_report
from webchat.components.words import t


def transfer_section() -> rx.Component:
    """Links to export everything, and the import."""
    return rx.fragment(
        rx.el.div(
            export_links(t("Export all as")),
            import_button(),
            class_name="mt-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-2",
        ),
        import_report(),
    )
