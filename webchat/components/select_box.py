"""A checkbox whose state the server keeps."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import needs_server


def select_box(label: str | rx.Var[str], checked: rx.Var[bool], on_click: Any, testid: str) -> rx.Component:
    """A button that looks and is announced like a checkbox; a click with Shift is a click too."""
    return rx.el.button(
        rx.cond(checked, rx.icon("check", size=14, aria_hidden=True), None),
        type="button",
        role="checkbox",
        aria_checked=rx.cond(checked, "true", "false"),
        aria_label=label,
        on_click=on_click,
        custom_attrs=needs_server(),
        data_testid=testid,
        class_name=(
            "m-2 grid size-5 shrink-0 place-items-center rounded-md border border-input bg-card "
            "aria-checked:border-primary aria-checked:bg-primary aria-checked:text-primary-foreground"
        ),
    )
