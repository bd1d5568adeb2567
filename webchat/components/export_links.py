"""Links that download conversations as files."""

from __future__ import annotations

import reflex as rx

from webchat.services.transfer.export_format import ExportFormat

_LINK = "rounded-lg border border-border bg-card px-3 py-1.5 text-sm font-medium hover:bg-muted"
_LABELS = {ExportFormat.JSON: "JSON", ExportFormat.MARKDOWN: "Markdown", ExportFormat.HTML: "HTML"}


def export_links(label: str, conversation_id: rx.Var[str] | str | None = None) -> rx.Component:
    """A link for each format: of one conversation, or of all if there is no id."""
    query = "" if conversation_id is None else "&conversation=" + conversation_id
    return rx.el.div(
        rx.el.span(label, class_name="text-sm text-muted-foreground"),
        *[
            rx.el.a(
                text,
                href=f"/api/export?format={format}" + query,
                download=True,
                data_testid="export",
                custom_attrs={"data-format": format.value},
                class_name=_LINK,
            )
            for format, text in _LABELS.items()
        ],
        class_name="flex flex-wrap items-center gap-2",
    )
