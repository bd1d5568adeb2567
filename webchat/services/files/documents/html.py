"""HTML, as the text that a browser would show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from webchat.services.files.documents.limits import MOST_TEXT, tidy
from webchat.services.files.documents.plain import decoded

_HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "object", "head"})
_LINES = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "footer"),
        *("figcaption", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main"),
        *("nav", "ol", "p", "pre", "section", "summary", "table", "tr", "ul"),
    }
)
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre", "blockquote"})
_LINE, _PARAGRAPH, _CELL = "\x01", "\x02", "\x03"
"""Where a line, a paragraph and a cell of a table begin or end."""
_PARAGRAPHS = re.compile("[\x01\x02 ]*\x02[\x01\x02 ]*")
_BREAKS = re.compile("[\x01 ]*\x01[\x01 ]*")
_MOST = 8 * MOST_TEXT
"""Bytes of markup that are read."""


def parts(path: Path) -> Iterator[str]:
    """The text of a page."""
    with path.open("rb") as file:
        yield text_of(decoded(file.read(_MOST)))


def text_of(markup: str) -> str:
    """The text of a page or a chapter."""
    if not markup.strip():
        return ""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True)
    # As bytes, because text that declares an encoding is refused.
    root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    if root is None:
        return ""
    text = _PARAGRAPHS.sub("\n\n", "".join(_texts(root)))
    text = _BREAKS.sub("\n", text).replace(f"\n{_CELL}", "\n").replace(_CELL, "\t")
    return tidy([text])


def _texts(root: etree._Element) -> Iterator[str]:
    """The texts of an element and those below it, without recursion, because pages nest without limit."""
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            hidden += tag in _HIDDEN
            if not hidden:
                yield _break(tag) or (_CELL if tag in {"td", "th"} else "")
                yield (element.text or "") if tag == "pre" else _spaced(element.text)
            continue
        hidden -= event == "end" and tag in _HIDDEN
        if not hidden:
            yield _break(tag)
            yield _spaced(element.tail)


def _break(tag: str) -> str:
    return _PARAGRAPH if tag in _SPACED else _LINE if tag in _LINES else ""


def _spaced(text: str | None) -> str:
    """Text with each run of spaces as one."""
    if not text:
        return ""
    inner = " ".join(text.split())
    return f"{' ' * text[0].isspace()}{inner}{' ' * text[-1].isspace()}" if inner else " "
