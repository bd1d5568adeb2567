"""Converts an answer's Markdown to HTML: raw HTML is shown as text, except for a few harmless elements,
images as links, and nothing is loaded."""

from __future__ import annotations

import base64
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from webchat.rendering.code import Painter
from webchat.rendering.formula_syntax import formulas
from webchat.rendering.harmless_html import replace_html
from webchat.rendering.kept_together import scrolls
from webchat.rendering.limits import (
    DRAWN_SIZE,
    PAGE_SECONDS,
    PAGE_SIZE,
    OutOfTime,
    Room,
    TooLarge,
    processor_time,
    seconds_for,
    size_for,
)
from webchat.rendering.links import REL, is_allowed
from webchat.rendering.mathml import to_mathml
from webchat.rendering.texts import clean, escaped
from webchat.rendering.tidying import tidy
from webchat.words.text import t

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict


_DEEPEST = 60
_MOST_FORMULAS = 500
"""Maximum formulas per answer; further ones are shown as source, so that no answer takes seconds."""
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")


class PageBudget:
    """State shared by the answers of a page: the numbering of scrollable regions, and the limits."""

    def __init__(self, seconds: float = PAGE_SECONDS, size: int = PAGE_SIZE) -> None:
        self._counted: Counter[str] = Counter()
        self.painter = Painter()
        self.seconds = seconds
        self.room = Room(size)
        self.drawn = Room(DRAWN_SIZE)
        self.answers = 0

    def region(self, kind: str, more: str = "") -> str:
        """Return attributes that make a scrollable box a named region reachable by keyboard."""
        self._counted[kind] += 1
        name = f"{kind} {self._counted[kind]}" + (f", {more}" if more else "")
        return f'role="region" tabindex="0" aria-label="{escaped(name)}"'


def to_html(text: str, sheet: PageBudget, drawings: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return an answer's Markdown as HTML, or as plain text if formatting would cost too much.

    Args:
        drawings: the SVG of diagrams by their source, without space around it; others are shown as source.
    """
    text = clean(text)
    formatted = _formatted(text, sheet, drawings) if sheet.seconds > 0 else None
    return f'{_note()}<div class="plain" dir="auto">{escaped(text)}</div>' if formatted is None else formatted


def _note() -> str:
    words = t("Shown as plain text because this answer is too complex to format.")
    return f'<p class="note">{escaped(words)}</p>\n'


def _formatted(text: str, sheet: PageBudget, drawings: Mapping[str, str]) -> str | None:
    """The HTML of an answer; None if it is nested too deeply, too large, or takes too long."""
    room = Room(min(sheet.room.left, size_for(text)))
    sheet.answers += 1
    environment: dict[str, Any] = {
        "sheet": sheet,
        "formulas": 0,
        "room": room,
        "answer": sheet.answers,
        "drawings": drawings,
        "drawn": 0,
    }
    parser = _parser()
    began = time.process_time()
    try:
        with processor_time(min(sheet.seconds, seconds_for(text))):
            tokens = parser.parse(text, environment)
            # The parser drops what is nested too deeply, but no text may be lost.
            if any(token.level >= _DEEPEST - 1 for token in tokens):
                return None
            html = str(parser.renderer.render(tokens, parser.options, environment))
            sheet.room.take(len(html) - environment["drawn"])
            return html
    except (RecursionError, MemoryError, OutOfTime, TooLarge):
        return None
    finally:
        sheet.seconds -= time.process_time() - began


@lru_cache(maxsize=1)
def bounded_renderer() -> type[RendererHTML]:
    """The library's renderer, which raises `TooLarge` above the maximum HTML of an answer."""
    from markdown_it.renderer import RendererHTML

    class Bounded(RendererHTML):
        def render(self, tokens: Sequence[Token], options: OptionsDict, env: Any) -> str:
            pieces = []
            for index, token in enumerate(tokens):
                if token.type == "inline":
                    pieces.append(self.renderInline(token.children or [], options, env))
                else:
                    pieces.append(self._taken(tokens, index, options, env))
            return "".join(pieces)

        def renderInline(self, tokens: Sequence[Token], options: OptionsDict, env: Any) -> str:
            return "".join(self._taken(tokens, index, options, env) for index in range(len(tokens)))

        def _taken(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: Any) -> str:
            rule = self.rules.get(tokens[index].type, self.renderToken)
            piece = rule(tokens, index, options, env)
            env["room"].take(len(piece))
            return piece

    return Bounded


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt(
        "commonmark",
        {"html": True, "linkify": True, "maxNesting": _DEEPEST},
        renderer_cls=bounded_renderer(),
    )
    parser.enable(["table", "strikethrough", "linkify"])
    if parser.linkify is not None:
        # Only whole addresses; "readme.md" is no link.
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    parser.use(formulas)
    parser.use(footnote_plugin, inline=False)
    parser.core.ruler.push("harmless_html", replace_html)
    parser.core.ruler.push("tidy", tidy)
    parser.validateLink = is_allowed  # type: ignore[assignment, method-assign]
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _code(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
) -> str:
    token = tokens[index]
    found = _LANGUAGE.match(token.info.strip())
    language = found[0] if found else ""
    drawing = env["drawings"].get(token.content.strip()) if language.lower() == "mermaid" else None
    if drawing is not None and len(drawing) <= env["sheet"].drawn.left:
        return _diagram(token.content, drawing, env)
    attributes = env["sheet"].region(t("Code"), language)
    painted = env["sheet"].painter.to_html(token.content, language)
    caption = f"<figcaption>{escaped(language)}</figcaption>" if language else ""
    return (
        f'<figure class="code" dir="ltr">{caption}<pre {attributes}><code>{painted}</code></pre></figure>\n'
    )


def _diagram(source: str, drawing: str, env: dict[str, Any]) -> str:
    """A drawn diagram as an image, in which nothing runs or loads, and its source."""
    address = f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode('utf-8', 'replace')).decode()}"
    env["sheet"].drawn.take(len(drawing))
    env["room"].left += len(address)  # drawings have a limit of their own
    env["drawn"] += len(address)
    image = f'<img src="{address}" alt="{escaped(t("Diagram"))}">'
    attributes = env["sheet"].region(t("Code"), "mermaid")
    return (
        f'<figure class="diagram"><div>{image}</div>'
        f"<details><summary>{escaped(t('Source of the diagram'))}</summary>"
        f'<pre {attributes} dir="ltr"><code>{escaped(source)}</code></pre></details></figure>\n'
    )


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
) -> str:
    token = tokens[index]
    address = str(token.attrs.get("src", ""))
    name = renderer.renderInlineAsText(token.children, options, env).strip() or address
    if token.meta.get("in_link"):
        return f"{escaped(name)} (image)"
    host = escaped(urlsplit(address).netloc)
    link = f'<a href="{escaped(address)}" rel="{REL}">{escaped(name)}</a>'
    return f'<span class="picture">{link} <small>{host}</small></span>'


def _formula(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
) -> str:
    token = tokens[index]
    display = token.info == "display"
    env["formulas"] += 1
    shown = to_mathml(token.content.strip(), display=display) if env["formulas"] <= _MOST_FORMULAS else None
    if shown is None:
        closer = {"\\(": "\\)", "\\[": "\\]"}.get(token.markup, token.markup)
        shown = f"<code>{escaped(token.markup + token.content + closer)}</code>"
    tag = "div" if token.block else "span"
    kind = "display" if display else "inline"
    wide = display or scrolls(token.content)
    region = " " + env["sheet"].region(t("Formula")) if wide else ""
    return f'<{tag} class="math {kind}{" wide" if wide else ""}"{region}>{shown}</{tag}>'


def _table_open(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
) -> str:
    return f'<div class="wide" {env["sheet"].region(t("Table"))}><table dir="auto">\n'


def _table_close(*_: object) -> str:
    return "</table></div>\n"


def _task(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
) -> str:
    done = bool(tokens[index].content)
    label = escaped(t("Done") if done else t("To do"))
    return f'<span role="img" aria-label="{label}">{"☑" if done else "☐"}</span> '


def _footnote_ids(token: Token, env: dict[str, Any]) -> tuple[str, str]:
    """The ids of a footnote and of the reference to it, which are unique on the page."""
    number = f"{env['answer']}-{token.meta['id'] + 1}"
    again = f"-{token.meta['subId'] + 1}" if token.meta.get("subId") else ""
    return f"note-{number}", f"reference-{number}{again}"


def _footnote_reference(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
) -> str:
    note, reference = _footnote_ids(tokens[index], env)
    return f'<sup><a href="#{note}" id="{reference}">{tokens[index].meta["id"] + 1}</a></sup>'


def _footnote_open(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
) -> str:
    return f'<li id="{_footnote_ids(tokens[index], env)[0]}">'


def _footnote_anchor(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
) -> str:
    token = tokens[index]
    label = escaped(t("Back to reference {number}", number=token.meta["id"] + 1))
    return f' <a href="#{_footnote_ids(token, env)[1]}" aria-label="{label}">↩</a>'


_RULES: dict[str, Callable[..., str]] = {
    "fence": _code,
    "code_block": _code,
    "image": _image,
    "formula": _formula,
    "table_open": _table_open,
    "table_close": _table_close,
    "task": _task,
    "footnote_ref": _footnote_reference,
    "footnote_block_open": lambda *_: '<section class="footnotes" aria-label="Footnotes"><ol>\n',
    "footnote_block_close": lambda *_: "</ol></section>\n",
    "footnote_open": _footnote_open,
    "footnote_close": lambda *_: "</li>\n",
    "footnote_anchor": _footnote_anchor,
}
