"""Pictures embedded in a self-contained page as `data:` URLs."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace

from webchat.snapshot import SharedFile, SharedMessage
from webchat.storage.blobs import BlobStore
from webchat.storage.queries.files import OwnedFile

LARGEST = 5 * 1024 * 1024
"""Maximum bytes of a picture that is embedded; a larger one is only named."""
TOGETHER = 20 * 1024 * 1024
"""Maximum bytes of the pictures that are embedded together."""


def with_pictures(
    messages: Sequence[SharedMessage], found: Mapping[str, OwnedFile], store: BlobStore
) -> tuple[SharedMessage, ...]:
    """The messages with their pictures in them, as far as the limits allow. Blocks.

    Args:
        found: the files by id.
    """
    left = TOGETHER

    def embedded(file: SharedFile) -> SharedFile:
        nonlocal left
        stored = found[file.id].stored if file.id in found else None
        if stored is None or not file.is_picture or stored.size > min(LARGEST, left):
            return file
        try:
            data = store.path(stored.hash).read_bytes()
        except OSError:
            return file
        left -= len(data)
        return replace(
            file, address=f"data:{stored.media_type};base64,{base64.b64encode(data).decode('ascii')}"
        )

    return tuple(
        replace(each, files=tuple(map(embedded, each.files))) if each.files else each for each in messages
    )
