"""The prompts section of Settings: the list, and the dialog that edits one."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import (
    FIELD,
    button,
    download_link,
    empty_state,
    form_problem,
    icon_button,
    labelled,
)
from webchat.components.react_ui import import_file, modal_dialog
from webchat.components.words import t
from webchat.services.saved_prompts import MAX_NAME, MAX_TEXT
from webchat.state.prompts import PromptsState
from webchat.state.rows import PromptRow


def prompt_settings() -> rx.Component:
    """What saved prompts are for, the buttons, and the list."""
    return rx.fragment(
        rx.el.p(
            t(
                "Texts you use often. Type / and the name in the message box. Parts like {{language}} are "
                "asked for each time."
            ),
            class_name="mb-4 text-sm text-muted-foreground",
        ),
        rx.el.div(
            button(
                rx.icon("plus", size=15, aria_hidden=True),
                t("Add a prompt"),
                look="primary",
                on_click=PromptsState.open_form(""),
                data_testid="prompt-add",
            ),
            import_file(
                label=t("Import"),
                address="/api/prompts",
                answer="added",
                on_received=PromptsState.on_imported,
                on_refused=PromptsState.on_refused,
            ),
            rx.cond(
                PromptsState.rows,
                download_link(t("Export"), href="/api/prompts/export", testid="prompt-export"),
            ),
            class_name="mb-4 flex flex-wrap items-center gap-2",
        ),
        rx.cond(
            PromptsState.rows,
            rx.el.ul(
                rx.foreach(PromptsState.rows, _row),
                aria_label=t("Saved prompts"),
                class_name="divide-y divide-border rounded-2xl border border-border bg-card px-4",
            ),
            rx.cond(
                PromptsState.loaded,
                empty_state("text-quote", t("No saved prompts"), t("Add one, or import a file of prompts.")),
            ),
        ),
        _dialog(),
    )


def _row(prompt: PromptRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(prompt.name, class_name="truncate text-sm font-medium"),
            rx.el.p(prompt.excerpt, class_name="truncate text-xs text-muted-foreground"),
            class_name="min-w-0 flex-1",
        ),
        rx.cond(
            PromptsState.asking == prompt.id,
            rx.fragment(
                button(
                    t("Delete"),
                    look="danger",
                    on_click=PromptsState.delete(prompt.id),
                    data_testid="prompt-delete-confirm",
                ),
                button(t("Cancel"), look="quiet", on_click=PromptsState.ask("")),
            ),
            rx.fragment(
                icon_button(
                    "pencil",
                    t("Edit {name}", name=prompt.name),
                    on_click=PromptsState.open_form(prompt.id),
                    data_testid="prompt-edit",
                ),
                icon_button(
                    "trash-2",
                    t("Delete {name}", name=prompt.name),
                    on_click=PromptsState.ask(prompt.id),
                    data_testid="prompt-delete",
                ),
            ),
        ),
        key=prompt.id,
        data_testid="prompt-item",
        class_name="flex h-16 items-center gap-1.5",
    )


def _dialog() -> rx.Component:
    return modal_dialog(
        rx.el.form(
            form_problem(PromptsState.form_problem, "prompt-problem"),
            labelled(
                t("Name"),
                rx.el.input(
                    name="name",
                    default_value=PromptsState.form_name,
                    max_length=MAX_NAME,
                    auto_complete="off",
                    custom_attrs={"data-first": ""},
                    required=True,
                    data_testid="prompt-name",
                    class_name=FIELD,
                ),
            ),
            labelled(
                t("Text"),
                rx.el.textarea(
                    name="text",
                    default_value=PromptsState.form_text,
                    max_length=MAX_TEXT,
                    rows="10",
                    required=True,
                    placeholder=t("Translate into {{language}}: {{text}}"),
                    data_testid="prompt-text",
                    class_name=f"{FIELD} resize-y leading-6",
                ),
                t("Write {{name}} for a part to be filled in each time."),
            ),
            rx.el.div(
                button(t("Cancel"), look="quiet", on_click=PromptsState.close_form),
                button(t("Save"), look="primary", type="submit", data_testid="prompt-save"),
                class_name="flex justify-end gap-2",
            ),
            key=PromptsState.form_id,
            on_submit=PromptsState.save,
            class_name="space-y-4 p-5",
        ),
        open=PromptsState.form_open,
        label=rx.cond(PromptsState.form_id == "", t("Add a prompt"), t("Edit the prompt")),
        testid="prompt-dialog",
        on_close=PromptsState.close_form,
    )
