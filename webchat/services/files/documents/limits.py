"""Limits of reading a document, and the errors that a reader raises."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

MOST_TEXT = 2 * 1024 * 1024
"""Maximum bytes of text that are kept of a document."""
MOST_SECONDS = 20.0
"""Seconds after which a reader stops and what it has read is kept."""
MOST_UNPACKED = 500 * 1024 * 1024
"""Maximum bytes of a zip archive once it is unpacked."""
MOST_MEMBERS = 20_000
"""Maximum files in a zip archive."""


class Unreadable(Exception):
    """A document has no text that can be read; the argument is the reason of a `FileUnread`."""


def open_archive(path: Path) -> zipfile.ZipFile:
    """A zip archive of reasonable size.

    Raises:
        Unreadable: it is damaged, encrypted, or would be too large.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("damaged") from error
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_UNPACKED:
        raise Unreadable("too_complex")
    if any(each.flag_bits & 1 for each in members):
        raise Unreadable("protected")
    return archive


def tidy(parts: Iterable[str]) -> str:
    """Lines without spaces at their ends, and at most one empty line between them."""
    lines: list[str] = []
    for part in parts:
        for line in part.splitlines() or [""]:
            line = line.rstrip()
            if line or (lines and lines[-1]):
                lines.append(line)
    return "\n".join(lines).strip("\n")
