r"""Finds formulas in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`.

We use our own rule because a dollar sign means money more often than mathematics: "$5 and $6" stays as it is.
"""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

LONGEST = 4000
"""Maximum characters of a formula, which also limits the time spent on openings without an end."""

_CLOSERS = {"$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_MONEY = re.compile(r"\d[^\\]*\s(?:a|at|in|is|of|on|or|to|[A-Za-z]{3,})(?:[\s.,;:!?]|$)")
_ENDS_NO_FORMULA = tuple("/:;,(-–")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def formulas(markdown: MarkdownIt) -> None:
    """Teach the parser `formula` tokens; `info` is "display" or "inline", `markup` what opened it."""
    markdown.inline.ruler.before("escape", "formula", _inline)
    markdown.block.ruler.before(
        "fence", "formula_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _inline(state: StateInline, silent: bool) -> bool:
    start, text = state.pos, state.src
    opener = text[start : start + 2]
    if opener in _CLOSERS:
        end = _closing(text, start + 2, state.posMax, _CLOSERS[opener])
        if end < 0 or (opener == "$$" and text[start + 2] == "$"):
            return False
    elif opener[:1] == "$":
        opener = "$"
        end = _closing(text, start + 1, state.posMax, "$")
        if end < 0 or not _is_formula(text, start, end):
            return False
    else:
        return False
    content = text[start + len(opener) : end]
    if not content.strip():
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup = content, opener
        token.info = "display" if opener in ("$$", "\\[") else "inline"
    state.pos = end + len(opener)
    return True


def _is_formula(text: str, start: int, end: int) -> bool:
    """Whether the text between two single dollar signs is a formula and not money or a shell variable."""
    content = text[start + 1 : end]
    return not (
        not content
        or content[0].isspace()
        or content[-1].isspace()
        or text[end + 1 : end + 2].isdigit()
        or (start > 0 and text[start - 1].isalnum())
        or content.endswith(_ENDS_NO_FORMULA)
        or _MONEY.match(content)
    )


def _closing(text: str, start: int, limit: int, closer: str) -> int:
    """The index of the unescaped closing sign, or -1 if there is none nearby."""
    limit = min(limit, start + LONGEST)
    found = text.find(closer, start, limit)
    while found >= 0:
        before = text[start:found]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return found
        found = text.find(closer, found + 1, limit)
    return -1


def _block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    start = state.bMarks[first] + state.tShift[first]
    opener = state.src[start : start + 2]
    if opener not in ("$$", "\\[") or state.is_code_block(first) or state.src[start + 2 : start + 3] == "$":
        return False
    end = _closing(state.src, start + 2, len(state.src), _CLOSERS[opener])
    if end < 0:
        return False
    line = bisect.bisect_right(state.bMarks, end, first, last) - 1
    # Text after the end makes it part of a paragraph; a line that leaves the list or quote ends it.
    if (
        end >= state.eMarks[line]
        or state.src[end + 2 : state.eMarks[line]].strip()
        or any(state.sCount[between] < state.blkIndent for between in range(first + 1, line + 1))
    ):
        return False
    pieces = [state.src[state.bMarks[one] : state.eMarks[one]] for one in range(first, line + 1)]
    pieces[-1] = state.src[state.bMarks[line] : end]
    pieces[0] = pieces[0][start + 2 - state.bMarks[first] :]
    content = "\n".join(pieces)
    if not content.strip() or _BLANK_LINE.search(content):
        return False
    if not silent:
        state.line = line + 1
        token = state.push("formula", "math", 0)
        token.content, token.markup, token.info = content, opener, "display"
        token.block, token.map = True, [first, state.line]
    return True
