"""DOCX: paragraphs and tables in order. Macros are never run; nothing but the text is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from docx.table import Table
from lxml import etree

from webchat.services.files.documents.limits import Unreadable, open_archive

_OTHERS = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
"""Documents with macros, and templates, which `docx.Document` refuses."""
_WRAPPERS = [qn(f"w:{name}") for name in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml")]
"""What stands around paragraphs and words in forms and tracked changes; `docx` leaves out what is in it."""
PartFactory.part_type_for.update(dict.fromkeys(_OTHERS, DocumentPart))


def parts(path: Path) -> Iterator[str]:
    """The text, a paragraph or a table at a time.

    Raises:
        Unreadable: there is no document in it.
    """
    open_archive(path).close()
    part = Package.open(str(path)).main_document_part
    if not isinstance(part, DocumentPart):
        raise Unreadable("damaged")
    etree.strip_tags(part.element, *_WRAPPERS)
    for block in part.document.iter_inner_content():
        if isinstance(block, Table):
            yield from _rows(block)
            yield "\n"
        elif block.text.strip():
            level = (block.style.name or "") if block.style is not None else ""
            yield f"{'# ' if level.startswith(('Heading', 'Title')) else ''}{block.text}\n\n"


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield "\t".join(" ".join(cell.text.split()) for cell in row.cells) + "\n"
