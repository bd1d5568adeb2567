"""Links that download conversations as files."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import page_link
from webchat.services.transfer.export_format import ExportFormat

_LINK = "rounded-lg border border-border bg-card px-3 py-1.5 text-sm font-medium hover:bg-muted"
_LABELS = {ExportFormat.JSON: "JSON", ExportFormat.MARKDOWN: "Markdown", ExportFormat.HTML: "HTML"}


def export_links(label: str, conversation_id: rx.Var[str] | str | None = None) -> rx.Component:
    """A link for each format: of one conversation, or of all if there is no id."""
    query = "" if conversation_id is None else "&conversation=" + conversation_id
    return rx.el.div(
        rx.el.span(label, class_name="text-sm text-muted-foreground"),
        *[
            page_link(
                text,
                href=f"/api/export?format={format}" + query,
                reload_document=True,  # the router has no page there
                download=True,
                data_testid="export",
                custom_attrs={"data-format": format.value},
                class_name=_LINK,
            )
            for format, text in _LABELS.items()
        ],
        class_name="flex flex-wrap items-center gap-2",
    )
