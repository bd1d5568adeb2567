"""Markdown that costs more than its size tells; `texts(size)` has about `size` characters of each kind."""

from __future__ import annotations


def texts(size: int) -> dict[str, str]:
    """The texts by what they are made of, each ending with the word END in a paragraph of its own."""

    def many(piece: str) -> str:
        return piece * (size // len(piece))

    half = size // 2
    made = {
        "ordinary answer": many(_ORDINARY),
        "flat list": many("- a\n"),
        "numbered list": many("1. a\n"),
        "tasks": many("- [ ] a\n"),
        "deep list": "".join("  " * depth + "- a\n" for depth in range(int(size**0.5))),
        "list markers on a line": many("- "),
        "quotes": many("> ") + "a",
        "quoted lines": many("> a\n>> b\n"),
        "table": "|a|b|c|d|\n|-|-|-|-|\n" + many("|1|2|3|4|\n"),
        "wide table": "|a" * (half // 2) + "|\n" + "|-" * (half // 2) + "|\n",
        "struck": many("~~a"),
        "emphasis": many("*a_ "),
        "stars": many("**a *b "),
        "opened links": many("["),
        "links": many("[a](b) "),
        "images": many("![a](b) "),
        "references": many("[a][b] ") + "\n\n[b]: https://example.org/\n",
        "footnotes": many("a[^1] ") + "\n\n[^1]: b\n",
        "autolinks": many("a@b.co www.c.de "),
        "angles": many("<a "),
        "backticks": "".join("`" * (1 + number % 90) + "a" for number in range(size // 46)),
        "entities": many("&amp;"),
        "headings": many("# a\n"),
        "rules": many("---\n\n"),
        "code blocks": many("```py\na = 1\n```\n\n"),
        "one code block": "```py\n" + many("value = compute(1, 'two')  # three\n") + "```",
        "one word": many("a"),
        "one line of words": many("word "),
        "combining marks": "a" + many("\u0301"),
        "marks on letters": many("a\u0301\u0323\u0330"),
        "two directions": many("a\u05d0"),
        "joined emoji": many("\U0001f468\u200d"),
        "scripts": "".join(chr(0x1000 + number % 20_000) for number in range(size)),
    }
    return {name: f"{text}\n\nEND" for name, text in made.items()}


_ORDINARY = """## A heading

Some **words** with *emphasis*, `code` and a [link](https://example.org/), which go on for a line or two, as
the paragraphs of an answer do; they end here.

- one item with **bold** words
- another item
- a third

| name | value |
| --- | ---: |
| one | 1 |
| two | 2 |

```python
def answer() -> int:
    return 42
```

"""
