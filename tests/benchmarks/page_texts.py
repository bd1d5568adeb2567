"""The conversations and answers that pages are measured with."""

from __future__ import annotations

from tests.e2e.planting import Planted, conversation

MODEL = "echo"

PROSE = "\n\n".join(
    f"Paragraph {number} of an answer, which is about as long as paragraphs of answers are, with **bold** "
    "words, `code` and a [link](https://example.org/page), and then goes on for another line."
    for number in range(18)
)
CODE = (
    "Before.\n\n```python\n" + "\n".join(f"value_{n} = compute({n})" for n in range(30)) + "\n```\n\nAfter."
)
TABLE = "Before.\n\n| Name | Value | Remark |\n|---|---:|---|\n" + "\n".join(
    f"| row {n} | {n * n} | a remark about row {n} |" for n in range(20)
)
FORMULA = "\n\n".join(
    f"With $x_{{{n}}}$ one gets\n\n$$\\sum_{{i=1}}^{{{n}}} i^2 = \\frac{{{n}}}{{6}}$$" for n in range(8)
)
STREAMED = {"prose": PROSE, "code": CODE, "table": TABLE, "formula": FORMULA}

_ANSWER = f"{PROSE[:900]}\n\n{CODE[:400]}\n```\n\n- one\n- two\n"

FIFTY = conversation(
    "Fifty messages", MODEL, [text for n in range(25) for text in (f"Question {n}", f"Answer {n}. {_ANSWER}")]
)
THOUSAND = conversation(
    "A thousand messages",
    MODEL,
    [text for n in range(500) for text in (f"Question {n}", f"Answer {n}. {PROSE[: 200 + 40 * (n % 20)]}")],
)
HEAVY: dict[str, Planted] = {
    "5,000 lines of code": conversation(
        "Much code",
        MODEL,
        [
            "Code",
            "```python\n"
            + "\n".join(f"value_{n} = compute({n}, 'text')  # line" for n in range(5000))
            + "\n```",
        ],
    ),
    "a table of 500 rows": conversation(
        "A long table",
        MODEL,
        [
            "Table",
            "| a | b | c |\n|---|---|---|\n" + "\n".join(f"| {n} | {n * n} | text {n} |" for n in range(500)),
        ],
    ),
    "200 formulas": conversation(
        "Many formulas",
        MODEL,
        ["Formulas", "\n\n".join(f"$$\\frac{{x_{{{n}}}^2 + {n}}}{{\\sqrt{{y}}}}$$" for n in range(200))],
    ),
}
