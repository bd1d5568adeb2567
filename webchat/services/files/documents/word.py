"""DOCX: paragraphs and tables in order. Macros are never run; nothing but the text is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docx
from docx.table import Table

from webchat.services.files.documents.limits import open_archive


def parts(path: Path) -> Iterator[str]:
    """The text, a paragraph or a table at a time."""
    open_archive(path).close()
    for block in docx.Document(str(path)).iter_inner_content():
        if isinstance(block, Table):
            yield from _rows(block)
            yield "\n"
        elif block.text.strip():
            level = (block.style.name or "") if block.style is not None else ""
            yield f"{'# ' if level.startswith(('Heading', 'Title')) else ''}{block.text}\n\n"


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield "\t".join(" ".join(cell.text.split()) for cell in row.cells) + "\n"
