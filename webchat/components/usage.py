"""The table of a person's own figures, with the prices of models."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import button, needs_server
from webchat.components.price_form import price_form
from webchat.components.words import t
from webchat.state.usage import UsageRow, UsageState

_NUMBER = "whitespace-nowrap py-1.5 pl-4 text-right tabular-nums"


def usage_table() -> rx.Component:
    """Answers, tokens and cost by month and model, once asked for."""
    return rx.el.div(
        rx.cond(
            UsageState.loaded,
            rx.cond(
                UsageState.rows,
                _table(),
                rx.el.p(t("There are no answers yet."), class_name="text-sm text-muted-foreground"),
            ),
            rx.el.div(
                rx.el.p(
                    t("Answers, tokens and cost by month and model, counted from your own answers."),
                    class_name="mb-3 text-sm text-muted-foreground",
                ),
                button(t("Show usage"), on_click=UsageState.load, data_testid="usage-show"),
            ),
        ),
        class_name="rounded-2xl border border-border bg-card p-4 sm:p-5",
    )


def _table() -> rx.Component:
    heads = (t("Answers"), t("Tokens in"), t("Tokens out"), t("Cost"))
    return rx.fragment(
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("Model"), class_name="py-1.5 text-left font-medium"),
                        *[rx.el.th(head, class_name=f"{_NUMBER} font-medium") for head in heads],
                        class_name="text-xs text-muted-foreground",
                    )
                ),
                rx.el.tbody(rx.foreach(UsageState.rows, _line)),
                data_testid="usage",
                class_name="w-full text-sm",
            ),
            tab_index=0,
            role="region",
            aria_label=t("Usage by model"),
            class_name="wide",
        ),
        rx.el.p(
            t(
                "Cost needs a price: select a model to enter what a million tokens cost you, in your "
                "currency."
            ),
            class_name="mt-3 text-xs text-muted-foreground",
        ),
    )


def _line(row: UsageRow) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row.month != "",
            rx.el.tr(
                rx.el.th(
                    row.month,
                    col_span=5,
                    scope="rowgroup",
                    class_name="pt-3 text-left text-xs font-medium text-muted-foreground",
                )
            ),
        ),
        rx.el.tr(
            rx.el.td(
                rx.cond(
                    UsageState.pricing == row.key,
                    price_form(
                        row.model,
                        row.input_price,
                        row.output_price,
                        on_save=UsageState.save_price,
                        on_cancel=UsageState.ask_price(""),
                        testid="price",
                    ),
                    rx.el.button(
                        row.model,
                        type="button",
                        on_click=UsageState.ask_price(row.key),
                        custom_attrs=needs_server(),
                        data_testid="usage-model",
                        class_name="text-left hover:underline",
                    ),
                ),
                class_name="min-w-40 py-1.5 wrap-anywhere",
            ),
            rx.el.td(row.answers, class_name=_NUMBER),
            rx.el.td(row.input, class_name=_NUMBER),
            rx.el.td(row.output, class_name=_NUMBER),
            rx.el.td(row.cost, data_testid="usage-cost", class_name=_NUMBER),
            class_name="border-t border-border",
        ),
    )
