"""DOCX: paragraphs and tables in order, each followed by its text boxes; then the notes and comments.

Macros are never run; nothing but the text is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement, parse_xml
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
_NOTES = {
    "footnote": (RELATIONSHIP_TYPE.FOOTNOTES, ""),
    "endnote": (RELATIONSHIP_TYPE.ENDNOTES, "e"),
    "comment": (RELATIONSHIP_TYPE.COMMENTS, "c"),
}
"""Where each kind of note is kept, and what its marks begin with; `docx` reads no footnotes or endnotes."""
_OLD_COPIES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""The same text box once more, for older versions of Word."""
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
    etree.strip_elements(part.element, _OLD_COPIES, with_tail=False)
    etree.strip_tags(part.element, *_WRAPPERS)
    for kind, (_, letter) in _NOTES.items():
        for reference in list(part.element.iter(qn(f"w:{kind}Reference"))):
            mark = OxmlElement("w:t")
            mark.text = _mark(reference, letter)
            reference.getparent().replace(reference, mark)
    for block in part.document.iter_inner_content():
        if isinstance(block, Table):
            yield from _rows(block)
            yield "\n"
        elif block.text.strip():
            level = (block.style.name or "") if block.style is not None else ""
            yield f"{'# ' if level.startswith(('Heading', 'Title')) else ''}{block.text}\n\n"
        yield from _boxes(block._element)
    for kind in _NOTES:
        yield from _notes(part, kind)


def _boxes(element: etree._Element) -> Iterator[str]:
    """The paragraphs of the text boxes that are anchored in a paragraph or a table."""
    for box in element.iter(qn("w:txbxContent")):
        # Not those further below, which come with a box of their own.
        for paragraph in box.iterchildren(qn("w:p")):
            if paragraph.text.strip():
                yield f"{paragraph.text}\n\n"


def _notes(part: DocumentPart, kind: str) -> Iterator[str]:
    """The notes of one kind, each after the mark that stands where the text refers to it."""
    place, letter = _NOTES[kind]
    for relation in part.rels.values():
        if relation.reltype != place or relation.is_external:
            continue
        root = parse_xml(relation.target_part.blob)
        etree.strip_tags(root, *_WRAPPERS)
        for note in root.iterchildren(qn(f"w:{kind}")):
            text = " ".join(" ".join(each.text for each in note.iter(qn("w:p"))).split())
            # The lines between text and notes are notes as well, without text.
            yield f"{_mark(note, letter)}: {text}\n\n" if text else ""


def _mark(element: etree._Element, letter: str) -> str:
    """The mark of a note or of a reference to it, as in Markdown."""
    return f"[^{letter}{element.get(qn('w:id'))}]"


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield "\t".join(" ".join(cell.text.split()) for cell in row.cells) + "\n"
