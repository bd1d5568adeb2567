"""Files as webchat exports them."""

from __future__ import annotations

from typing import Any

from webchat.services.transfer.parsers.fields import raw, text
from webchat.services.transfer.parsers.tree import ImportedFile


def read_file(entry: dict[str, Any]) -> ImportedFile:
    """A file, whose content is in the archive."""
    member = text(entry.get("content")).rpartition("/")[2]
    kept = entry.get("kept_tokens")
    return ImportedFile(text(entry.get("name")), member, kept_tokens=kept, raw=raw(entry))
