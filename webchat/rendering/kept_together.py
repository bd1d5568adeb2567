"""Keeps an inline formula on one line with the punctuation around it, as assets/markdown/kept_together.js
does: browsers break lines between mathematics and any character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

_BEFORE = re.compile(r"""[(\[{«„“‘"']{1,8}\Z""")
_AFTER = re.compile(r"""\A[.,:;!?%)\]}»”’"'…‑–—-]{1,8}""")
_LONG = 60
"""Characters of a formula that scrolls within itself."""


def scrolls(formula: str) -> bool:
    """Return whether a formula is so long that it scrolls within itself."""
    return len(formula) > _LONG


def kept_together(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens of a text with each inline formula and what belongs to it in a `span` of its own."""
    from markdown_it.token import Token

    if not any(map(_is_inline, tokens)):
        return list(tokens)
    kept: list[Token] = []
    for index, token in enumerate(tokens):
        if not _is_inline(token):
            kept.append(token)
            continue
        before = _taken(_BEFORE, kept[-1:])
        after = _taken(_AFTER, tokens[index + 1 : index + 2])
        if not before and not after:
            kept.append(token)
            continue
        kept += [
            Token("together_open", "span", 1, attrs={"class": "together"}),
            Token("text", "", 0, content=before),
            token,
            Token("text", "", 0, content=after),
            Token("together_close", "span", -1),
        ]
    return kept


def _is_inline(token: Token) -> bool:
    return token.type == "formula" and token.info == "inline" and not scrolls(token.content)


def _taken(pattern: re.Pattern[str], neighbour: Sequence[Token]) -> str:
    """What the pattern finds in a neighbour, if there is one and it is text, from which it is taken."""
    found = pattern.search(neighbour[0].content) if neighbour and neighbour[0].type == "text" else None
    if found is None:
        return ""
    text = neighbour[0].content
    neighbour[0].content = text[: found.start()] + text[found.end() :]
    return found[0]
