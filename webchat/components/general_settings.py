"""The general section of Settings: appearance, and what new chats start with."""

from __future__ import annotations

from typing import Literal

import reflex as rx
from reflex_base.style import color_mode, set_color_mode

from webchat.components.controls import FIELD, button, labelled, needs_server
from webchat.components.model_choice import model_picker
from webchat.components.react_ui import answer_notifications, language_choice, text_size
from webchat.components.settings_frame import settings_block
from webchat.components.words import t
from webchat.services.preferences import TITLES_BY_CHAT, TITLES_OFF
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.preferences import PreferencesState
from webchat.words.language import LANGUAGES


def general_settings() -> rx.Component:
    """The theme, the size of text, the defaults for new chats, and notifications."""
    return rx.fragment(
        settings_block(t("Appearance"), rx.fragment(_theme(), text_size(), _language())),
        settings_block(t("New chats"), _defaults()),
        settings_block(t("Notifications"), answer_notifications()),
    )


def _language() -> rx.Component:
    return language_choice(
        languages=[[tag, name] for tag, name in LANGUAGES.items()],
        value=PreferencesState.language,
        on_refused=NoticeState.warn,
    )


def _defaults() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(t("Model"), class_name="text-sm font-medium"),
            model_picker(
                models=ModelsState.choices,
                value=ModelsState.default_model,
                label=ModelsState.default_label,
                align="right",
                on_pick=PreferencesState.choose_model,
            ),
            data_testid="default-model",
            class_name="flex items-center justify-between gap-3",
        ),
        labelled(
            t("Titles"),
            rx.el.select(
                rx.el.option(t("The model that answered"), value=TITLES_BY_CHAT),
                rx.el.option(t("No model: the first words of the conversation"), value=TITLES_OFF),
                rx.foreach(
                    ModelsState.choices,
                    lambda model: rx.el.option(model.provider, ": ", model.name, value=model.id),
                ),
                value=PreferencesState.title_model,
                on_change=PreferencesState.choose_title_model,
                data_testid="title-model",
                custom_attrs=needs_server(),
                class_name=FIELD,
            ),
            t("Written after the first answer. Free services and the guide are only asked if selected here."),
        ),
        rx.el.form(
            labelled(
                t("System prompt"),
                rx.el.textarea(
                    name="system_prompt",
                    default_value=PreferencesState.system_prompt,
                    key=PreferencesState.system_prompt,
                    disabled=~PreferencesState.loaded,  # loading would replace what is typed
                    rows="4",
                    placeholder=t("You are a patient teacher…"),
                    data_testid="default-system-prompt",
                    class_name=f"{FIELD} resize-y leading-6",
                ),
                t("Sent to the model at the start of every new chat."),
            ),
            labelled(
                t("Temperature"),
                rx.el.input(
                    name="temperature",
                    type="number",
                    min="0",
                    max="2",
                    step="0.1",
                    default_value=PreferencesState.temperature,
                    key=PreferencesState.temperature,
                    disabled=~PreferencesState.loaded,
                    placeholder=t("Provider default"),
                    data_testid="default-temperature",
                    class_name=FIELD,
                ),
                t("0 is the most predictable, 2 the most varied. Leave empty for the provider's default."),
            ),
            button(
                t("Save"),
                look="primary",
                type="submit",
                disabled=~PreferencesState.loaded,
                data_testid="defaults-save",
            ),
            on_submit=PreferencesState.save,
            class_name="space-y-4",
        ),
        class_name="space-y-4 rounded-2xl border border-border bg-card p-4 sm:p-5",
    )


def _theme() -> rx.Component:
    def choice(mode: Literal["light", "dark", "system"], label: rx.Var[str], icon: str) -> rx.Component:
        return rx.el.button(
            rx.icon(icon, size=16, aria_hidden=True),
            label,
            type="button",
            on_click=set_color_mode(mode),
            aria_pressed=rx.cond(color_mode == mode, "true", "false"),
            data_testid=f"theme-{mode}",
            class_name=(
                "flex flex-1 items-center justify-center gap-2 rounded-lg px-3 py-2 text-sm hover:bg-muted "
                "aria-pressed:bg-accent aria-pressed:font-medium"
            ),
        )

    return rx.el.div(
        choice("light", t("Light"), "sun"),
        choice("dark", t("Dark"), "moon"),
        choice("system", t("System"), "monitor"),
        role="group",
        aria_label=t("Theme"),
        class_name="flex gap-1 rounded-2xl border border-border bg-card p-1.5",
    )
