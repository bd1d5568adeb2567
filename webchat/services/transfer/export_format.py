"""The formats of an export."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """JSON has everything; Markdown and HTML have what is shown."""

    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
