"""Small files of each kind, made when they are needed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import docx
import openpyxl
import pptx
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
PACKAGE = """<package><manifest><item id="a" href="one.xhtml"/><item id="b" href="two.xhtml"/></manifest>
<spine><itemref idref="b"/><itemref idref="a"/></spine></package>"""


def png(width: int = 2, height: int = 3, colour: int = 0) -> bytes:
    """A picture of one shade of grey; a large one ends after its first million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes([colour]) * width) * min(height, 1_000_000 // (width + 1))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text on each page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Resources << /Font << /F 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        lines = "".join(f"({line}) Tj 0 -14 Td " for line in text.split("\n"))
        content = f"BT /F 12 Tf 50 750 Td {lines}ET"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    data = b"%PDF-1.4\n"
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{each}\nendobj\n".encode()
    start = len(data)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return data + (
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    )


def word(*paragraphs: str) -> bytes:
    """A DOCX with a heading, paragraphs and a table."""
    document = docx.Document()
    document.add_heading("Heading", 1)
    for text in paragraphs:
        document.add_paragraph(text)
    row = document.add_table(1, 2).rows[0]
    row.cells[0].text, row.cells[1].text = "left", "right"
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def word_of(xml: str, notes: Mapping[str, str] | None = None) -> bytes:
    """A DOCX whose body is this markup, with parts such as `footnotes` made of theirs."""
    document = docx.Document()
    body = document.element.body
    for number, each in enumerate(parse_xml(f"<w:body {nsdecls('w')}>{xml}</w:body>")):
        body.insert(number, each)
    for name, markup in (notes or {}).items():
        data = f"<w:{name} {nsdecls('w')}>{markup}</w:{name}>".encode()
        kind = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{name}+xml"
        part = Part(PackURI(f"/word/{name}.xml"), kind, data)
        document.part.relate_to(part, f"{RELATIONSHIPS}/{name}")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def sheet(*rows: tuple[object, ...]) -> bytes:
    """An XLSX with one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def slides(*titles: str) -> bytes:
    """A PPTX with notes on each slide."""
    show = pptx.Presentation()
    for title in titles:
        slide = show.slides.add_slide(show.slide_layouts[0])
        slide.shapes.title.text = title
        slide.notes_slide.notes_text_frame.text = f"say {title}"
    file = io.BytesIO()
    show.save(file)
    return file.getvalue()


def book(one: str = "<p>First</p>", two: str = "<p>Second</p>") -> bytes:
    """An EPUB whose second chapter is read first."""
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OPS/book.opf": PACKAGE,
            "OPS/one.xhtml": f"<html><body>{one}</body></html>",
            "OPS/two.xhtml": f"<html><body>{two}</body></html>",
        }
    )


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """A zip archive; the first member is not compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for number, (name, data) in enumerate(members.items()):
            zipped.writestr(name, data, zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED)
    return file.getvalue()


def renamed(data: bytes, old: str, new: str) -> bytes:
    """An Office document whose parts say `new` where they said `old`."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old.encode(), new.encode()))
    return file.getvalue()
