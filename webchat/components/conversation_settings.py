"""The system prompt and parameters of one conversation."""

from __future__ import annotations

import reflex as rx

from webchat.components.advanced_fields import advanced_fields
from webchat.components.base_path import served
from webchat.components.controls import FIELD, button, labelled
from webchat.components.export_links import export_links
from webchat.components.words import t
from webchat.state.chat import ChatState


def conversation_settings() -> rx.Component:
    """A popover in the header of the chat; a field is saved when it loses focus.

    `data-popover` lets assets/ui/shell.jsx close it on Esc and on a click elsewhere.
    """
    return rx.el.details(
        rx.el.summary(
            rx.icon("sliders-horizontal", size=17, aria_hidden=True),
            aria_label=t("System prompt and parameters"),
            title=t("System prompt and parameters"),
            data_testid="conversation-settings",
            class_name=(
                "grid size-9 cursor-pointer list-none place-items-center rounded-lg text-muted-foreground "
                "hover:bg-muted hover:text-foreground [&::-webkit-details-marker]:hidden"
            ),
        ),
        rx.el.div(
            labelled(
                t("System prompt"),
                rx.el.textarea(
                    default_value=ChatState.system_prompt,
                    key=ChatState.conversation_id + ChatState.system_prompt,
                    on_blur=ChatState.change_system_prompt,
                    rows="5",
                    placeholder=t("You are a patient teacher…"),
                    data_testid="system-prompt",
                    class_name=f"{FIELD} resize-y leading-6",
                ),
                t("Instructions for the model in this conversation."),
            ),
            rx.cond(ChatState.begun_with, _files()),
            rx.cond(ChatState.parameters_offered.contains("temperature"), _temperature()),
            rx.cond(ChatState.parameters_offered.contains("max_tokens"), _advanced()),
            rx.cond(
                ChatState.conversation_id != "",
                export_links(t("Export as"), ChatState.conversation_id),
            ),
            class_name=(
                "absolute right-0 top-full z-30 mt-1.5 max-h-[calc(100dvh-5rem)] "
                "w-[min(26rem,calc(100vw-4.5rem))] space-y-4 overflow-y-auto rounded-xl "
                "border border-border bg-card p-4 shadow-xl"
            ),
        ),
        custom_attrs={"data-popover": ""},
        class_name="relative",
    )


def _files() -> rx.Component:
    """The files that the model gets with each question."""
    return rx.el.section(
        rx.el.p(t("Files"), aria_hidden=True, class_name="text-sm font-medium"),
        rx.el.ul(
            rx.foreach(
                ChatState.begun_with,
                lambda file: rx.el.li(
                    rx.icon("paperclip", size=14, aria_hidden=True, class_name="shrink-0"),
                    rx.el.a(
                        file.name,
                        href=served("/api/files/") + file.id + "/content",
                        target="_blank",
                        rel="noopener",
                        class_name="min-w-0 truncate hover:text-foreground hover:underline",
                    ),
                    class_name="flex min-w-0 items-center gap-2 text-sm text-muted-foreground",
                ),
            ),
            class_name="mt-1.5 max-h-40 space-y-1 overflow-y-auto",
        ),
        rx.el.p(
            t("The model gets them with each question. They are those that the assistant had at the start."),
            class_name="mt-1.5 text-xs text-muted-foreground",
        ),
        aria_label=t("Files"),
        data_testid="conversation-files",
    )


def _temperature() -> rx.Component:
    problem = ChatState.temperature_problem
    return rx.el.div(
        labelled(
            t("Temperature"),
            rx.el.input(
                # A number field would report 0 when emptied.
                type="text",
                inputmode="decimal",
                default_value=ChatState.temperature,
                key=ChatState.conversation_id + ChatState.temperature,
                on_blur=ChatState.change_temperature,
                placeholder=t("Provider default"),
                aria_invalid=rx.cond(problem != "", "true", "false"),
                aria_describedby=rx.cond(problem != "", "temperature-problem", ""),
                data_testid="temperature",
                class_name=f"{FIELD} aria-[invalid=true]:border-danger",
            ),
            t("0 is the most predictable, 2 the most varied. Leave empty for the provider's default."),
        ),
        rx.cond(
            problem != "",
            rx.el.p(
                problem,
                id="temperature-problem",
                role="alert",
                data_testid="temperature-problem",
                class_name="mt-2 rounded-lg bg-danger-surface px-3 py-2 text-sm text-danger wrap-anywhere",
            ),
        ),
    )


def _advanced() -> rx.Component:
    """The further parameters, for providers that send them."""
    return rx.el.details(
        rx.el.summary(
            t("Advanced"),
            data_testid="conversation-advanced",
            class_name="cursor-pointer text-sm text-muted-foreground select-none",
        ),
        rx.el.form(
            advanced_fields(
                ChatState.parameters,
                ChatState.parameters_problem,
                lambda name: ChatState.parameters_field == name,
                whose="conversation",
                key=ChatState.conversation_id,
            ),
            rx.el.p(
                t(
                    "What is set here replaces what is set for the provider. Headers are sent to whichever "
                    "provider answers in this conversation."
                ),
                class_name="text-xs text-muted-foreground",
            ),
            rx.el.div(
                button(t("Save"), type="submit", data_testid="conversation-parameters-save"),
                rx.cond(
                    ChatState.parameters_problem != "",
                    rx.el.span(t("Not saved. See the marked field above."), class_name="text-sm text-danger"),
                ),
                class_name="flex flex-wrap items-center gap-3",
            ),
            on_submit=ChatState.save_parameters,
            no_validate=True,
            class_name="mt-3 space-y-4",
        ),
    )
