"""The form for the prices of a model, in a table of what was used."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import FIELD, button
from webchat.components.words import t


def price_form(
    model: rx.Var[str] | str,
    input_price: rx.Var[str] | str,
    output_price: rx.Var[str] | str,
    *,
    on_save: Any,
    on_cancel: Any,
    testid: str,
) -> rx.Component:
    """Two fields with what a million tokens cost; their test ids begin with `testid`."""

    def field(name: str, label: rx.Var[str], hint: rx.Var[str], value: rx.Var[str] | str) -> rx.Component:
        return rx.el.input(
            name=name,
            default_value=value,
            placeholder=hint,
            aria_label=label,
            input_mode="decimal",
            data_testid=f"{testid}-{name}",
            class_name=f"{FIELD} max-w-24",
        )

    return rx.el.form(
        rx.el.span(model, class_name="w-full"),
        field("input", t("Price of a million input tokens"), t("input"), input_price),
        field("output", t("Price of a million output tokens"), t("output"), output_price),
        button(t("Save"), type="submit", data_testid=f"{testid}-save"),
        button(t("Cancel"), look="quiet", on_click=on_cancel),
        on_submit=on_save,
        class_name="flex flex-wrap items-center gap-2",
    )
