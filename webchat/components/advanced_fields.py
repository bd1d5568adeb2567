"""The fields of the advanced parameters, of a provider and of a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx

from webchat.components.controls import FIELD, labelled
from webchat.components.words import t
from webchat.services.parameters import EFFORTS

_FIELD = f"{FIELD} aria-[invalid=true]:border-danger"


def advanced_fields(
    values: Any,
    problem: Any,
    is_wrong: Callable[[str], Any],
    *,
    whose: str,
    key: Any,
) -> rx.Component:
    """The fields, each with the problem below it.

    Args:
        values: what the fields show, by name.
        problem: why the values were not saved.
        is_wrong: whether the problem is about a field.
        whose: the prefix of the test ids.
        key: changes with what the values belong to.
    """

    def common(name: str) -> dict[str, Any]:
        wrong = is_wrong(name)
        return {
            "name": name,
            "key": key + values[name],
            "default_value": values[name],
            "aria_invalid": rx.cond(wrong, "true", "false"),
            "aria_describedby": rx.cond(wrong, f"{whose}-{name}-problem", ""),
            "data_testid": f"{whose}-{name.replace('_', '-')}",
            "class_name": _FIELD,
        }

    def field(name: str, label: rx.Var[str], control: rx.Component, hint: rx.Var[str]) -> rx.Component:
        return rx.el.div(
            labelled(label, control, hint),
            rx.cond(
                is_wrong(name),
                rx.el.p(
                    problem,
                    id=f"{whose}-{name}-problem",
                    role="alert",
                    data_testid=f"{whose}-parameter-problem",
                    class_name=(
                        "mt-2 rounded-lg bg-danger-surface px-3 py-2 text-sm text-danger wrap-anywhere"
                    ),
                ),
            ),
        )

    def line(name: str, mode: str) -> rx.Component:
        return rx.el.input(type="text", inputmode=mode, placeholder=t("Default"), **common(name))

    def lines(name: str, rows: int, placeholder: str) -> rx.Component:
        return rx.el.textarea(
            rows=str(rows),
            placeholder=placeholder,
            spell_check=False,
            auto_complete="off",
            **common(name) | {"class_name": f"{_FIELD} resize-y text-xs leading-5"},
        )

    return rx.el.div(
        rx.el.div(
            field(
                "max_tokens", t("Most tokens"), line("max_tokens", "numeric"), t("Length limit of an answer.")
            ),
            field("top_p", t("Top P"), line("top_p", "decimal"), t("From 0 to 1.")),
            field("seed", t("Seed"), line("seed", "text"), t("For answers that can be repeated.")),
            field(
                "effort",
                t("Reasoning effort"),
                rx.el.select(
                    rx.el.option(t("Default"), value=""),
                    *[rx.el.option(effort.capitalize(), value=effort) for effort in EFFORTS],
                    **common("effort"),
                ),
                t("For models that reason."),
            ),
            class_name="grid grid-cols-2 gap-3",
        ),
        field(
            "stop",
            t("Stop at"),
            lines("stop", 2, "END"),
            t(r"Texts that end an answer, one per line; \n is a line break."),
        ),
        field(
            "headers",
            t("Extra headers"),
            lines("headers", 2, "X-Title: My app"),
            t("One per line. Values are stored encrypted and never shown again."),
        ),
        field(
            "body",
            t("Extra fields"),
            lines("body", 3, '{"top_k": 40}'),
            t("A JSON object that is added to the body of each request."),
        ),
        class_name="space-y-4",
    )
