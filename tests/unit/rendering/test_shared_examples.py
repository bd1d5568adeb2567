"""Examples that the app reads in the same way (tests/javascript/parse.test.js)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from webchat.rendering.markdown import PageBudget, to_html
from webchat.rendering.markdown import _parser as parser

FIXTURES = Path(__file__).parents[2] / "fixtures"
ATTRIBUTES = re.compile(r' (?:dir|class|open)="([^"]*)"| /(?=>)')


def examples(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def outline(html: str) -> str:
    """The tags without attributes, except `open`, and with white space as it is shown."""
    bare = ATTRIBUTES.sub(lambda found: " open" if found[0] == ' open=""' else "", html)
    bare = re.sub(r"(^|>)\n+(?=<|$)", r"\1", bare).replace("<br>\n", "<br>")
    return re.sub(r"\s+", " ", bare)


@pytest.mark.parametrize("example", examples("formulas"), ids=lambda example: repr(example["markdown"]))
def test_formulas(example: dict[str, Any]) -> None:
    tokens = parser().parse(example["markdown"], {})
    found = [
        [token.info, token.content.strip()]
        for outer in tokens
        for token in (outer, *(outer.children or ()))
        if token.type == "formula"
    ]

    assert found == example["formulas"]


@pytest.mark.parametrize("example", examples("harmless_html"), ids=lambda example: repr(example["markdown"]))
def test_html(example: dict[str, Any]) -> None:
    assert outline(to_html(example["markdown"], PageBudget())) == example["html"]
