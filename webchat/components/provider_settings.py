"""The list of providers with their health and actions."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import button, undo_bar
from webchat.components.provider_form import provider_form
from webchat.components.provider_models import provider_models
from webchat.components.react import sortable
from webchat.state.provider_models import ProviderModelsState
from webchat.state.providers import ProvidersState
from webchat.state.rows import ProviderRow

_ORIGINS = {"environment": "set by environment variables", "found": "found on this machine"}


def provider_settings() -> rx.Component:
    """Each provider with its state in the user's order, and the ways to add one below."""
    return rx.el.div(
        rx.el.p(
            "Drag to reorder. Auto tries providers from top to bottom.",
            class_name="-mt-2 mb-3 text-sm text-muted-foreground",
        ),
        sortable(
            rx.foreach(ProvidersState.rows, _provider),
            label="Providers",
            on_reorder=ProvidersState.reorder,
        ),
        rx.cond(
            ProvidersState.form_open & (ProvidersState.form.id == ""),
            provider_form("Add a provider"),
            rx.el.div(
                button(
                    rx.icon("plus", size=15, aria_hidden=True),
                    "Add a provider",
                    look="primary",
                    on_click=ProvidersState.open_form(""),
                    data_testid="provider-add",
                ),
                button(
                    rx.cond(
                        ProvidersState.searching,
                        rx.icon("loader-circle", size=15, aria_hidden=True, class_name="animate-spin"),
                        rx.icon("radar", size=15, aria_hidden=True),
                    ),
                    "Find local servers",
                    on_click=ProvidersState.find_local,
                    disabled=ProvidersState.searching,
                    data_testid="provider-find",
                ),
                class_name="mt-3 flex flex-wrap gap-2",
            ),
        ),
        rx.cond(
            ProvidersState.removed_id != "",
            undo_bar(
                rx.el.p(ProvidersState.removed_name + " was removed.", class_name="wrap-anywhere"),
                on_undo=ProvidersState.undo_remove,
                on_dismiss=ProvidersState.dismiss_undo,
            ),
        ),
    )


def _provider(row: ProviderRow) -> rx.Component:
    return rx.el.li(
        rx.cond(
            ProvidersState.form_open & (ProvidersState.form.id == row.id),
            provider_form("Edit provider"),
            rx.el.div(
                rx.el.div(
                    _handle(row),
                    rx.el.div(
                        rx.el.p(row.name, class_name="font-medium wrap-anywhere"),
                        _origin(row),
                        class_name="min-w-0 flex-1",
                    ),
                    _switch(row),
                    class_name="flex items-start gap-2",
                ),
                rx.el.div(
                    _standing(row),
                    _test_result(row),
                    rx.cond(ProvidersState.asking == row.id, _question(row), _actions(row)),
                    rx.cond(ProviderModelsState.provider_id == row.id, provider_models(row)),
                    class_name="pl-7",
                ),
                class_name="rounded-2xl border border-border bg-card p-4 pl-2.5",
            ),
        ),
        key=row.id,
        data_testid="provider-item",
        custom_attrs={"data-name": row.name, "data-id": row.id},
        class_name=(
            "rounded-2xl data-[drop]:border-primary data-[drop=before]:border-t-2 "
            "data-[drop=after]:border-b-2"
        ),
    )


def _handle(row: ProviderRow) -> rx.Component:
    return rx.el.button(
        rx.icon("grip-vertical", size=16, aria_hidden=True),
        type="button",
        aria_label="Move " + row.name + ": drag, or press the up and down arrow keys",
        title="Drag to reorder, or use the arrow keys",
        data_testid="provider-move",
        custom_attrs={"data-handle": "", "draggable": "true"},
        class_name=(
            "mt-0.5 grid h-6 w-5 shrink-0 cursor-grab place-items-center rounded text-muted-foreground "
            "hover:bg-muted"
        ),
    )


def _origin(row: ProviderRow) -> rx.Component:
    return rx.el.p(
        rx.cond(
            row.kind == "Guide",
            "Built in, works offline",
            rx.fragment(
                rx.cond(row.built_in, "Free service · ", ""),
                rx.cond(row.base_url != "", row.base_url, row.usual_url),
                rx.match(row.origin, *[(key, f" · {text}") for key, text in _ORIGINS.items()], ""),
                rx.cond(row.has_secret, rx.cond(row.built_in, " · cookies stored", " · key stored"), ""),
                rx.cond(row.has_proxy, " · via proxy", ""),
                " · ",
                rx.cond(row.models == 1, "1 model", row.models.to_string() + " models"),
                rx.cond(row.hidden_models > 0, " (" + row.hidden_models.to_string() + " hidden)", ""),
            ),
        ),
        class_name="mt-0.5 text-sm text-muted-foreground wrap-anywhere",
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
        aria_label=f"Use {row.name}",
        on_click=ProvidersState.set_enabled(row.id, ~row.enabled),
        data_testid="provider-enabled",
        class_name="group h-6 w-10 shrink-0 rounded-full bg-input p-0.5 aria-checked:bg-primary",
    )


def _standing(row: ProviderRow) -> rx.Component:
    return rx.cond(
        row.standing != "",
        rx.el.div(
            rx.el.p(
                rx.el.span(
                    custom_attrs={"data-condition": row.condition},
                    class_name=(
                        "mr-2 inline-block size-2 rounded-full bg-muted-foreground "
                        "data-[condition=healthy]:bg-success data-[condition=failing]:bg-danger "
                        "data-[condition=resting]:bg-warning"
                    ),
                ),
                rx.el.span(row.standing, class_name="font-medium"),
                " · ",
                row.measured,
            ),
            rx.cond(
                row.last_error != "",
                rx.el.p(row.last_error, class_name="mt-1 text-muted-foreground wrap-anywhere"),
            ),
            data_testid="provider-health",
            custom_attrs={"data-condition": row.condition},
            class_name="mt-2.5 text-sm",
        ),
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
                rx.cond(row.test_result != "", row.test_result, "Waiting for a short answer…"),
                class_name="min-w-0 wrap-anywhere",
            ),
            role="status",
            data_testid="provider-test-result",
            custom_attrs={"data-state": row.test_state},
            class_name="mt-2.5 flex gap-2 text-sm",
        ),
    )


def _actions(row: ProviderRow) -> rx.Component:
    return rx.el.div(
        button(
            "Test",
            on_click=ProvidersState.test(row.id),
            disabled=row.test_state == "running",
            data_testid="provider-test",
        ),
        rx.cond(
            row.kind == "Guide",
            rx.fragment(),
            rx.fragment(
                button(
                    "Models",
                    look="quiet",
                    on_click=ProviderModelsState.open(row.id),
                    aria_expanded=rx.cond(ProviderModelsState.provider_id == row.id, "true", "false"),
                    data_testid="provider-models",
                ),
                button(
                    "Edit",
                    look="quiet",
                    on_click=ProvidersState.open_form(row.id),
                    data_testid="provider-edit",
                ),
            ),
        ),
        rx.cond(
            row.built_in | (row.origin == "environment"),
            rx.fragment(),
            button(
                "Remove",
                look="danger",
                on_click=ProvidersState.ask(row.id),
                data_testid="provider-remove",
            ),
        ),
        class_name="mt-3 flex flex-wrap items-center gap-1.5",
    )


def _question(row: ProviderRow) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.span("Remove this provider?", class_name="font-medium"),
            rx.cond(row.has_secret, " Its stored key is removed too.", ""),
            " Its answers stay in your conversations.",
            class_name="basis-full text-sm",
        ),
        button(
            "Remove",
            look="danger",
            on_click=ProvidersState.remove(row.id),
            data_testid="provider-remove-confirm",
            class_name="border border-danger/30",
        ),
        button("Cancel", look="quiet", on_click=ProvidersState.ask(""), auto_focus=True),
        role="group",
        aria_label="Remove this provider?",
        class_name="mt-3 flex flex-wrap items-center gap-2 rounded-xl bg-danger-surface p-3",
    )
