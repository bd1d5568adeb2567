"""The form that adds or edits a provider."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import reflex as rx

from webchat.components.advanced_fields import advanced_fields
from webchat.components.controls import FIELD, button, labelled
from webchat.components.provider_presets import provider_presets
from webchat.components.react_ui import modal_dialog
from webchat.components.words import t
from webchat.services.parameters import FIELDS
from webchat.state.provider_models import ProviderModelsState
from webchat.state.providers import ProvidersState

_FIELD = f"{FIELD} aria-[invalid=true]:border-danger"
_PROBLEM_ID = "provider-problem"
_DEADLINES = (
    ("connect", t("Connect")),
    ("first_text", t("First text")),
    ("idle", t("Idle timeout")),
    ("total", t("Total")),
)


def provider_dialog() -> rx.Component:
    """The dialog that adds or edits a provider."""
    form = ProvidersState.form
    return modal_dialog(
        rx.el.div(
            rx.cond(form.id == "", provider_presets(), _health(form)),
            _form(form),
            class_name="space-y-5 p-5",
        ),
        open=ProvidersState.form_open,
        label=rx.cond(form.id == "", t("Add a provider"), t("Edit provider")),
        testid="provider-dialog",
        on_close=ProvidersState.close_form,
    )


def _health(form: Any) -> rx.Component:
    return rx.cond(
        form.standing != "",
        rx.el.div(
            rx.el.p(rx.el.span(form.standing, class_name="font-medium"), " · ", form.measured),
            rx.el.p(form.last_error, class_name="mt-1 text-muted-foreground wrap-anywhere empty:hidden"),
            class_name="rounded-xl bg-muted px-3.5 py-2.5 text-sm",
        ),
    )


def _form(form: Any) -> rx.Component:
    """Name, address and key, with advanced settings collapsed below."""
    return rx.el.form(
        rx.cond(
            form.built_in,
            rx.fragment(),
            rx.el.p(
                t("Any service or server with an OpenAI-compatible API works."),
                class_name="text-sm text-muted-foreground",
            ),
        ),
        labelled(
            t("Name"),
            _field("name", form.name, placeholder="OpenRouter", required=True, auto_focus=True),
        ),
        _problem("name"),
        labelled(
            t("Address"),
            _field(
                "base_url",
                form.base_url,
                testid="provider-url",
                placeholder=rx.cond(form.built_in, form.usual_url, "https://openrouter.ai/api/v1"),
                input_mode="url",
                spell_check=False,
            ),
            rx.cond(
                form.built_in,
                t("Leave empty for the service's default address. Separate mirrors with spaces."),
                "",
            ),
        ),
        _problem("base_url"),
        labelled(
            rx.cond(form.built_in, t("Cookies"), t("API key")),
            rx.el.input(
                name="secret",
                type="password",
                auto_complete="off",
                placeholder=rx.cond(
                    form.has_secret, t("Stored. Leave empty to keep it"), t("Leave empty if not needed")
                ),
                data_testid="provider-key",
                class_name=_FIELD,
                **_marked("secret"),
            ),
            t("Stored encrypted on this server and never shown again."),
        ),
        _problem("secret"),
        rx.cond(
            ProvidersState.keys_url != "",
            rx.el.a(
                t("Get a key from {name}", name=ProvidersState.preset),
                href=ProvidersState.keys_url,
                target="_blank",
                rel="noreferrer",
                data_testid="provider-keys-link",
                class_name="block w-fit text-sm text-primary underline underline-offset-2",
            ),
        ),
        rx.cond(
            form.has_secret,
            _forget(
                "forget_secret",
                rx.cond(form.built_in, t("Forget the stored cookies"), t("Forget the stored key")),
            ),
        ),
        _more(form),
        _problem(""),
        rx.el.div(
            button(t("Save and test"), look="primary", type="submit", data_testid="provider-save"),
            button(t("Cancel"), look="quiet", on_click=ProvidersState.close_form),
            rx.cond(form.id == "", None, _other_actions(form)),
            class_name="flex flex-wrap gap-2",
        ),
        on_submit=ProvidersState.save,
        key=form.id + ProvidersState.preset,
        class_name="space-y-4",
    )


def _other_actions(form: Any) -> rx.Component:
    """What a narrow row has no room for."""
    return rx.el.div(
        button(
            t("Models"),
            on_click=[ProvidersState.close_form, ProviderModelsState.open(form.id)],
            data_testid="provider-form-models",
        ),
        rx.cond(
            form.built_in | (form.origin == "environment"),
            None,
            button(
                t("Remove"),
                look="danger",
                on_click=[ProvidersState.close_form, ProvidersState.ask(form.id)],
                data_testid="provider-form-remove",
            ),
        ),
        class_name="flex w-full gap-2 sm:hidden",
    )


def _field(name: str, value: Any, testid: str = "", **props: Any) -> rx.Component:
    return rx.el.input(
        name=name,
        default_value=value,
        data_testid=testid or f"provider-{name.replace('_', '-')}",
        class_name=_FIELD,
        **_marked("deadlines" if name in dict(_DEADLINES) else name),
        **props,
    )


def _marked(field: str) -> dict[str, Any]:
    """Attributes that mark a field with a problem and lead to the message."""
    return {
        "aria_invalid": rx.cond(_wrong(field), "true", "false"),
        "aria_describedby": rx.cond(_wrong(field), _PROBLEM_ID, ""),
    }


def _wrong(field: str) -> Any:
    return (ProvidersState.form_problem != "") & (ProvidersState.form_field == field)


def _problem(field: str) -> rx.Component:
    """The error below its field; for the empty name, an error that concerns no single field."""
    return rx.cond(
        _wrong(field),
        rx.el.p(
            ProvidersState.form_problem,
            id=_PROBLEM_ID,
            role="alert",
            data_testid="provider-problem",
            class_name="-mt-2 rounded-lg bg-danger-surface px-3 py-2 text-sm text-danger wrap-anywhere",
        ),
    )


def _forget(name: str, label: str | rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, data_testid=f"provider-{name.replace('_', '-')}"),
        label,
        class_name="flex items-center gap-2 text-sm",
    )


def _more(form: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            t("Advanced"),
            data_testid="provider-more",
            class_name="cursor-pointer text-sm text-muted-foreground select-none",
        ),
        rx.el.div(
            labelled(
                t("Proxy"),
                rx.el.input(
                    name="proxy",
                    type="password",
                    auto_complete="off",
                    placeholder=rx.cond(
                        form.has_proxy,
                        t("Stored. Leave empty to keep it"),
                        "http://host:3128 or socks5://host:1080",
                    ),
                    data_testid="provider-proxy",
                    class_name=_FIELD,
                    **_marked("proxy"),
                ),
            ),
            _problem("proxy"),
            rx.cond(form.has_proxy, _forget("forget_proxy", t("Forget the stored proxy"))),
            rx.el.div(
                *[
                    labelled(
                        label,
                        _field(
                            name,
                            getattr(form, name),
                            input_mode="decimal",
                            placeholder=t("Default"),
                        ),
                    )
                    for name, label in _DEADLINES
                ],
                class_name="grid grid-cols-2 gap-3 sm:grid-cols-4",
            ),
            rx.el.p(
                t("Timeouts in seconds. Leave empty for the server's defaults."),
                class_name="text-xs text-muted-foreground",
            ),
            _problem("deadlines"),
            labelled(
                t("Context"),
                _field("context", form.context, input_mode="numeric", placeholder=t("Automatic")),
                t(
                    "Context size of its models in tokens, if the server does not report it or reports it "
                    "wrongly. When a conversation is too long, its oldest messages are left out."
                ),
            ),
            _problem("context"),
            rx.cond(
                form.built_in,
                None,
                advanced_fields(
                    form.parameters, ProvidersState.form_problem, _wrong, whose="provider", key=form.id
                ),
            ),
            class_name="mt-3 space-y-4",
        ),
        open=reduce(or_, map(_wrong, ("proxy", "deadlines", "context", *FIELDS))),
    )
