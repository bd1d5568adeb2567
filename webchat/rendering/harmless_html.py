"""The HTML that answers may contain: `br`, `sub`, `sup`, `kbd`, `details` and `summary`, without attributes
other than `open`. Everything else stays text. The same rules as `assets/markdown/harmless_html.js`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

_TAG = re.compile(r'<(/?)(br|sub|sup|kbd|details|summary)(\s+open(?:="")?)?\s*/?>', re.IGNORECASE)
_INLINE = {"sub", "sup", "kbd"}


def replace_html(state: StateCore) -> None:
    """Replace all HTML by elements or text; a core rule of the parser, after `inline`."""
    blocks = _Blocks()
    for token in state.tokens:
        blocks.add(token)
    blocks.close_folds()
    state.tokens = blocks.done


class _Blocks:
    """The blocks so far; `<details>` that are still open in a container are closed at its end."""

    def __init__(self) -> None:
        self.done: list[Token] = []
        self._folds = [0]  # open in each container, outermost first

    def add(self, token: Token) -> None:
        """Add the next block, or what replaces it."""
        if token.type == "html_block":
            self._add_html(token.content)
            return
        if token.nesting < 0:
            self.close_folds()
            self._folds.pop()
        token.level += sum(self._folds)
        if token.nesting > 0:
            self._folds.append(0)
        if token.children:
            token.children = inline(token.children)
        self.done.append(token)

    def close_folds(self) -> None:
        """Close what is open in the current container."""
        while self._folds[-1]:
            self._close_fold()

    def _close_fold(self) -> None:
        self._folds[-1] -= 1
        self._push("details_close", "details", -1)

    def _push(self, kind: str, tag: str, nesting: int) -> Token:
        from markdown_it.token import Token

        token = Token(kind, tag, nesting, level=sum(self._folds) + len(self._folds) - 1, block=True)  # type: ignore[arg-type]
        self.done.append(token)
        return token

    def _add_html(self, html: str) -> None:
        pieces = list(_pieces(html))
        words: list[Token] = []
        at = 0
        while at < len(pieces):
            source, found = pieces[at]
            at += 1
            if found is None:
                words.append(_text(source))
                continue
            tag, closing = found[2].lower(), bool(found[1])
            end = (
                _end_of_summary(pieces, at) if tag == "summary" and not closing and self._folds[-1] else None
            )
            if tag == "details" and (not closing or self._folds[-1]):
                self._add_paragraph(words)
                words = []
                if closing:
                    self._close_fold()
                else:
                    fold = self._push("details_open", "details", 1)
                    fold.attrs |= {"open": ""} if found[3] else {}
                    self._folds[-1] += 1
            elif end is not None:
                self._add_paragraph(words)
                words = []
                self._push("summary_open", "summary", 1)
                self._push("inline", "", 0).children = inline([_html_or_text(*one) for one in pieces[at:end]])
                self._push("summary_close", "summary", -1)
                at = end + 1
            else:
                words.append(_html_or_text(source, found))
        self._add_paragraph(words)

    def _add_paragraph(self, words: Sequence[Token]) -> None:
        children = inline(words)
        if children and children[0].type == "text":
            children[0].content = children[0].content.lstrip()
        if children and children[-1].type == "text":
            children[-1].content = children[-1].content.rstrip()
        if any(child.type != "text" or child.content for child in children):
            self._push("paragraph_open", "p", 1).attrs["class"] = "plain"
            text = self._push("inline", "", 0)
            text.children = children
            text.content = "".join(child.content for child in children)
            self._push("paragraph_close", "p", -1)


def inline(tokens: Sequence[Token]) -> list[Token]:
    """Match the tags among inline tokens; a tag without its counterpart is text."""
    from markdown_it.token import Token

    done: list[Token] = []
    opened: list[list[tuple[str, int]]] = [[]]  # in each element around: tags and their places in `done`
    for token in tokens:
        if token.type != "html_inline":
            if token.nesting < 0 and len(opened) > 1:
                opened.pop()
            elif token.nesting > 0:
                opened.append([])
            done.append(token)
            continue
        found = _TAG.fullmatch(token.content)
        tag, closing = (found[2].lower(), bool(found[1])) if found else ("", False)
        done.append(_text(token.content))
        if tag == "br" and not closing:
            done[-1] = Token("hardbreak", "br", 0)
        elif tag in _INLINE and not closing:
            opened[-1].append((tag, len(done) - 1))
        elif tag in _INLINE and (at := _last(opened[-1], tag)) is not None:
            done[opened[-1][at][1]] = Token(f"{tag}_open", tag, 1)
            done[-1] = Token(f"{tag}_close", tag, -1)
            del opened[-1][at:]
    return done


def _last(opened: Sequence[tuple[str, int]], tag: str) -> int | None:
    return next((at for at in reversed(range(len(opened))) if opened[at][0] == tag), None)


def _pieces(html: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """The tags of a piece of HTML and the text between them."""
    at = 0
    for found in _TAG.finditer(html):
        if found.start() > at:
            yield html[at : found.start()], None
        yield found[0], found
        at = found.end()
    if at < len(html):
        yield html[at:], None


def _end_of_summary(pieces: Sequence[tuple[str, re.Match[str] | None]], start: int) -> int | None:
    for at in range(start, len(pieces)):
        found = pieces[at][1]
        if found and found[2].lower() == "summary" and found[1]:
            return at
    return None


def _text(content: str) -> Token:
    from markdown_it.token import Token

    return Token("text", "", 0, content=content)


def _html_or_text(source: str, found: re.Match[str] | None) -> Token:
    from markdown_it.token import Token

    return Token("html_inline", "", 0, content=source) if found else _text(source)
