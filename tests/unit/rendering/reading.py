"""A page as a browser's parser reads it, and what may be in one."""

from __future__ import annotations

import re
from datetime import date
from xml.etree.ElementTree import Element, TreeBuilder

from selectolax.lexbor import LexborHTMLParser, LexborNode

from webchat.messages import Role
from webchat.snapshot import SharedMessage, Snapshot

DAY = date(2026, 11, 21)
ADDRESS = "https://chat.example.org/share/abc"

MATHML = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "mpadded", "mphantom", "menclose"}
MATHML |= {"mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover"}
MATHML |= {"mtable", "mtr", "mtd", "mmultiscripts", "mprescripts"}
FRAME = {"html", "head", "meta", "title", "link", "style", "body", "header", "h1", "h2", "p", "time", "main"}
FRAME |= {"article", "div", "span", "bdi", "footer", "a", "form", "button", "label", "input"}
MARKDOWN = {"pre", "code", "em", "strong", "s", "ul", "ol", "li", "blockquote", "hr", "br", "h3", "h4", "h5"}
MARKDOWN |= {"h6", "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "small", "section"}
MARKDOWN |= {"sub", "sup", "kbd", "details", "summary"}
ATTRIBUTES = {
    "lang",
    "charset",
    "name",
    "content",
    "property",
    "rel",
    "href",
    "dir",
    "datetime",
    "class",
    "role",
}
ATTRIBUTES |= {"tabindex", "aria-label", "title", "start", "download", "method", "action", "http-equiv"}
ATTRIBUTES |= {
    "type",
    "id",
    "for",
    "autocomplete",
    "required",
    "autofocus",
    "aria-invalid",
    "aria-describedby",
    "open",
}
ONCE = {"html", "head", "title", "link", "style", "body", "main", "h1"}
OWN = {
    "/share/abc/webchat.md",
    "/share/abc/webchat.html",
}
_ELSEWHERE = re.compile(r"(?:https?://[^/\\]|mailto:)|#(?:note|reference)-[\d-]+$", re.IGNORECASE)


def question(text: str) -> SharedMessage:
    return SharedMessage(Role.USER, text)


def answer(text: str, model: str = "gpt-4o") -> SharedMessage:
    return SharedMessage(Role.ASSISTANT, text, model)


def snapshot(*messages: SharedMessage, title: str = "A talk") -> Snapshot:
    return Snapshot(title, DAY, messages)


def read(page: str) -> Element:
    """The tree that a browser makes of a page, comments included."""
    page.encode()
    builder = TreeBuilder(insert_comments=True)
    root = LexborHTMLParser(page).root
    assert root is not None
    waiting: list[LexborNode | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            builder.end(node)
        elif node.is_text_node:
            builder.data(node.text_content or "")
        elif node.is_comment_node:
            builder.comment(node.comment_content)
        else:
            tag = str(node.tag)
            builder.start(tag, {name: value or "" for name, value in node.attributes.items()})
            waiting += [tag, *reversed(list(node.iter(include_text=True)))]
    return builder.close()


def words(element: Element) -> str:
    return "".join(element.itertext())


def of_class(page: Element, name: str) -> list[Element]:
    return [element for element in page.iter() if name in str(element.get("class", "")).split()]


def assert_harmless(html: str) -> Element:
    """Nothing runs, nothing is fetched, nothing leads into this server but the page's own links."""
    page = read(html)
    formulas = {part for math in page.iter("math") for part in math.iter() if part.tag in MATHML}
    counted: dict[str, int] = {}
    for element in page.iter():
        if not isinstance(element.tag, str):
            raise AssertionError(f"a comment: {element.text!r}")
        if element in formulas:
            assert {name.lower() for name in element.attrib}.isdisjoint(
                {"href", "class", "style", "id", "src"}
            )
            assert not [name for name in element.attrib if name.lower().startswith("on") or ":" in name]
            continue
        counted[element.tag] = counted.get(element.tag, 0) + 1
        assert element.tag in FRAME | MARKDOWN, element.tag
        assert set(element.attrib) <= ATTRIBUTES, element.attrib
        if element.tag == "a":
            assert element.get("href") in OWN or _ELSEWHERE.match(element.get("href", "")), element.attrib
        elif element.tag == "link":
            assert element.get("rel") == "icon"
            assert element.get("href", "").startswith("data:image/svg+xml,%3Csvg")
        elif element.tag == "form":
            assert element.get("action") in ("/share/abc/continue", "/share/abc")
        elif element.tag == "meta":
            assert element.get("http-equiv") in (None, "Content-Security-Policy")
        else:
            assert "href" not in element.attrib
    assert {name for name in ONCE if counted.get(name) != 1} == set()
    return page
