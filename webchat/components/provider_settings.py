"""The list of providers with the form that adds or edits one."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import FIELD, button, labelled
from webchat.state.providers import ProvidersState
from webchat.state.rows import ProviderRow

_ORIGINS = {"environment": "set by the environment", "found": "found on this machine"}


def provider_settings() -> rx.Component:
    """Each provider with its state; below, the ways to add one."""
    return rx.el.div(
        rx.el.ul(rx.foreach(ProvidersState.rows, _provider), class_name="space-y-2"),
        rx.cond(
            ProvidersState.form_open & (ProvidersState.form_id == ""),
            _form("Add a provider"),
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
    )


def _provider(row: ProviderRow) -> rx.Component:
    return rx.el.li(
        rx.cond(
            ProvidersState.form_open & (ProvidersState.form_id == row.id),
            _form("Edit provider"),
            rx.el.div(
                rx.el.div(
                    rx.el.div(
                        rx.el.p(row.name, class_name="font-medium wrap-anywhere"),
                        rx.el.p(
                            rx.cond(row.built_in, "Built in; works without a network", row.base_url),
                            rx.match(
                                row.origin, *[(key, f" · {text}") for key, text in _ORIGINS.items()], ""
                            ),
                            rx.cond(row.has_key, " · key stored", ""),
                            rx.cond(row.built_in, "", f" · {row.models} models"),
                            class_name="mt-0.5 text-sm text-muted-foreground wrap-anywhere",
                        ),
                        class_name="min-w-0 flex-1",
                    ),
                    _switch(row),
                    class_name="flex items-start gap-3",
                ),
                _test_result(row),
                _actions(row),
                class_name="rounded-2xl border border-border bg-card p-4",
            ),
        ),
        key=row.id,
        data_testid="provider-item",
        custom_attrs={"data-name": row.name},
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
                rx.cond(row.test_state == "running", "Asking for a short answer…", row.test_result),
                class_name="min-w-0 wrap-anywhere",
            ),
            role="status",
            data_testid="provider-test-result",
            custom_attrs={"data-state": row.test_state},
            class_name="mt-3 flex gap-2 text-sm",
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
            row.built_in,
            rx.fragment(),
            rx.fragment(
                button(
                    "Edit",
                    look="quiet",
                    on_click=ProvidersState.open_form(row.id),
                    data_testid="provider-edit",
                ),
                button(
                    "Remove",
                    look="danger",
                    on_click=ProvidersState.remove(row.id),
                    data_testid="provider-remove",
                ),
            ),
        ),
        class_name="mt-3 flex flex-wrap items-center gap-1.5",
    )


def _form(heading: str) -> rx.Component:
    return rx.el.form(
        rx.el.h3(heading, class_name="font-medium"),
        rx.el.p(
            "Any OpenAI-compatible address: Ollama, llama.cpp, vLLM, OpenRouter, OpenAI…",
            class_name="-mt-2 text-sm text-muted-foreground",
        ),
        labelled(
            "Name",
            rx.el.input(
                name="name",
                default_value=ProvidersState.form_name,
                placeholder="OpenRouter",
                required=True,
                auto_focus=True,
                data_testid="provider-name",
                class_name=FIELD,
            ),
        ),
        labelled(
            "Address",
            rx.el.input(
                name="base_url",
                default_value=ProvidersState.form_url,
                placeholder="https://openrouter.ai/api/v1",
                required=True,
                inputmode="url",
                spell_check=False,
                data_testid="provider-url",
                class_name=FIELD,
            ),
        ),
        labelled(
            "API key",
            rx.el.input(
                name="api_key",
                type="password",
                auto_complete="off",
                placeholder=rx.cond(
                    ProvidersState.form_has_key,
                    "Stored; leave empty to keep it",
                    "Leave empty if none is needed",
                ),
                data_testid="provider-key",
                class_name=FIELD,
            ),
            "Stored encrypted on this server and never shown again.",
        ),
        rx.cond(
            ProvidersState.form_problem != "",
            rx.el.p(
                ProvidersState.form_problem,
                role="alert",
                data_testid="provider-problem",
                class_name="rounded-lg bg-danger-surface px-3 py-2 text-sm text-danger",
            ),
        ),
        rx.el.div(
            button("Save and test", look="primary", type="submit", data_testid="provider-save"),
            button("Cancel", look="quiet", on_click=ProvidersState.close_form),
            class_name="flex gap-2",
        ),
        on_submit=ProvidersState.save,
        class_name="mt-3 space-y-4 rounded-2xl border border-border bg-card p-4 sm:p-5",
    )
