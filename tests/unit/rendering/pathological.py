"""Texts that cost a Markdown renderer more time, memory or room than they should, each in its own way."""

from __future__ import annotations

import os
import random

SIZE = int(os.environ.get("WEBCHAT_PATHOLOGICAL_SIZE", 4 * 1024))
"""Characters of a text that repeats one piece; what grows too fast is far over its limits at 16,384."""


def repeated(piece: str, size: int = SIZE) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def _nested(opening: str, middle: str, closing: str, size: int = SIZE) -> str:
    depth = size // (len(opening) + len(closing))
    return opening * depth + middle + closing * depth


_REPEATED = [
    # brackets, links and images
    "[", "]", "[a", "[](", "[a](", "![", "![](", "![a", "[![", "[a][", "[a]: ", "[a](<", "[a](b\"", "[[a]](",
    "[a](b)",
    "![a](https://a.example/b)", "[a](https://a.example \"", "[x]\n", "](", "[]()", "[^a]", "[a]:\n", "[\\",
    # emphasis
    "*", "_", "**a*", "***a", "a_", "_a*", "*a_", "**a ", "a**b", "*a **b ", "__a_", "~~", "~~a", "~a",
    "a~~b ~~",
    "*a_b**c__d~~", "**x**",
    # code
    "`", "` `` ", "``` ", "```\n", "~~~\n", "`a", "    a\n", "\t\t", "```python\nx = 1\n```\n",
    # lists and quotes
    ">", "> ", "> - ", "- ", "- - ", "1. ", "* + - ", "999999999. ", "- a\n", "1. a\n", "- [ ] a\n", "-\n",
    ">\n",
    ">a\n>\n", "0) ", "+\n\n", "* * * ", "123456789) a\n",
    # headings, rules, lines
    "#", "# ", "# a\n", "a\n===\n", "a\n-\n", "---\n", "***\n", "a  \n", "a\\\n", "\n", "\r", " \n", "a\n\n",
    "=\n",
    # tables
    "|", "|a", "|a|b|\n|-|-|\n", "|\n", "|-", "|a\n|-\n", "a|b\n-|-\n|\n", "\\|", "|`|",
    # HTML, entities, autolinks
    "<", "<<<<", "<a ", "<!--", "<![CDATA[", "<?", "</", "<a href=\"", "<http://a.", "<a@b", "<https://a.example>",
    "&", "&amp;", "&#", "&#x", "&#99999999;", "&a", "&lt", "&NotEqualTilde;",
    # formulas and money
    "$", "$$", "$$$$", "$a", "$x_1$ ", "$5 and ", "\\(", "\\[", "\\[\n", "$$\n", "\\(a\\)", "$\\frac{",
    "$x^{",
    "$\\left(", "$\\sqrt{", "$$\\begin{matrix}a&", "$\\text{",
    # backslashes and signs of other scripts
    "\\", "\\\\", "\\*", "e\u0301", "a\u0300\u0301\u0302\u0303", "\u0301", "\u202e", "\u200d", "👩‍👩‍👧",
    "ﷺ", "\x00", "\ufeff",
    "𝒳", "a\u2028", "\t", "\u3000",
    # references
    "[a]: b\n", "[a]: <b> 'c'\n", "[a]\n\n[a]: b\n",
]  # fmt: skip


def _made() -> dict[str, str]:
    chance = random.Random(3)
    signs = "*_`[]()<>!#|~$\\-+=.&:;\"'{}^ \n\tab1"
    return {
        "a long address used by many links": f"[a]: https://a.example/{'x' * 5000}\n\n" + "[a] " * 8000,
        "a long address used by many images": f"[a]: https://a.example/{'x' * 5000}\n\n" + "![a] " * 8000,
        "a long title used by many links": f"[a]: https://a.example '{'x' * 5000}'\n\n" + "[a] " * 8000,
        "many references that nothing uses": "".join(f"[r{n}]: https://a.example/{n}\n" for n in range(1500)),
        "many references and their uses": "".join(
            f"[r{n}]: https://a.example/{n}\n\n[r{n}]\n\n" for n in range(900)
        ),
        "links in links": _nested("[", "a", "](https://a.example)"),
        "images in images": _nested("![", "a", "](https://a.example)"),
        "emphasis in emphasis": _nested("**", "a", "**"),
        "mixed emphasis": _nested("*a **b ", "c", " d** e*"),
        "brackets that close": _nested("[", "a", "]"),
        "quotes in quotes": "\n".join(">" * depth + " a" for depth in range(1, 280)),
        "lists in lists": "\n".join("  " * depth + "- a" for depth in range(270)),
        "a list without an end": "- a\n" * 10_000,
        "tasks without an end": "- [x] a\n" * 5_000,
        "a table with many cells": "|a" * 100 + "|\n" + "|-" * 100 + "|\n" + ("|b" * 100 + "|\n") * 190,
        "a table with many empty rows": "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "|\n" * 15_000,
        "a table with many columns": "|a" * 6500 + "|\n" + "|-" * 6500 + "|\n",
        "backticks of every length": " ".join("`" * (n % 200 + 1) + "a" for n in range(400)),
        "a fence in every language": "".join(f"```{name}\na\n```\n" for name in ["c", "js", "sql"] * 900),
        "one line": "a" * SIZE,
        "one word a line": "a\n" * (SIZE // 2),
        "hard breaks": "a  \n" * (SIZE // 4),
        "numbers too large for a list": "\n\n".join(f"{'9' * 9}. a" for _ in range(3000)),
        "signs by chance": "".join(chance.choices(signs, k=SIZE)),
        "lines by chance": "\n".join("".join(chance.choices(signs, k=20)) for _ in range(1900)),
        "formulas in formulas": "$$" + "\\frac{" * 600 + "a" + "}{b}" * 600 + "$$",
        "a wide matrix": "$$\\begin{matrix}" + "a&" * 1900 + "b\\end{matrix}$$",
        "many formulas": " ".join(f"$x_{{{n}}}^2$" for n in range(4000)),
        "long code": "```java\n" + repeated("/*") + "\n```",
        "code of one sign": "```make\n" + repeated("(") + "\n```",
        "strings without an end": "```js\n" + repeated("'\\\"") + "\n```",
        "marks on one letter": "a" + "\u0301" * (SIZE // 2),
    }


TEXTS: dict[str, str] = {repr(piece): repeated(piece) for piece in _REPEATED} | _made()
"""A text under a name that says what is in it."""
