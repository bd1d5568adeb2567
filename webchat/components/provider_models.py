"""The models of one provider: which are offered, their order, and a field to add one."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import FIELD, button, icon_button, needs_server
from webchat.components.words import t
from webchat.state.provider_models import ProviderModelsState
from webchat.state.rows import ModelSettingRow, ProviderRow


def provider_models(row: ProviderRow) -> rx.Component:
    """The open list below its provider."""
    state = ProviderModelsState
    return rx.el.div(
        rx.el.p(
            t(
                "Selected models appear in the model picker. Auto and new chats use the first one. Until "
                "you change the order, a loaded model comes first."
            ),
            class_name="text-sm text-muted-foreground",
        ),
        rx.cond(state.has_members, _for_members()),
        rx.cond(
            state.total > 10,
            rx.el.input(
                type="search",
                # Not bound to the query, which returns later than users type; the key clears the field when a
                # model was added.
                key=state.total,
                default_value=state.query,
                on_change=state.search.debounce(150),
                placeholder=t("Search models"),
                aria_label=t("Search models"),
                data_testid="provider-model-search",
                class_name=FIELD,
            ),
        ),
        rx.el.ul(
            rx.foreach(state.rows, _model),
            aria_label=t("Models of {name}", name=row.name),
            class_name="max-h-80 divide-y divide-border overflow-y-auto",
        ),
        rx.cond(
            state.found > state.rows.length(),
            rx.el.p(
                t(
                    "Showing {shown} of {found} models. Search to find the others.",
                    shown=state.rows.length(),
                    found=state.found,
                ),
                class_name="text-xs text-muted-foreground",
            ),
        ),
        rx.cond(
            state.total == 0,
            rx.el.p(t("This provider lists no models. Add one below."), class_name="text-sm"),
            rx.cond(state.found == 0, rx.el.p(t("No models match."), class_name="text-sm")),
        ),
        rx.el.form(
            rx.el.input(
                name="model",
                placeholder=t("Model name, such as gpt-4o"),
                aria_label=t("Name of the model to add"),
                auto_complete="off",
                spell_check=False,
                data_testid="provider-model-name",
                aria_invalid=rx.cond(state.problem != "", "true", "false"),
                class_name=f"{FIELD} min-w-0 flex-1",
            ),
            button(t("Add model"), type="submit", data_testid="provider-model-add", class_name="shrink-0"),
            on_submit=state.add,
            reset_on_submit=True,
            class_name="flex gap-2",
        ),
        rx.cond(
            state.problem != "",
            rx.el.p(
                state.problem,
                role="alert",
                data_testid="provider-model-problem",
                class_name="text-sm text-danger wrap-anywhere",
            ),
        ),
        data_testid="provider-model-list",
        class_name="mt-3 space-y-3 border-t border-border pt-3",
    )


def _model(model: ModelSettingRow) -> rx.Component:
    state = ProviderModelsState
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=model.shown,
                on_change=state.show(model.name, ~model.shown),
                data_testid="provider-model-shown",
                class_name="mt-0.5 size-4 shrink-0 accent-primary",
            ),
            rx.el.span(
                rx.el.span(model.name, class_name="block wrap-anywhere"),
                rx.el.span(model.known, class_name="block text-xs text-muted-foreground empty:hidden"),
                class_name="min-w-0",
            ),
            class_name="flex min-w-0 flex-1 items-start gap-2.5 py-2 text-sm",
        ),
        rx.cond(state.has_members & state.chosen_for_members & model.shown, _allowed(model)),
        icon_button(
            "arrow-up-to-line",
            t("Move {name} to the top", name=model.name),
            on_click=state.move(model.name, "first"),
        ),
        icon_button("arrow-up", t("Move {name} up", name=model.name), on_click=state.move(model.name, "up")),
        icon_button(
            "arrow-down", t("Move {name} down", name=model.name), on_click=state.move(model.name, "down")
        ),
        rx.cond(
            model.added,
            icon_button("trash-2", t("Remove {name}", name=model.name), on_click=state.remove(model.name)),
        ),
        key=model.name,
        data_testid="provider-model",
        custom_attrs={"data-name": model.name},
        class_name="flex items-center gap-0.5",
    )


def _for_members() -> rx.Component:
    state = ProviderModelsState
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=state.chosen_for_members,
            on_change=state.choose_for_members(~state.chosen_for_members),
            custom_attrs=needs_server(),
            data_testid="provider-models-for-members",
            class_name="mt-0.5 size-4 shrink-0 accent-primary",
        ),
        rx.el.span(
            t("Members may use chosen models only"),
            rx.el.span(
                t(
                    "Choose them below. A model that the provider adds later is for members once you choose "
                    "it."
                ),
                class_name="mt-0.5 block text-xs text-muted-foreground",
            ),
        ),
        class_name="flex items-start gap-2.5 rounded-xl bg-muted px-3 py-2.5 text-sm",
    )


def _allowed(model: ModelSettingRow) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=model.for_members,
            on_change=ProviderModelsState.allow(model.name, ~model.for_members),
            custom_attrs=needs_server(),
            data_testid="provider-model-for-members",
            class_name="size-4 shrink-0 accent-primary",
        ),
        rx.el.span(t("Members"), aria_hidden=True),
        rx.el.span(t("Members may use {name}", name=model.name), class_name="sr-only"),
        class_name="flex shrink-0 items-center gap-1.5 px-2 text-xs text-muted-foreground",
    )
