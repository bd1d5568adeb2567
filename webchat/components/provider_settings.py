"""The list of providers, and the ways to add one."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import button, undo_bar
from webchat.components.provider_form import provider_dialog
from webchat.components.provider_item import provider_item
from webchat.components.provider_presets import provider_presets
from webchat.components.react_ui import sortable
from webchat.components.words import t
from webchat.state.providers import ProvidersState


def provider_settings() -> rx.Component:
    """The ways to add a provider, then each provider with its state in the user's order."""
    return rx.fragment(
        rx.cond(ProvidersState.shared, _shared()),
        rx.cond(ProvidersState.may_change, _own(), _none_of_their_own()),
    )


def _shared() -> rx.Component:
    """What administrators have set up, for a member."""
    return rx.el.section(
        rx.el.h3(t("For everyone here"), class_name="mb-2 text-sm font-semibold"),
        rx.el.ul(
            rx.foreach(
                ProvidersState.shared,
                lambda row: rx.el.li(
                    rx.el.span(row.name, class_name="min-w-0 flex-1 truncate font-medium"),
                    rx.el.span(row.models, class_name="text-xs text-muted-foreground"),
                    data_testid="shared-provider",
                    class_name="flex items-baseline gap-3 px-4 py-2.5 text-sm",
                ),
            ),
            class_name="divide-y divide-border rounded-2xl border border-border bg-card",
        ),
        class_name="mb-8",
    )


def _none_of_their_own() -> rx.Component:
    return rx.el.p(
        t("Administrators of this webchat choose its providers."), class_name="text-sm text-muted-foreground"
    )


def _own() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            button(
                rx.icon("plus", size=15, aria_hidden=True),
                t("Add a provider"),
                look="primary",
                on_click=ProvidersState.open_form(""),
                data_testid="provider-add",
            ),
            rx.cond(ProvidersState.may_find, _find()),
            class_name="mb-5 flex flex-wrap gap-2",
        ),
        rx.cond(ProvidersState.loaded, _providers(), _loading()),
        provider_dialog(),
        rx.cond(
            ProvidersState.removed_id != "",
            undo_bar(
                rx.el.p(
                    t("{name} was removed.", name=ProvidersState.removed_name), class_name="wrap-anywhere"
                ),
                on_undo=ProvidersState.undo_remove,
                on_dismiss=ProvidersState.dismiss_undo,
                about=ProvidersState.removed_id,
            ),
        ),
    )


def _find() -> rx.Component:
    return button(
        rx.cond(
            ProvidersState.searching,
            rx.icon("loader-circle", size=15, aria_hidden=True, class_name="animate-spin"),
            rx.icon("radar", size=15, aria_hidden=True),
        ),
        t("Find local servers"),
        on_click=ProvidersState.find_local,
        disabled=ProvidersState.searching,
        data_testid="provider-find",
    )


def _providers() -> rx.Component:
    return rx.fragment(
        rx.cond(ProvidersState.has_own, None, _connect()),
        rx.el.p(
            t("Drag to reorder. Auto tries providers from top to bottom."),
            class_name="mb-3 text-sm text-muted-foreground",
        ),
        sortable(
            rx.foreach(ProvidersState.rows, provider_item),
            label=t("Providers"),
            on_reorder=ProvidersState.reorder,
        ),
    )


def _connect() -> rx.Component:
    return rx.el.section(
        rx.el.h3(t("Connect a model"), class_name="font-medium"),
        rx.el.p(
            t("Choose where it runs. Its name and address are filled in for you."),
            class_name="mb-4 mt-0.5 text-sm text-muted-foreground",
        ),
        provider_presets(),
        aria_label=t("Connect a model"),
        data_testid="provider-connect",
        class_name="mb-6 rounded-2xl border border-border bg-card p-4 sm:p-5",
    )


def _loading() -> rx.Component:
    """Rows of the same size, so that nothing moves when the providers come."""
    return rx.el.div(
        *[rx.el.div(class_name="h-16 animate-pulse rounded-2xl bg-muted") for _ in range(6)],
        role="status",
        aria_label=t("Loading"),
        class_name="space-y-2",
    )
