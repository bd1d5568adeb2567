"""The dialog in which an assistant is shared by a link."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import FIELD, button, form_problem, labelled
from webchat.components.react_ui import copy_text, modal_dialog
from webchat.components.share_dialog import EXPIRIES
from webchat.components.words import t
from webchat.state.assistant_links import AssistantLinkRow, ChoosableFile
from webchat.state.assistant_links import AssistantLinksState as State


def assistant_links_dialog() -> rx.Component:
    """The terms of a new link, and the links there are."""
    return modal_dialog(
        rx.el.form(
            rx.el.p(
                t(
                    "Whoever opens the link sees a copy of “{name}” as it is now: its name, picture, "
                    "description and starters. Anyone with an account here can add it to their own "
                    "assistants, with its model and parameters. Headers, extra "
                    "fields and keys are never in it.",
                    name=State.name,
                ),
                class_name="text-sm leading-6 wrap-anywhere",
            ),
            labelled(
                t("The link works for"),
                rx.el.select(
                    *[rx.el.option(text, value=value) for value, text in EXPIRIES],
                    name="expiry",
                    default_value="week",
                    data_testid="assistant-link-expiry",
                    class_name=FIELD,
                ),
            ),
            _choice(
                "with_prompt",
                t("Include the system prompt"),
                t("Without it, a copy behaves like any other chat with this model."),
                testid="assistant-link-prompt",
                checked=True,
            ),
            rx.cond(State.files, _files()),
            form_problem(State.problem, "assistant-link-problem"),
            rx.el.div(
                button(t("Create link"), look="primary", type="submit", data_testid="assistant-link-create"),
                class_name="flex justify-end",
            ),
            key=State.assistant_id,
            on_submit=State.create,
            class_name="space-y-4 p-5",
        ),
        rx.cond(
            State.links,
            rx.el.section(
                rx.el.h3(t("Links to this assistant"), class_name="mb-2 text-sm font-medium"),
                rx.cond(
                    State.local,
                    rx.el.p(
                        t(
                            "This address only works on this machine. Set WEBCHAT_PUBLIC_URL, or open "
                            "webchat at an address that others can reach."
                        ),
                        class_name="mb-2 text-sm text-warning",
                    ),
                ),
                rx.el.ul(
                    rx.foreach(State.links, _link),
                    class_name="divide-y divide-border rounded-xl border border-border bg-card",
                ),
                class_name="border-t border-border px-5 py-4",
            ),
        ),
        open=State.assistant_id != "",
        label=t("Share the assistant"),
        testid="assistant-links-dialog",
        on_close=State.close,
    )


def _files() -> rx.Component:
    """A box for each file."""
    return rx.el.fieldset(
        rx.el.legend(t("Include files"), class_name="text-sm"),
        rx.el.p(
            t("Whoever opens the link sees their names. Whoever adds the assistant gets copies of them."),
            class_name="text-xs text-muted-foreground",
        ),
        rx.foreach(State.files, _file),
        class_name="space-y-2",
    )


def _file(file: ChoosableFile) -> rx.Component:
    return rx.el.label(
        _box(file.field, testid="assistant-link-file", checked=False),
        rx.el.span(file.name, dir="auto", class_name="min-w-0 wrap-anywhere"),
        key=file.field,
        class_name="flex items-start gap-3 text-sm",
    )


def _box(name: Any, *, testid: str, checked: bool) -> rx.Component:
    return rx.el.input(
        type="checkbox",
        name=name,
        default_checked=checked,
        data_testid=testid,
        class_name="mt-0.5 size-4 shrink-0 accent-(--primary)",
    )


def _choice(name: str, label: Any, about: Any, *, testid: str, checked: bool) -> rx.Component:
    return rx.el.label(
        _box(name, testid=testid, checked=checked),
        rx.el.span(label, rx.el.span(about, class_name="block text-xs text-muted-foreground")),
        class_name="flex items-start gap-3 text-sm",
    )


def _link(row: AssistantLinkRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.cond(
                row.address != "",
                rx.el.input(
                    read_only=True,
                    value=row.address,
                    aria_label=t("Link address"),
                    data_testid="assistant-link",
                    class_name=f"{FIELD} min-w-0 font-mono text-xs",
                ),
                rx.el.p(
                    t("This link can no longer be copied because the key file has changed."),
                    class_name="text-xs text-muted-foreground",
                ),
            ),
            rx.el.p(
                rx.cond(row.id == State.made_id, t("Just created") + " · ", ""),
                row.about,
                class_name="mt-1 text-xs text-muted-foreground",
            ),
            class_name="min-w-0 flex-1 basis-56",
        ),
        rx.el.div(
            rx.cond(row.address != "", copy_text(text=row.address, testid="assistant-link-copy")),
            button(
                t("Delete link"),
                look="danger",
                on_click=State.revoke(row.id),
                data_testid="assistant-link-revoke",
            ),
            class_name="flex flex-wrap gap-2",
        ),
        key=row.id,
        data_testid="assistant-link-row",
        class_name="flex flex-wrap items-center gap-x-3 gap-y-2 p-3",
    )
