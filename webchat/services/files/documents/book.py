"""EPUB, chapter by chapter in reading order (https://www.w3.org/TR/epub-33/)."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from webchat.services.files.documents.html import text_of
from webchat.services.files.documents.limits import Unreadable, open_archive
from webchat.services.files.documents.plain import decoded

_CONTAINER = "META-INF/container.xml"
_MOST = 20 * 1024 * 1024
"""Bytes of a chapter that are read."""


def parts(path: Path) -> Iterator[str]:
    """The text of each chapter."""
    with open_archive(path) as archive:
        package = next(
            (each.get("full-path") for each in _xml(archive, _CONTAINER).iter("{*}rootfile")), None
        )
        if not package:
            raise Unreadable("damaged")
        root = _xml(archive, package)
        files = {each.get("id"): each.get("href") for each in root.iter("{*}item")}
        folder = posixpath.dirname(package)
        seen: set[str] = set()
        for each in root.iter("{*}itemref"):
            name = posixpath.normpath(posixpath.join(folder, unquote(files.get(each.get("idref")) or "")))
            if name in seen or name not in archive.NameToInfo:
                continue
            seen.add(name)
            if text := text_of(decoded(_read(archive, name))):
                yield f"{text}\n\n"


def _xml(archive: zipfile.ZipFile, name: str) -> etree._Element:
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.fromstring(_read(archive, name), parser)
    except (etree.XMLSyntaxError, KeyError) as error:
        raise Unreadable("damaged") from error


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(_MOST)
