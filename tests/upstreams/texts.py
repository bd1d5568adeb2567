"""Deterministic Markdown for scripted answers, the same for the upstream, the tests and the benchmarks."""

from __future__ import annotations

from functools import lru_cache

CHUNK_CHARACTERS = 4
END_MARK = "\n\nEND"

_SECTION = """\
## Part {n}

The quick brown fox of part {n} jumps over the lazy dog, *slowly* at first and **boldly** after. \
Grüße, привет, 你好 👋 and `inline_code_{n}` stand beside plain words, \
so that a reader sees every kind of character pass by.

- the first thing to know about part {n}
- the second, with a [link](https://example.org/{n})
- the third

```python
def part_{n}() -> int:
    return {n} * 2
```

| name | value |
| --- | ---: |
| part | {n} |
| twice | {n}{n} |

"""

MARKDOWN = """\
# A heading

A paragraph with **bold**, *italic*, `code`, ~~struck~~ and a [link](https://example.org).

| Service | Price | Free |
| --- | ---: | :---: |
| One | 10 | yes |
| Two | 200 | no |

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"
```

1. first
2. second
   - nested

> a quotation

<script>window.pwned = true</script> <img src="https://evil.example/x.png" onerror="window.pwned = true">

![remote](https://evil.example/pixel.png)
"""


@lru_cache(maxsize=32)
def answer_chunks(count: int) -> tuple[str, ...]:
    """Return `count` pieces of about four characters; the last is `END_MARK`, to be waited for."""
    if count < 1:
        return ()
    characters = (count - 1) * CHUNK_CHARACTERS
    text = ""
    section = 0
    parts = []
    length = 0
    while length < characters:
        section += 1
        part = _SECTION.format(n=section)
        parts.append(part)
        length += len(part)
    text = "".join(parts)[:characters]
    pieces = [text[i : i + CHUNK_CHARACTERS] for i in range(0, characters, CHUNK_CHARACTERS)]
    return (*pieces, END_MARK)


def expected_text(count: int) -> str:
    """Return the whole answer that `answer_chunks(count)` makes."""
    return "".join(answer_chunks(count))
