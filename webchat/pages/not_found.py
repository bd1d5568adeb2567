"""The page for unknown addresses."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import empty_state, text_link
from webchat.components.layout import page_frame
from webchat.components.words import t


def not_found_page() -> rx.Component:
    """An explanation and a link back."""
    return page_frame(
        rx.el.main(
            empty_state(
                "map-pin-off",
                t("Page not found"),
                t("The address may be mistyped or incomplete."),
                text_link(t("Start a new chat"), "/"),
                of_page=True,
            ),
            class_name="min-h-0 flex-1 overflow-y-auto",
        )
    )
