"""The details of an answer: what it took and cost, and what was tried."""

from __future__ import annotations

import reflex as rx

from webchat.state.chat import ChatState
from webchat.state.rows import AttemptRow, FactRow


def details() -> rx.Component:
    """Who answered, how long it took and what it cost, and the attempts."""
    return rx.el.div(
        rx.el.dl(
            rx.foreach(ChatState.facts, _fact),
            data_testid="facts",
            class_name="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1",
        ),
        rx.el.ol(
            rx.foreach(ChatState.attempts, _attempt),
            data_testid="attempts",
            class_name="space-y-2 border-t border-border pt-3 empty:hidden",
        ),
        data_testid="details",
        class_name="mt-1 space-y-3 rounded-xl border border-border bg-card p-3 text-sm",
    )


def _fact(fact: FactRow) -> rx.Component:
    return rx.fragment(
        rx.el.dt(fact.name, class_name="text-muted-foreground"),
        rx.el.dd(fact.value, class_name="tabular-nums wrap-anywhere"),
    )


def _attempt(attempt: AttemptRow) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(attempt.provider, class_name="font-medium"),
            rx.cond(attempt.model != "", " · " + attempt.model, ""),
            rx.el.span(
                " · ",
                attempt.outcome,
                class_name=rx.cond(attempt.failed, "text-danger", "text-muted-foreground"),
            ),
            class_name="wrap-anywhere",
        ),
        rx.cond(
            attempt.text != "",
            rx.el.p(attempt.text, class_name="mt-0.5 text-muted-foreground wrap-anywhere"),
        ),
        data_testid="attempt",
    )
