"""PDF, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

from webchat.services.files.documents.limits import Unreadable, tidy


def parts(path: Path) -> Iterator[str]:
    """The text of each page under its number; pages without text are left out."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in {FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY}
        raise Unreadable("protected" if locked else "damaged") from error
    for number in range(len(document)):
        try:
            page = document[number]
            text = page.get_textpage().get_text_bounded()
            page.close()
        except pypdfium2.PdfiumError:
            text = ""  # the other pages may be sound
        # Empty pages give nothing, so that the time is looked at.
        yield f"[Page {number + 1}]\n{text}\n\n" if (text := tidy([text])) else ""
