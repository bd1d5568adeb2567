"""The limits of members on the people section of Settings, and what is left of one's own."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import CARD, FIELD, button, labelled
from webchat.components.words import t
from webchat.state.limits import EVERYONE, MemberLimitsRow, MemberLimitsState, UseRow


def member_limits() -> rx.Component:
    """The limits of all members, and of each."""
    return rx.fragment(
        rx.el.p(
            t(
                "How much members may use. A day and a month begin at 00:00 UTC. Every message that is sent "
                "counts, also an edited one and another answer. Tokens are those that providers report; for "
                "a cost, enter prices in Server. Administrators have no limits."
            ),
            class_name="mb-3 text-sm text-muted-foreground",
        ),
        rx.el.ul(
            rx.foreach(MemberLimitsState.rows, _row),
            data_testid="member-limits",
            class_name=f"{CARD} divide-y divide-border",
        ),
    )


def _row(row: MemberLimitsRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.p(row.name, class_name="text-sm font-medium wrap-anywhere"),
                rx.el.p(row.about, class_name="mt-0.5 text-xs text-muted-foreground"),
                class_name="min-w-0 flex-1",
            ),
            button(
                t("Change"),
                look="quiet",
                on_click=MemberLimitsState.edit(rx.cond(MemberLimitsState.editing == row.id, "", row.id)),
                aria_label=t("Change the limits of {name}", name=row.name),
                aria_expanded=MemberLimitsState.editing == row.id,
                data_testid="limits-change",
            ),
            class_name="flex items-center gap-3",
        ),
        rx.cond(MemberLimitsState.editing == row.id, _form(row)),
        key=row.id,
        data_testid="limits-row",
        custom_attrs={"data-name": row.name},
        class_name="px-4 py-3",
    )


def _form(row: MemberLimitsRow) -> rx.Component:
    def field(name: str, label: rx.Var[str], value: rx.Var[str] | str) -> rx.Component:
        box = rx.el.input(
            name=name,
            default_value=value,
            input_mode="decimal" if name == "cost" else "numeric",
            placeholder=rx.cond(row.id == EVERYONE, t("No limit"), t("As all members")),
            max_length=20,
            auto_complete="off",
            data_testid=f"limit-{name}",
            class_name=FIELD,
        )
        return labelled(label, box)

    return rx.el.form(
        rx.el.div(
            field("messages", t("Messages a day"), row.messages),
            field("tokens", t("Tokens a month"), row.tokens),
            field("cost", t("Cost a month"), row.cost),
            class_name="grid gap-3 sm:grid-cols-3",
        ),
        rx.cond(
            row.id == EVERYONE,
            _hint(t("An empty field is no limit.")),
            _hint(t("An empty field is the limit of all members. Write “none” for no limit.")),
        ),
        rx.cond(
            MemberLimitsState.problem != "",
            rx.el.p(
                MemberLimitsState.problem,
                role="alert",
                data_testid="limits-problem",
                class_name="text-sm text-danger",
            ),
        ),
        rx.el.div(
            button(t("Save"), look="primary", type="submit", data_testid="limits-save"),
            button(t("Cancel"), look="quiet", on_click=MemberLimitsState.edit("")),
            class_name="flex gap-2",
        ),
        on_submit=MemberLimitsState.save,
        class_name="mt-3 space-y-3",
    )


def _hint(text: rx.Var[str]) -> rx.Component:
    return rx.el.p(text, class_name="text-xs text-muted-foreground")


def what_is_left(rows: rx.Var[list[UseRow]] | list[UseRow]) -> rx.Component:
    """How much of each of their limits somebody has used."""
    return rx.el.ul(
        rx.foreach(
            rows,
            lambda row: rx.el.li(
                rx.el.div(
                    rx.el.p(row.name, class_name="text-sm font-medium"),
                    rx.el.p(row.used, class_name="text-sm tabular-nums"),
                    class_name="flex flex-wrap justify-between gap-x-3",
                ),
                rx.el.div(
                    rx.el.div(
                        style={"width": f"{row.percent}%"},
                        class_name="h-full rounded-full bg-primary",
                    ),
                    aria_hidden=True,
                    class_name="my-2 h-1.5 overflow-hidden rounded-full bg-muted",
                ),
                rx.el.p(row.ends, class_name="text-xs text-muted-foreground"),
                key=row.name,
                class_name="px-4 py-3",
            ),
        ),
        data_testid="own-limits",
        class_name=f"{CARD} divide-y divide-border",
    )
