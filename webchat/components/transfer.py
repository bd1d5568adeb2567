"""What the history page offers to take conversations out and to bring them in."""

from __future__ import annotations

import reflex as rx

from webchat.components.export_links import export_links


def transfer_section() -> rx.Component:
    """Links to export everything."""
    return rx.el.div(
        export_links("Export all as"), class_name="mt-3 flex flex-wrap items-center gap-x-6 gap-y-2"
    )
