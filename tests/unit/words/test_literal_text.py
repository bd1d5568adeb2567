"""What people read is marked for translation: no sentence stands in the sources as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.translations import PROJECT, sources, template

FOLDERS = ("components", "pages", "state", "http", "rendering")
"""Where the words of Python are."""
ALLOWED = {
    "Guide:guide",
    "Markdown",
    "Not found",
    "OpenAICompatible",
    "OpenRouter",
    "X-Title: My app",
    "Mac OS",
    "webchat",
    "webchat ",
    ", models for members",
    "noindex, nofollow, noarchive",
    "noopener noreferrer nofollow ugc",
}
"""Names, headers, and words for the log and other programs."""
FOR_PROGRAMS = {"http/origin.py", "http/probes.py"}
"""What they say is plain text for other programs."""
_MARKS = {"t", "ngettext", "pgettext", "gettext_noop"}
_NOT_SHOWN = {"info", "warning", "error", "exception", "debug", "compile", "get", "setdefault"}
_NO_WORDS = {"class_name", "data_testid", "testid", "tag", "library", "rel", "html_lang", "href", "style"}
_LETTERS = re.compile(r"(?<![-\w:/.=])[A-Za-z’']{2,}(?![-\w:/=])")
_WORD = re.compile(r"[A-Z][a-z]+[.…?]?")
_STYLE = re.compile(r"(?<![\w-])[a-z]+-[a-z0-9.]+(?!\w)|\w:\w|[=;<>/\[]|^flex ")
_IN_SCRIPT = re.compile(
    r"""(?:aria-label|title|placeholder|label|alt)="(?P<attribute>[A-Z][^"]*[a-z][^"]*)"
    |(?<![\w(=])"(?P<constant>[A-Z][a-z’']+,?[ ][a-z][^"]*)"
    |>(?:\n[ ]*|[ ])(?P<mixed>[^<>;=()\n]*\{[\w.]+\}[^<>;=()\n]*[a-z]{3}[ ][a-z][^<>;=()\n]*)\n[ ]*<
    |>\s*(?P<signs>[↑↓←→‹›·…–—][^<>{}=;()]*[a-z]{2}[^<>{}=;()]*)<
    |>\s*(?P<text>[A-Z][a-z’']+[^<>{}=;()]*)[<{]""",
    re.VERBOSE,
)


@cache
def messages() -> set[str]:
    """The English of every message that is translated."""
    return {each.id if isinstance(each.id, str) else each.id[0] for each in template()}


def python_files() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((PROJECT / "webchat" / folder).rglob("*.py"))]
    return [path for path in found if f"{path.parent.name}/{path.name}" not in FOR_PROGRAMS]


def is_shown(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a text may be for people, as far as what surrounds it says."""
    if isinstance(parents[node], ast.Expr):  # a docstring
        return False
    while (parent := parents.get(node)) is not None:
        match parent:
            case ast.Call(func=ast.Name(id=name)) if name in _MARKS:
                return False
            case ast.Call(func=ast.Attribute(attr=name)) if name in _NOT_SHOWN:
                return False
            case ast.keyword(arg=name) if name in _NO_WORDS:
                return False
            case ast.Raise() | ast.Subscript() | ast.Compare():
                return False
            case ast.Dict(keys=keys) if node in keys:
                return False
            case ast.stmt():
                return True
        node = parent
    return True


def is_prose(text: str) -> bool:
    """Whether it is a sentence, or part of one."""
    if _STYLE.search(text.split(". ")[0]):
        return False
    number = len(_LETTERS.findall(text))
    return number >= 3 or (number == 2 and text[:1] in {" ", "“", text[:1].upper()})


def is_content(node: ast.Constant, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether it is a word between the tags of an HTML element."""
    match parents[node]:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="el")), args=inside) if node in inside:
            return bool(_LETTERS.search(str(node.value)))
    return False


def literals(source: str, *, words: bool) -> Iterator[tuple[int, str]]:
    """The texts that look like prose, with their lines; single words too, if `words`."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or node.value in ALLOWED:
            continue
        text = node.value
        single = words and (_WORD.fullmatch(text) or is_content(node, parents))
        if (is_prose(text) or single) and is_shown(node, parents):
            yield node.lineno, text


def in_script(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a script that look like prose and are not marked, with their lines."""
    code = re.sub(
        r"/\*.*?\*/|(?<!:)//[^\n]*", lambda comment: re.sub(r"[^\n]", " ", comment[0]), source, flags=re.S
    )
    for found in _IN_SCRIPT.finditer(code):
        before = code[: found.start()].rstrip()
        if not before.endswith(("t(", "ngettext(", "pgettext(", ",")) or found["attribute"]:
            yield code.count("\n", 0, found.start()) + 1, found[0]


@pytest.mark.parametrize("path", python_files(), ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_python_says_nothing_in_english_only(path: Path) -> None:
    words = path.parent.name in ("components", "pages") and not path.name.startswith("react_")
    assert list(literals(path.read_text("utf-8"), words=words)) == []


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if path.suffix in (".js", ".jsx")],
    ids=lambda path: path.relative_to(PROJECT).as_posix(),
)
def test_a_script_says_nothing_in_english_only(path: Path) -> None:
    assert list(in_script(path.read_text("utf-8"))) == []


def test_babel_finds_every_message_of_the_scripts() -> None:
    """It reads JSX and templates by rules of its own."""
    for path in sources():
        if path.suffix != ".py":
            marked = re.findall(r'\b(?:t|ngettext)\(\s*"((?:[^"\\]|\\.)*)"', path.read_text("utf-8"))
            assert set(marked) <= messages(), path


@pytest.mark.parametrize("path", python_files(), ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_babel_finds_every_message_of_python(path: Path) -> None:
    """It does not read what is inside an f-string."""
    marked = {
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"t", "ngettext"}
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert marked <= messages()


def test_what_is_not_marked_is_found() -> None:
    assert [text for _, text in literals('rx.el.p("Your chats are saved.")', words=False)]
    assert [text for _, text in literals('rx.el.p("Settings")', words=True)]
    assert [text for _, text in literals('rx.el.span("days")', words=True)]
    assert not list(literals('rx.el.p(t("Your chats are saved."))', words=True))
    assert [text for _, text in in_script("<p>Your chats are saved.</p>")]
    assert [text for _, text in in_script('<p aria-label="Chats">')]
    assert [text for _, text in in_script('const text = "Your chats are saved.";')]
    assert not list(in_script('<p aria-label={t("Chats")}>{t("Your chats are saved.")}</p>'))
