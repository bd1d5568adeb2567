"""Adapts parsed Markdown to the page: headings, links, images, task lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from webchat.rendering.kept_together import kept_together
from webchat.rendering.links import REL

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

_FIRST_LEVEL = 3
"""The first level of headings in answers: the page's heading is 1, those of messages are 2."""
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_BLOCKS = {"paragraph_open", "heading_open", "bullet_list_open", "ordered_list_open", "blockquote_open"}
_BLOCKS |= {"details_open"}
_CELLS = {"th_open", "td_open"}


def tidy(state: StateCore) -> None:
    """Apply all changes; a core rule of the parser."""
    tokens = state.tokens
    _set_heading_levels(tokens)
    for index, token in enumerate(tokens):
        # Elements with their own direction do not count for their parent, so only the outermost get one.
        if token.level == 0 and token.type in _BLOCKS:
            token.attrs["dir"] = "auto"
        if token.type in _CELLS:
            _tidy_cell(tokens, index)
        if token.type == "list_item_open":
            _mark_task(tokens, index)
        if token.children:
            token.children = kept_together(list(_tidied(token.children)))


def _set_heading_levels(tokens: Sequence[Token]) -> None:
    """Renumber headings so that no level is skipped, whatever level an answer starts with."""
    above: list[str] = []
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        while above and above[-1] >= token.tag:
            above.pop()
        above.append(token.tag)
        tag = f"h{min(6, _FIRST_LEVEL - 1 + len(above))}" if tokens[index + 1].content.strip() else "p"
        token.tag = tokens[index + 2].tag = tag


def _tidy_cell(tokens: Sequence[Token], index: int) -> None:
    """Set the alignment with a class, because the policy forbids style attributes; fix empty header cells."""
    cell = tokens[index]
    style = str(cell.attrs.pop("style", ""))
    if style:
        cell.attrs["class"] = style.rpartition(":")[2].strip()
    if cell.tag == "th" and not tokens[index + 1].content.strip():
        cell.tag = tokens[index + 2].tag = "td"


def _mark_task(tokens: Sequence[Token], index: int) -> None:
    """Convert a leading `[x]` of a list item to a separate symbol."""
    from markdown_it.token import Token

    first = tokens[index + 2] if index + 2 < len(tokens) else None
    if first is None or first.type != "inline" or not first.children or first.children[0].type != "text":
        return
    found = _TASK.match(first.children[0].content)
    if found:
        first.children[0].content = first.children[0].content[found.end() :]
        first.children.insert(0, Token("task", "span", 0, content="" if found[1] == " " else "x"))
        tokens[index].attrs["class"] = "task"


def _tidied(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens of one text, with complete links and without links inside links.

    The parser makes links and images of `[words]()` and `![words]()`; they become text as it was written.
    """
    from markdown_it.token import Token

    def text(content: str) -> Token:
        return Token("text", "", 0, content=content)

    address, shown = "", True
    for token in tokens:
        if token.type == "link_open":
            address, shown = str(token.attrs["href"]), False
            token.attrs["rel"] = REL
            yield token if address else text("[")
        elif token.type == "link_close":
            if address and not shown:
                yield text(address)
            yield token if address else text("]()")
            address = ""
        elif token.type == "image":
            token.meta["in_link"] = bool(address)
            shown = True
            yield token if token.attrs["src"] else text(f"![{token.content}]()")
        else:
            shown = shown or bool(token.content.strip())
            yield token
