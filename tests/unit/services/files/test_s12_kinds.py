"""What a file is, is found by its content, whatever its name and its sender say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import documents
from webchat.services.errors import FileRefused
from webchat.services.files import kinds
from webchat.services.files.kinds import DOCUMENT, DOCX, EPUB, HTML, PDF, PICTURE, PPTX, TEXT, XLSX, kind_of
from webchat.services.files.names import LONGEST, clean_name

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080003000201011100ffd9")
GIF = b"GIF89a\x02\x00\x03\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff;"
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x02\x00\x00"


def refusal(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(FileRefused) as caught:
        kind_of(path)
    return caught.value.reason


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (documents.png(), "image/png"),
        (JPEG, "image/jpeg"),
        (GIF, "image/gif"),
        (WEBP, "image/webp"),
    ],
    ids=["png", "jpeg", "gif", "webp"],
)
def test_pictures_have_a_size(tmp_path: Path, data: bytes, media_type: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)

    assert kind_of(path) == kinds.Kind(PICTURE, media_type, 2, 3)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (documents.pdf("Hello"), PDF),
        (documents.word("Hello"), DOCX),
        (documents.sheet((1,)), XLSX),
        (documents.slides("Hello"), PPTX),
        (documents.book(), EPUB),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><p>Hello", HTML),
        (b"a,b\r\n1,2\r\n", TEXT),
        ("жизнь".encode("utf-16"), TEXT),
        ("Größe".encode("cp1252"), TEXT),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", TEXT),
    ],
    ids=["pdf", "docx", "xlsx", "pptx", "epub", "html", "csv", "utf16", "cp1252", "svg"],
)
def test_documents(tmp_path: Path, data: bytes, media_type: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)

    assert kind_of(path) == kinds.Kind(DOCUMENT, media_type)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "type"),
        (b"\x7fELF\x02\x01\x01\x00", "type"),
        (documents.archive({"a.txt": "words"}), "type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old document", "old_office"),
        (b"{\\rtf1\\ansi words}", "other_office"),
        (documents.archive({"mimetype": "application/vnd.oasis.opendocument.text"}), "other_office"),
        (b"\x89PNG\r\n\x1a\n and no picture", "picture_broken"),
        (b"\xff\xd8\xff", "picture_broken"),
        (documents.png(0, 5), "picture_broken"),
        (documents.png(100_000, 100_000)[:100], "too_many_pixels"),
        (b"words \x00 and bytes", "type"),
    ],
    ids=["empty", "exe", "elf", "zip", "doc", "rtf", "odt", "png", "jpeg", "flat", "bomb", "binary"],
)
def test_everything_else_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    assert refusal(tmp_path, data) == reason


def test_each_kind_has_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "MAX_SIZE", {PICTURE: 10, DOCUMENT: 5})

    assert refusal(tmp_path, documents.png()) == "picture_too_large"
    assert refusal(tmp_path, b"123456") == "document_too_large"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.pdf", "a.pdf"),
        ("a\r\nSet-Cookie: b.png", "a Set-Cookie: b.png"),
        ("\u202egpj.exe", "gpj.exe"),
        ("Бюджет 2026.xlsx", "Бюджет 2026.xlsx"),
        ("\0", "file"),
        ("...", "file"),
        ("", "file"),
        ("\ud800.txt", "txt"),
        ("x" * 5000 + ".csv", "x" * (LONGEST - 4) + ".csv"),
        ("y" * 5000, "y" * LONGEST),
    ],
)
def test_hostile_names(given: str, name: str) -> None:
    assert clean_name(given) == name
