"""PPTX: the texts of each slide under its number, with its notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pptx.package import Package
from pptx.parts.presentation import PresentationPart

from webchat.services.files.documents.limits import Unreadable, open_archive, tidy

MOST_NESTED = 20
"""Groups inside groups that are looked into."""


def parts(path: Path) -> Iterator[str]:
    """The text, a slide at a time; slides without text are left out.

    Raises:
        Unreadable: there is no presentation in it.
    """
    open_archive(path).close()
    part = Package.open(str(path)).main_document_part  # `pptx.Presentation` refuses slide shows and templates
    if not isinstance(part, PresentationPart):
        raise Unreadable("damaged")
    for number, slide in enumerate(part.presentation.slides, start=1):
        texts = list(_texts(slide.shapes, MOST_NESTED))
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text
            texts += [f"Notes: {notes}"] if notes.strip() else []
        if text := tidy(texts):
            yield f"[Slide {number}]\n{text}\n\n"


def _texts(shapes: Iterable[Any], depth: int) -> Iterator[str]:
    for shape in shapes:
        if depth and hasattr(shape, "shapes"):
            yield from _texts(shape.shapes, depth - 1)
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                yield "\t".join(" ".join(cell.text.split()) for cell in row.cells)
        elif getattr(shape, "has_text_frame", False):
            yield shape.text_frame.text
