"""XLSX: the values of each sheet's rows, separated by tabs. For a formula, its last result is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

import openpyxl

from webchat.services.files.documents.limits import open_archive

MOST_COLUMNS = 1_000
"""Columns of a row that are read."""


def parts(path: Path) -> Iterator[str]:
    """The text, a row at a time; empty rows are left out."""
    open_archive(path).close()
    with path.open("rb") as file:  # openpyxl opens no path without the ending of a workbook
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its size may be anything
            yield f"[Sheet {sheet.title}]\n"
            for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
                values = [_shown(value) for value in row]
                # Empty rows give nothing, so that the time is looked at.
                yield "\t".join(values).rstrip("\t") + "\n" if any(values) else ""
            yield "\n"


def _shown(value: object) -> str:
    """A value in one line."""
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()  # the library knows no dates without a time
    return "" if value is None else " ".join(str(value).split())
