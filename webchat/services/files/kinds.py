"""Determines the type of a file from its content; its name and the type a browser gives are ignored."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

import imagesize

from webchat.services.errors import FileRefused

PICTURE, DOCUMENT = "picture", "document"
MAX_SIZE = {PICTURE: 20 * 1024 * 1024, DOCUMENT: 50 * 1024 * 1024}
"""Maximum bytes of a file by its kind."""
MAX_PIXELS = 100_000_000
PDF = "application/pdf"
EPUB = "application/epub+zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
HTML = "text/html"
TEXT = "text/plain"

_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_OFFICE = {b"word/document.xml": DOCX, b"xl/workbook.xml": XLSX, b"ppt/presentation.xml": PPTX}
"""The member that only this kind of document has."""
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument."
_RICH_TEXT = b"{\\rtf"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 64 * 1024
_DIRECTORY = 1024 * 1024
"""Bytes at the end of a zip archive where the names of its members are looked for. Python's zipfile would
read all names, of which a hostile archive has millions."""
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PLAIN_CONTROLS = frozenset(b"\t\n\r\f\b\x1b")
_MOST_CONTROLS = 0.01
"""The part of a text that other control characters may be."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is: `kind` is `PICTURE` or `DOCUMENT`. A document has no width and height."""

    kind: str
    media_type: str
    width: int = 0
    height: int = 0


def kind_of(path: Path) -> Kind:
    """What a file is. Blocks.

    Raises:
        FileRefused: it is empty, too large for its kind, or of a kind that is not accepted.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head:
            raise FileRefused("empty")
        if head.startswith(b"PK\x03\x04"):
            file.seek(max(0, size - _DIRECTORY))
            found = Kind(DOCUMENT, _archive(head, file.read()))
        else:
            found = _picture(path, head) or Kind(DOCUMENT, _document(head))
    if size > (limit := MAX_SIZE[found.kind]):
        raise FileRefused(f"{found.kind}_too_large", limit=limit)
    return found


def _picture(path: Path, head: bytes) -> Kind | None:
    media_type = next((name for start, name in _PICTURES.items() if head.startswith(start)), "")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        media_type = "image/webp"
    if not media_type:
        return None
    try:
        width, height = (round(side) for side in imagesize.get(path))
    except Exception as error:  # whatever a library makes of a hostile header
        raise FileRefused("picture_broken") from error
    if width < 1 or height < 1:
        raise FileRefused("picture_broken")
    if width * height > MAX_PIXELS:
        raise FileRefused("too_many_pixels", limit=MAX_PIXELS // 1_000_000)
    return Kind(PICTURE, media_type, width, height)


def _archive(head: bytes, directory: bytes) -> str:
    if head[30:58] == b"mimetype" + EPUB.encode():
        return EPUB
    if head[30:].startswith(_OPEN_DOCUMENT):
        raise FileRefused("other_office")
    for member, media_type in _OFFICE.items():
        if member in directory:
            return media_type
    raise FileRefused("type")


def _document(head: bytes) -> str:
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(_OLD_OFFICE):
        raise FileRefused("old_office")
    if head.startswith(_RICH_TEXT):  # as text, it would be mostly markup
        raise FileRefused("other_office")
    if not _is_text(head):
        raise FileRefused("type")
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:64].lower()
    return HTML if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) else TEXT


def _is_text(head: bytes) -> bool:
    if head.startswith(_BYTE_ORDER_MARKS):
        return True
    controls = sum(byte < 32 and byte not in _PLAIN_CONTROLS for byte in head)
    return b"\0" not in head and controls <= len(head) * _MOST_CONTROLS
