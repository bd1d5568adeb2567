"""Buttons that fill in the form of a provider for a well-known service or server."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import needs_server
from webchat.components.words import t
from webchat.services.catalogue.presets import OTHER, PRESETS
from webchat.state.providers import ProvidersState


def provider_presets() -> rx.Component:
    """A group of servers on the user's own machine, and one of services."""
    return rx.el.div(
        _group(t("On your own machine"), [_preset(each.name) for each in PRESETS if not each.keys_url]),
        _group(t("Services"), [*(_preset(each.name) for each in PRESETS if each.keys_url), _preset(OTHER)]),
        class_name="space-y-3",
    )


def _group(label: rx.Var[str], buttons: list[Any]) -> rx.Component:
    return rx.el.div(
        rx.el.p(label, class_name="mb-1.5 text-xs font-medium text-muted-foreground"),
        rx.el.div(*buttons, role="group", aria_label=label, class_name="flex flex-wrap gap-1.5"),
    )


def _preset(name: str) -> rx.Component:
    return rx.el.button(
        t("Other") if name == OTHER else name,
        type="button",
        on_click=ProvidersState.choose_preset(name),
        aria_pressed=rx.cond(ProvidersState.preset == name, "true", "false"),
        data_testid="provider-preset",
        custom_attrs=needs_server(),
        class_name=(
            "rounded-lg border border-border bg-card px-3 py-1.5 text-sm hover:bg-muted "
            "aria-pressed:border-primary aria-pressed:bg-accent aria-pressed:font-medium"
        ),
    )
