"""Files as JSON exports have them; `webchat.services.transfer.parsers.file_entries` reads them again."""

from __future__ import annotations

from typing import Any

from webchat.services.transfer.zip_stream import member_of
from webchat.storage.queries.files import OwnedFile


def written_file(found: OwnedFile, name: str) -> dict[str, Any]:
    """A file as JSON, with the name of its content in the archive."""
    stored = found.stored
    known = {"name": name, "media_type": stored.media_type, "size": stored.size}
    limit = {} if found.file.kept_tokens is None else {"kept_tokens": found.file.kept_tokens}
    return known | {"content": member_of(stored.hash)} | limit
