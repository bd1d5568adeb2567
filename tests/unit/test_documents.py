"""The documents for those who work on webchat name files and code that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "tests/README.md"]
)
FOR_DEVELOPERS = [
    name
    for name in DOCUMENTS
    if name.startswith(("CONTRIBUTING", "docs/architecture", "docs/decisions", "tests/"))
]
SOURCES = ("webchat", "tests", "assets", "docs", "deploy", "reflex.lock", ".ci")
SUFFIXES = r"\.(?:py|js|jsx|md|po|toml|ftl|css|yaml|json)"
OTHERS = {".build/", ".web/", "utils/state.js"}
"""What is made when webchat is built."""
INVENTED = re.compile(r"my_?service|myservice|MyService|TAG|…")
"""In names that stand for those of something new."""


def written(document: str) -> list[str]:
    """Everything that a document sets as code within a line."""
    text = (ROOT / document).read_text("utf-8")
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def existing() -> Iterator[str]:
    """The path of each file and folder, with a slash before it."""
    for name in SOURCES:
        yield f"/{name}"
        for path in (ROOT / name).rglob("*"):
            if "node_modules" not in path.parts and "__pycache__" not in path.parts:
                yield f"/{path.relative_to(ROOT)}"
    for path in ROOT.iterdir():
        yield f"/{path.name}"


def missing_files(document: str) -> list[str]:
    """The files and folders that a document names and that do not exist."""
    named = [name for name in written(document) if re.fullmatch(rf"[\w./-]+(?:{SUFFIXES}|/)", name)]
    named = [name for name in named if name not in OTHERS and not INVENTED.search(name)]
    there = "\n".join(existing()) + "\n"
    return [name for name in named if f"/{name.rstrip('/')}\n" not in there]


def missing_names(document: str) -> list[str]:
    """The classes, functions and constants that a document names and that are nowhere in the code."""
    named = {
        part
        for name in written(document)
        if re.fullmatch(r"[A-Za-z_]\w*(?:\.[a-z_]\w*)?", name) and not INVENTED.search(name)
        for part in name.split(".")
        if re.search(r"_|[a-z][A-Z]", part)
    }
    return sorted(named - words_of_code())


@cache
def words_of_code() -> frozenset[str]:
    """Every word of the code, names of files included, except for this file's own."""
    files = [ROOT / "pyproject.toml"]
    for folder in ("webchat", "tests", "assets", ".ci"):
        files += [path for path in (ROOT / folder).rglob("*") if "node_modules" not in path.parts]
    words: set[str] = set()
    for path in files:
        words.add(path.stem)
        if path.suffix in {".py", ".js", ".jsx", ".toml", ""} and path.is_file() and path != Path(__file__):
            words.update(re.findall(r"\w+", path.read_text("utf-8", "replace")))
    return frozenset(words)


@pytest.mark.parametrize("document", FOR_DEVELOPERS)
def test_named_file_exists(document: str) -> None:
    assert missing_files(document) == []


@pytest.mark.parametrize("document", FOR_DEVELOPERS)
def test_named_class_or_function_exists(document: str) -> None:
    assert missing_names(document) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_linked_file_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    linked = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]

    assert [link for link in linked if not (ROOT / document).parent.joinpath(link).exists()] == []
