"""The fields of the advanced parameters, of a provider and of a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx

from webchat.components.controls import FIELD, labelled
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

    def field(name: str, label: str, control: rx.Component, hint: str) -> rx.Component:
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
        return rx.el.input(type="text", inputmode=mode, placeholder="Default", **common(name))

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
            field("max_tokens", "Most tokens", line("max_tokens", "numeric"), "Length limit of an answer."),
            field("top_p", "Top P", line("top_p", "decimal"), "From 0 to 1."),
            field("seed", "Seed", line("seed", "text"), "For answers that can be repeated."),
            field(
                "effort",
                "Reasoning effort",
                rx.el.select(
                    rx.el.option("Default", value=""),
                    *[rx.el.option(effort.capitalize(), value=effort) for effort in EFFORTS],
                    **common("effort"),
                ),
                "For models that reason.",
            ),
            class_name="grid grid-cols-2 gap-3",
        ),
        field(
            "stop",
            "Stop at",
            lines("stop", 2, "END"),
            r"Texts that end an answer, one per line; \n is a line break.",
        ),
        field(
            "headers",
            "Extra headers",
            lines("headers", 2, "X-Title: My app"),
            "One per line. Values are stored encrypted and never shown again.",
        ),
        field(
            "body",
            "Extra fields",
            lines("body", 3, '{"top_k": 40}'),
            "A JSON object that is added to the body of each request.",
        ),
        class_name="space-y-4",
    )
