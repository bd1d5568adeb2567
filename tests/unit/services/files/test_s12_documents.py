"""Documents become text in a process of its own, and hostile ones a reason why not."""

from __future__ import annotations

import json
import sys
import textwrap
from datetime import date, datetime, time
from pathlib import Path

import pytest

from tests import documents
from webchat.services.files import reading
from webchat.services.files.documents import limits, worker
from webchat.services.files.documents.limits import MOST_TEXT
from webchat.services.files.kinds import DOCX, EPUB, HTML, PDF, PPTX, TEXT, XLSX
from webchat.services.files.reading import Text, read_document

BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1 or chr(0)};".replace(chr(0), "") * 10}">' for n in range(1, 20)
)


def text_of(tmp_path: Path, data: bytes, media_type: str, seconds: float = 60) -> tuple[str, str]:
    path = tmp_path / "document"
    path.write_bytes(data)
    text, problem = worker.read(path, media_type, seconds)
    return text.decode(), problem


def test_word(tmp_path: Path) -> None:
    assert text_of(tmp_path, documents.word("Hello", "there"), DOCX) == (
        "# Heading\n\nHello\n\nthere\n\nleft\tright\n\n",
        "",
    )


def test_word_with_content_controls_and_tracked_changes(tmp_path: Path) -> None:
    data = documents.word_of(
        "<w:sdt><w:sdtPr><w:alias w:val='no'/></w:sdtPr><w:sdtContent>"
        "<w:p><w:r><w:t>A whole paragraph</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t>Some </w:t></w:r>"
        "<w:ins w:id='1' w:author='a'><w:r><w:t>inserted</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='a'><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:sdt><w:sdtContent><w:r><w:t> words</w:t></w:r></w:sdtContent></w:sdt></w:p>"
    )

    assert text_of(tmp_path, data, DOCX) == ("A whole paragraph\n\nSome inserted words\n\n", "")


def test_word_with_notes_and_comments(tmp_path: Path) -> None:
    data = documents.word_of(
        "<w:p><w:r><w:t>Said</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r>"
        "<w:r><w:t> and done</w:t><w:endnoteReference w:id='1'/><w:commentReference w:id='0'/></w:r></w:p>",
        {
            "footnotes": "<w:footnote w:type='separator' w:id='0'>"
            "<w:p><w:r><w:separator/></w:r></w:p></w:footnote>"
            "<w:footnote w:id='2'><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>by one</w:t></w:r></w:p>"
            "<w:p><w:ins w:id='9' w:author='a'><w:r><w:t>or two</w:t></w:r></w:ins></w:p></w:footnote>",
            "endnotes": "<w:endnote w:id='1'><w:p><w:r><w:t>by three</w:t></w:r></w:p></w:endnote>",
            "comments": "<w:comment w:id='0' w:author='a'><w:p><w:r><w:t>Sure?</w:t></w:r></w:p></w:comment>",
        },
    )

    assert text_of(tmp_path, data, DOCX) == (
        "Said[^2] and done[^e1][^c0]\n\n[^2]: by one or two\n\n[^e1]: by three\n\n[^c0]: Sure?\n\n",
        "",
    )


def test_word_whose_notes_are_damaged_keeps_its_text(tmp_path: Path) -> None:
    data = documents.word_of("<w:p><w:r><w:t>Said</w:t></w:r></w:p>", {"footnotes": "<w:footnote>"})
    assert text_of(tmp_path, data, DOCX) == ("Said\n\n", "cut")


def test_word_with_text_boxes(tmp_path: Path) -> None:
    old = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    inner = "<w:txbxContent><w:p><w:r><w:t>inner</w:t></w:r></w:p></w:txbxContent>"
    outer = f"<w:p><w:r><w:t>boxed</w:t></w:r><w:r><w:pict>{inner}</w:pict></w:r></w:p>"
    box = f"<w:txbxContent>{outer}</w:txbxContent>"
    data = documents.word_of(
        f"<w:p><w:r><w:t>Before</w:t></w:r><w:r><mc:AlternateContent xmlns:mc='{old}'>"
        f"<mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p><w:p><w:r><w:t>after</w:t></w:r></w:p>"
    )

    assert text_of(tmp_path, data, DOCX) == ("Before\n\nboxed\n\ninner\n\nafter\n\n", "")


def test_sheet(tmp_path: Path) -> None:
    data = documents.sheet(("name", "of\nit"), (), ("b", 2.5, None), (None, None, "=1+1"))
    assert text_of(tmp_path, data, XLSX) == ("[Sheet Sheet]\nname\tof it\nb\t2.5\n\n", "")


def test_sheet_with_dates(tmp_path: Path) -> None:
    data = documents.sheet((date(2026, 1, 5), datetime(2026, 1, 5, 14, 30), time(9, 15)))
    assert text_of(tmp_path, data, XLSX) == (
        "[Sheet Sheet]\n2026-01-05\t2026-01-05 14:30:00\t09:15:00\n\n",
        "",
    )


def test_slides(tmp_path: Path) -> None:
    assert text_of(tmp_path, documents.slides("One", "Two"), PPTX) == (
        "[Slide 1]\nOne\n\nNotes: say One\n\n[Slide 2]\nTwo\n\nNotes: say Two\n\n",
        "",
    )


def test_book(tmp_path: Path) -> None:
    assert text_of(tmp_path, documents.book(), EPUB) == ("Second\n\nFirst\n\n", "")


def test_pdf(tmp_path: Path) -> None:
    assert text_of(tmp_path, documents.pdf("One\nline", "", "Three"), PDF) == (
        "[Page 1]\nOne\nline\n\n[Page 3]\nThree\n\n",
        "",
    )


def test_html(tmp_path: Path) -> None:
    page = b"""<html><head><title>T</title><script>bad()</script></head><body><h1>Head</h1>some <b>bold</b>
    words<!-- no --> after<style>p{}</style><ul><li>one<li>two</ul><pre>a
  b</pre><table><tr><td>1<td>2</tr></table>&eacute;</body></html>"""

    assert text_of(tmp_path, page, HTML) == (
        "Head\n\nsome bold words after\n\none\ntwo\n\na\n  b\n\n1\t2\n\né",
        "",
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Größe €".encode("cp1252"), "Größe €"),
        ("жизнь".encode("utf-16"), "жизнь"),
        (b"\xef\xbb\xbfwords", "words"),
        ("日本".encode()[:-1], "日"),
        ("Имя;Город\r\nИван;Уфа".encode("cp1251"), "Имя;Город\r\nИван;Уфа"),
        ("# вернуть сумму\nreturn a + b".encode("koi8_r"), "# вернуть сумму\nreturn a + b"),
        ("Привет, мир".encode("cp866"), "Привет, мир"),
        ("# coding: shift_jis\n日本語".encode("shift_jis"), "# coding: shift_jis\n日本語"),
        ("# coding: nothing\nнет".encode("cp1251"), "# coding: nothing\nнет"),
        ("Voilà l’été, créée « À »".encode("cp1252"), "Voilà l’été, créée « À »"),
    ],
    ids=["1252", "utf16", "mark", "cut", "1251", "koi8", "866", "declared", "unknown", "french"],
)
def test_text_in_any_encoding(tmp_path: Path, data: bytes, text: str) -> None:
    assert text_of(tmp_path, data, TEXT) == (text, "")


LETTER = {
    "ru": "Очередь с ограничением создаёт давление на отправителя. Когда она заполнена, он ждёт. ",
    "el": "Μια φραγμένη ουρά δημιουργεί αντίθλιψη. Ο αποστολέας περιμένει να ελευθερωθεί χώρος. ",
    "ja": "送信者は受信者が場所を空けるまで待ちます。これは簡単ですが、遅延が増えるという代償があります。",
    "zh": "发送者会等待，直到接收者腾出空间。这很简单，但代价是延迟会增加。今天天气很好。",
    "zh-TW": "發送者會等待，直到接收者騰出空間。這很簡單，但代價是延遲會增加。今天天氣很好。",
    "ko": "보내는 쪽은 받는 쪽이 자리를 비울 때까지 기다립니다. 간단하지만 대가가 있습니다. ",
    "de": "Größe, Öl, Übung, Straße: der Sender wartet, bis der Empfänger Platz schafft. ",
    "fr": "Où est passé le café ? L'élève l'a vu à la forêt, ce garçon est naïf. ",
}


@pytest.mark.parametrize("times", [1, 2, 40])
@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *(("ru", encoding) for encoding in ("cp1251", "koi8_r", "cp866")),
        *(("ja", encoding) for encoding in ("shift_jis", "euc_jp")),
        *(("zh", "gb18030"), ("zh-TW", "big5"), ("ko", "euc_kr")),
        *(("de", "cp1252"), ("fr", "cp1252")),
    ],
)
def test_the_encoding_of_a_text_is_found(tmp_path: Path, language: str, encoding: str, times: int) -> None:
    text = LETTER[language] * times

    assert text_of(tmp_path, text.encode(encoding), TEXT) == (text, "")


@pytest.mark.parametrize(("language", "encoding"), [("el", "cp1253"), ("ru", "mac_cyrillic")])
def test_the_encoding_of_a_longer_text_is_found(tmp_path: Path, language: str, encoding: str) -> None:
    text = LETTER[language] * 4

    assert text_of(tmp_path, text.encode(encoding), TEXT) == (text, "")


def test_a_page_in_the_encoding_it_declares(tmp_path: Path) -> None:
    page = '<html><head><meta charset="windows-1251"></head><body>Да</body></html>'.encode("cp1251")
    chapter = '<?xml version="1.0" encoding="windows-1251"?><html><body>Да</body></html>'.encode("cp1251")
    members = {"mimetype": "application/epub+zip", "META-INF/container.xml": documents.CONTAINER}
    members |= {"OPS/book.opf": documents.PACKAGE}
    book = documents.archive(members | {"OPS/one.xhtml": chapter, "OPS/two.xhtml": ""})

    assert text_of(tmp_path, page, HTML) == ("Да", "")
    assert text_of(tmp_path, book, EPUB) == ("Да\n\n", "")


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml"


@pytest.mark.parametrize(
    ("data", "media_type", "old", "new"),
    [
        (
            documents.word("Hello"),
            DOCX,
            f"{WORD}.document.main",
            "application/vnd.ms-word.document.macroEnabled.main",
        ),
        (
            documents.sheet(("Hello",)),
            XLSX,
            f"{SHEET}.sheet.main",
            "application/vnd.ms-excel.sheet.macroEnabled.main",
        ),
        (
            documents.slides("Hello"),
            PPTX,
            f"{SLIDES}.presentation.main",
            "application/vnd.ms-powerpoint.presentation.macroEnabled.main",
        ),
        (documents.word("Hello"), DOCX, f"{WORD}.document.main", f"{WORD}.template.main"),
        (documents.sheet(("Hello",)), XLSX, f"{SHEET}.sheet.main", f"{SHEET}.template.main"),
        (documents.slides("Hello"), PPTX, f"{SLIDES}.presentation.main", f"{SLIDES}.template.main"),
        (documents.slides("Hello"), PPTX, f"{SLIDES}.presentation.main", f"{SLIDES}.slideshow.main"),
    ],
    ids=["docm", "xlsm", "pptm", "dotx", "xltx", "potx", "ppsx"],
)
def test_macros_templates_and_slide_shows_are_read_as_their_text(
    tmp_path: Path, data: bytes, media_type: str, old: str, new: str
) -> None:
    text, problem = text_of(tmp_path, documents.renamed(data, old, new), media_type)

    assert "Hello" in text
    assert problem == ""


def test_a_document_that_is_another_kind_inside(tmp_path: Path) -> None:
    assert text_of(tmp_path, documents.slides("Hello"), DOCX) == ("", "damaged")
    assert text_of(tmp_path, documents.word("Hello"), PPTX) == ("", "damaged")


def test_pages_of_a_pdf_in_a_circle(tmp_path: Path) -> None:
    data = documents.pdf("Hello").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")

    assert text_of(tmp_path, data, PDF) == ("", "no_text")


def test_a_pdf_that_claims_a_million_pages(tmp_path: Path) -> None:
    data = documents.pdf("Hello").replace(b"/Count 1", b"/Count 1000000")

    assert text_of(tmp_path, data, PDF) == ("[Page 1]\nHello\n\n", "")


def test_a_pdf_of_empty_pages_is_given_up_in_time(tmp_path: Path) -> None:
    data = documents.pdf("One", *[""] * 20, "Last")

    assert text_of(tmp_path, data, PDF, seconds=0) == ("[Page 1]\nOne\n\n", "cut")
    assert text_of(tmp_path, documents.pdf(*[""] * 20, "Last"), PDF, seconds=0) == ("", "too_long")


@pytest.mark.parametrize(
    ("data", "media_type", "problem"),
    [
        (b"%PDF-1.4\n garbage", PDF, "damaged"),
        (documents.pdf(""), PDF, "no_text"),
        (documents.word("Hello")[:-50], DOCX, "damaged"),
        (documents.archive({"a": "", "word/document.xml": "<a"}), DOCX, "damaged"),
        (documents.archive({"a": "", "xl/workbook.xml": BOMB + "]><a>&a19;</a>"}), XLSX, "damaged"),
        (documents.book(one="", two=""), EPUB, "no_text"),
        (documents.archive({"mimetype": "application/epub+zip"}), EPUB, "damaged"),
        (b" \n ", TEXT, "no_text"),
        (b" " * (MOST_TEXT + 1), TEXT, "no_text"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, data: bytes, media_type: str, problem: str) -> None:
    assert text_of(tmp_path, data, media_type) == ("", problem)


def test_entities_of_a_book_are_not_resolved(tmp_path: Path) -> None:
    package = BOMB + "]>" + documents.PACKAGE.replace("<manifest>", "<manifest><x>&a19;</x>")
    outside = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><html><body><p>in &e;</p></body></html>'
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": documents.CONTAINER,
        "OPS/book.opf": package,
        "OPS/one.xhtml": outside,
        "OPS/two.xhtml": "",
    }
    text, problem = text_of(tmp_path, documents.archive(members), EPUB)

    assert "root:" not in text
    assert problem in {"", "damaged", "no_text"}


def test_archives_that_would_be_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = documents.archive({"mimetype": "", "word/document.xml": b" " * 5_000_000})
    monkeypatch.setattr(limits, "MOST_UNPACKED", 1_000_000)
    assert text_of(tmp_path, data, DOCX) == ("", "too_complex")
    monkeypatch.setattr(limits, "MOST_MEMBERS", 1)
    assert text_of(tmp_path, documents.book(), EPUB) == ("", "too_complex")


def test_a_long_text_is_cut(tmp_path: Path) -> None:
    text, problem = text_of(tmp_path, "é".encode() * MOST_TEXT, TEXT)

    assert problem == "cut"
    assert text == "é" * (MOST_TEXT // 2)


def test_what_was_read_in_time_is_kept(tmp_path: Path) -> None:
    text, problem = text_of(tmp_path, documents.pdf(*map(str, range(50))), PDF, seconds=0)

    assert (text, problem) == ("[Page 1]\n0\n\n", "cut")


def test_markup_that_nests_without_end(tmp_path: Path) -> None:
    text, _ = text_of(tmp_path, b"<div>" * 100_000 + b"deep", HTML)

    assert len(text) < 100


async def test_a_process_reads_a_document(tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(documents.pdf("Hello"))

    assert await read_document(path, PDF) == Text(b"[Page 1]\nHello\n\n")


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("import time; time.sleep(60)", "too_long"),
        ("raise SystemExit(1)", "damaged"),
        ("print('x' * 100_000)", "damaged"),
        ("import json; print(json.dumps({'bytes': 10, 'problem': ''})); print('short')", "damaged"),
    ],
)
async def test_a_process_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, problem: str
) -> None:
    monkeypatch.setattr(reading, "_COMMAND", (sys.executable, "-c", textwrap.dedent(script)))
    seconds = 0.2 if problem == "too_long" else 30

    found = await read_document(tmp_path / "none", TEXT, seconds)

    assert found.problem is not None
    assert (found.text, found.problem.reason) == (b"", problem)


async def test_memory_of_the_process_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "greedy.py"
    module.write_text(
        "from webchat.services.files.documents import plain, worker\n"
        "plain.parts = lambda path: iter(['x' * (2 * worker.MOST_MEMORY)])\n"
        "worker.main()\n"
    )
    monkeypatch.setattr(reading, "_COMMAND", (sys.executable, str(module)))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))

    found = await read_document(tmp_path / "none", TEXT)

    assert found.problem is not None
    assert json.dumps(found.problem.arguments) == '{"reason": "too_complex"}'
