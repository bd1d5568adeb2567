"""Answers with everything that is formatted, by what is in them."""

from __future__ import annotations

from collections.abc import Collection

from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.payloads import xss_payloads

LISTS = """- one item that is so long that it wraps over the end of its line, however wide the column of the \
conversation may be, because it does not stop before it has come to its end
- two

  a second paragraph
- [x] done
- [ ] to do
"""
TABLE = """| Service | Price | Remarks | More | Still more |
| --- | ---: | --- | --- | --- |
| PostgreSQLEnterprise | 10 | some words | ExtraordinarilyLongWord | AnotherExtraordinarilyLongWord |
| a, "b" | 200 | c | d | e |
"""
HTML = """H<sub>2</sub>O<br>x<sup>2</sup> <kbd>Ctrl</kbd>

<details>
<summary>More</summary>

Folded **words**

</details>
"""
DIRECTIONS = """> مرحبا بالعالم

| مرحبا | العالم |
| --- | --- |
| a | b |
"""
FOOTNOTES = "A note[^1].\n\n[^1]: What it says.\n\nThe end.\n"
FORMULAS = """From $5 to $10: $x^2$ and \\(\\sqrt{y}\\).

$$
\\frac{a}{b}
$$

\\[ c + d \\]

Broken: $\\frac{1$ END
"""
DIAGRAM = """```mermaid
graph TD
  A["<img src=x onerror=window.pwned=1> Start"] --> B[End]
  click B "https://evil.example/" _blank
  A --> C["#lt;img src=x onerror=window.pwned=1#gt; &lt;img src=x onerror=window.pwned=1&gt;"]
```

```mermaid
classDiagram
  class Shape {
    <<interface>>
  }
  Shape <|-- Square
```

```mermaid
no such diagram
```
"""
LONG_CODE = "```python\n" + "\n".join(f"line_{number} = {number}" for number in range(200)) + "\n```\n"
ATTACKS = [" ".join(payload.split()) for payload in xss_payloads() if not payload.startswith(("```", "~~~"))]
LABELS = [attack.replace('"', "'") for attack in ATTACKS if ";" not in attack and "`" not in attack]
ATTACK = "\n\n".join(
    [
        *ATTACKS,
        *(f"$\\text{{{attack}}}$" for attack in ATTACKS),
        *(f"<details>\n<summary>{attack}</summary>\n{attack}\n</details>" for attack in ATTACKS[:50]),
        "```mermaid\ngraph TD\n"
        + "\n".join(f'  N{n}["{label}"]' for n, label in enumerate(LABELS))
        + "\n```",
        "END",
    ]
)
HEADINGS = "# One\n\nwords\n\n## Two\n\n### Three\n\n#### Four\n"
TEXTS = {
    "lists": LISTS,
    "table": TABLE,
    "html": HTML,
    "directions": DIRECTIONS,
    "footnotes": FOOTNOTES,
    "formulas": FORMULAS,
    "punctuation": "Words before it, then $x^2+3$: and words after it, or in brackets ($y^2+3$), too.",
    "diagram": DIAGRAM,
    "long code": LONG_CODE,
    "headings": HEADINGS,
    "attack": ATTACK,
    "picture": "![A cat](https://pictures.example/cat.png)",
    "all": "\n\n".join([HEADINGS, LISTS, TABLE, HTML, FOOTNOTES, FORMULAS, LONG_CODE]),
}


def answers_to_plant(title: str, names: Collection[str] = tuple(TEXTS)) -> dict[str, Planted]:
    """A conversation with each of these answers, to be planted; their titles begin with `title`."""
    return {name: conversation(f"{title}: {name}", turns=["Show me", TEXTS[name]]) for name in names}


async def show(chat: ChatPage, answer: Planted) -> None:
    """Open the conversation with this answer."""
    await chat.open(answer.path)
    await expect(chat.text).to_be_visible()
