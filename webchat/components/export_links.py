"""Links and buttons that download conversations as files."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from webchat.components.base_path import served
from webchat.components.controls import button, download_link
from webchat.components.words import t
from webchat.services.transfer.export_format import ExportFormat

_LABELS = {ExportFormat.JSON: "JSON", ExportFormat.MARKDOWN: "Markdown", ExportFormat.HTML: "HTML"}


def export_links(label: str | rx.Var[str], conversation_id: rx.Var[str] | str | None = None) -> rx.Component:
    """A link for each format: of one conversation, or of all if there is no id."""
    query = "" if conversation_id is None else "&conversation=" + conversation_id
    return rx.el.div(
        rx.el.span(label, class_name="text-sm text-muted-foreground"),
        *[
            download_link(
                text,
                href=f"/api/export?format={format}" + query,
                testid="export",
                custom_attrs={"data-format": format.value},
            )
            for format, text in _LABELS.items()
        ],
        class_name="flex flex-wrap items-center gap-2",
    )


class _PlainForm(BaseHTML):
    """A form that the browser sends by itself; that of Reflex never is."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


def export_form(conversation_ids: Any) -> rx.Component:
    """A button for each format, which exports all of these conversations.

    A form, because the address of a link has no room for many ids.
    """
    return _PlainForm.create(
        rx.el.span(t("Export as"), class_name="pl-2.5 text-sm text-muted-foreground"),
        rx.foreach(
            conversation_ids, lambda id: rx.el.input(type="hidden", name="conversation", value=id, key=id)
        ),
        *[
            button(
                text,
                look="quiet",
                type="submit",
                name="format",
                value=format.value,
                disabled=~conversation_ids,
                data_testid="bulk-export",
                custom_attrs={"data-format": format.value},
            )
            for format, text in _LABELS.items()
        ],
        action=served("/api/export"),
        method="post",
        class_name="flex items-center",
    )
