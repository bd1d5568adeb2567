"""Names of exported files that are safe on every system."""

from __future__ import annotations

import re
from datetime import date

MAX_NAME = 80
"""Characters of a title in a file's name."""
_UNSAFE = re.compile(r"[^\w ()\-']+")


def file_name(title: str, ending: str) -> str:
    """A name from a title: letters and digits of any script, without signs that are special in a path.

    >>> file_name("../etc: a/b?", "md")
    'etc a b.md'
    >>> file_name("…", "md")
    'conversation.md'
    """
    name = " ".join(_UNSAFE.sub(" ", title[: 4 * MAX_NAME]).split())[:MAX_NAME].strip()
    return f"{name or 'conversation'}.{ending}"


def unique_name(title: str, day: date, id: str, ending: str) -> str:
    """A name for one of many files, which sorts by date and differs for each id."""
    return f"{day.isoformat()} {file_name(title, '').removesuffix('.')} {id[-12:]}.{ending}"
