"""A provider in the list: its health, its actions and its switch."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import button, drag_handle, icon_button, needs_server
from webchat.components.provider_models import provider_models
from webchat.components.words import ngettext, t
from webchat.state.provider_models import ProviderModelsState
from webchat.state.providers import ProvidersState
from webchat.state.rows import ProviderRow

_ORIGINS = {"environment": t("set by environment variables"), "found": t("found on this machine")}


def provider_item(row: ProviderRow) -> rx.Component:
    """A provider with its name, its state, its actions and what they have opened."""
    return rx.el.li(
        rx.el.div(
            drag_handle(row.name, data_testid="provider-move"),
            rx.cond(
                row.kind == "Guide",
                rx.el.div(_name(row), class_name="min-w-0 flex-1 px-2"),
                rx.el.button(
                    _name(row),
                    type="button",
                    title=t("Edit {name}", name=row.name),
                    on_click=ProvidersState.open_form(row.id),
                    custom_attrs=needs_server(),
                    data_testid="provider-edit",
                    class_name="min-w-0 flex-1 rounded-lg px-2 py-1.5 text-left hover:bg-muted",
                ),
            ),
            _actions(row),
            _switch(row),
            class_name="flex h-16 items-center gap-1 pl-2 pr-3",
        ),
        rx.el.div(
            _test_result(row),
            rx.cond(ProvidersState.asking == row.id, _question(row)),
            rx.cond(ProviderModelsState.provider_id == row.id, provider_models(row)),
            class_name="px-4 pb-4 empty:hidden",
        ),
        key=row.id,
        data_testid="provider-item",
        custom_attrs={"data-name": row.name, "data-id": row.id},
        class_name=(
            "rounded-2xl border border-border bg-card data-[drop]:border-primary "
            "data-[drop=before]:border-t-2 data-[drop=after]:border-b-2 data-[dragged]:opacity-60"
        ),
    )


def _name(row: ProviderRow) -> rx.Component:
    return rx.fragment(
        rx.el.span(
            rx.el.span(row.name, class_name="truncate text-sm font-medium"),
            _state(row),
            class_name="flex min-w-0 flex-wrap items-center gap-x-2.5",
        ),
        _origin(row),
    )


def _origin(row: ProviderRow) -> rx.Component:
    return rx.el.span(
        rx.cond(
            row.kind == "Guide",
            t("Built in, works offline"),
            rx.fragment(
                rx.cond(row.built_in, t("Free service") + " · ", ""),
                rx.cond(row.base_url != "", row.base_url, row.usual_url),
                rx.match(row.origin, *[(key, " · " + text) for key, text in _ORIGINS.items()], ""),
                rx.cond(
                    row.has_secret,
                    " · " + rx.cond(row.built_in, t("cookies stored"), t("key stored")),
                    "",
                ),
                rx.cond(row.has_proxy, " · " + t("via proxy"), ""),
                " · ",
                ngettext("{count} model", "{count} models", row.models),
                rx.cond(
                    row.hidden_models > 0,
                    " " + ngettext("({count} hidden)", "({count} hidden)", row.hidden_models),
                    "",
                ),
            ),
        ),
        class_name="mt-0.5 block truncate text-xs text-muted-foreground",
    )


def _switch(row: ProviderRow) -> rx.Component:
    return rx.el.button(
        rx.el.span(
            class_name=(
                "block size-5 rounded-full bg-card shadow transition-transform "
                "group-aria-checked:translate-x-4"
            )
        ),
        type="button",
        role="switch",
        aria_checked=rx.cond(row.enabled, "true", "false"),
        aria_label=t("Use {name}", name=row.name),
        on_click=ProvidersState.set_enabled(row.id, ~row.enabled),
        data_testid="provider-enabled",
        class_name="group h-6 w-10 shrink-0 rounded-full bg-input p-0.5 aria-checked:bg-primary",
    )


def _state(row: ProviderRow) -> rx.Component:
    """The state at a glance: off, the health of the last requests, the last test, or without models."""
    health = _dot(
        row.condition,
        rx.el.span(row.standing),
        rx.el.span(" · ", row.measured, " · ", row.last_error, class_name="sr-only"),
        title=row.measured + rx.cond(row.last_error != "", ". " + row.last_error, ""),
        data_testid="provider-health",
    )
    return rx.cond(
        ~row.enabled,
        _dot("off", t("Off")),
        rx.cond(
            row.standing != "",
            health,
            rx.match(
                row.test_state,
                ("passed", _dot("healthy", t("Test passed"))),
                ("failed", _dot("failing", t("Test failed"))),
                rx.cond(row.models == 0, _dot("empty", t("No models")), _dot("unknown", t("Not used yet"))),
            ),
        ),
    )


def _dot(condition: str | rx.Var[str], *text: Any, **props: Any) -> rx.Component:
    return rx.el.span(
        rx.el.span(
            custom_attrs={"data-condition": condition},
            class_name=(
                "mr-1.5 inline-block size-2 rounded-full bg-muted-foreground/60 "
                "data-[condition=empty]:bg-warning data-[condition=failing]:bg-danger "
                "data-[condition=healthy]:bg-success data-[condition=resting]:bg-warning"
            ),
        ),
        *text,
        custom_attrs={"data-condition": condition},
        class_name="relative shrink-0 text-xs text-muted-foreground",
        **props,
    )


def _test_result(row: ProviderRow) -> rx.Component:
    return rx.cond(
        row.test_state != "",
        rx.el.p(
            rx.match(
                row.test_state,
                ("running", rx.icon("loader-circle", size=15, class_name="mt-0.5 shrink-0 animate-spin")),
                ("passed", rx.icon("circle-check", size=15, class_name="mt-0.5 shrink-0 text-success")),
                rx.icon("circle-x", size=15, class_name="mt-0.5 shrink-0 text-danger"),
            ),
            rx.el.span(
                rx.cond(row.test_result != "", row.test_result, t("Waiting for a short answer…")),
                class_name="min-w-0 wrap-anywhere",
            ),
            role="status",
            data_testid="provider-test-result",
            custom_attrs={"data-state": row.test_state},
            class_name="flex gap-2 text-sm",
        ),
    )


def _actions(row: ProviderRow) -> rx.Component:
    return rx.el.div(
        icon_button(
            "activity",
            t("Test {name}", name=row.name),
            on_click=ProvidersState.test(row.id),
            disabled=row.test_state == "running",
            data_testid="provider-test",
        ),
        rx.cond(
            row.kind == "Guide",
            None,
            rx.el.span(
                icon_button(
                    "list",
                    t("Models of {name}", name=row.name),
                    on_click=ProviderModelsState.open(row.id),
                    aria_expanded=rx.cond(ProviderModelsState.provider_id == row.id, "true", "false"),
                    data_testid="provider-models",
                ),
                class_name="max-sm:hidden",
            ),
        ),
        rx.cond(
            row.built_in | (row.origin == "environment"),
            None,
            rx.el.span(
                icon_button(
                    "trash-2",
                    t("Remove {name}", name=row.name),
                    on_click=ProvidersState.ask(row.id),
                    data_testid="provider-remove",
                ),
                class_name="max-sm:hidden",
            ),
        ),
        class_name="mr-2 flex shrink-0 items-center",
    )


def _question(row: ProviderRow) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.span(t("Remove this provider?"), class_name="font-medium"),
            rx.cond(row.has_secret, " " + t("Its stored key is removed too."), ""),
            " ",
            t("Its answers stay in your conversations."),
            class_name="basis-full text-sm",
        ),
        button(
            t("Remove"),
            look="danger",
            on_click=ProvidersState.remove(row.id),
            data_testid="provider-remove-confirm",
            class_name="border border-danger/30",
        ),
        button(t("Cancel"), look="quiet", on_click=ProvidersState.ask(""), auto_focus=True),
        role="group",
        aria_label=t("Remove this provider?"),
        class_name="mt-3 flex flex-wrap items-center gap-2 rounded-xl bg-danger-surface p-3",
    )
