"""Brings the files of all languages up to date with the sources: `uv run python -m tests.translations`.

New messages are added without a translation, and those that are no longer used are removed.
"""

from __future__ import annotations

import ast
import importlib
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

from webchat.words.language import FOLDER

PROJECT = Path(__file__).parents[1]
KEYWORDS: dict[str, Any] = {name: DEFAULT_KEYWORDS[name] for name in ("ngettext", "pgettext")} | {
    "t": None,
    "gettext_noop": None,
}
_OPTIONS = {"encoding": "utf-8", "parse_template_string": True}
IN_ENGLISH = ("webchat/hosting/", "webchat/cli.py", "webchat/words/hosting_errors.py")
"""The command line and the log."""
_OF_TOOLS = tuple(
    f'"{name}'.encode()
    for name in ("Project", "Report", "POT-", "PO-", "Last-", "Language-Team", "Generated")
)
PSEUDO = "en-XA"
"""The pseudo-locale of `tests.pseudo_language`."""


def sources() -> Iterator[Path]:
    """The files with messages."""
    for folder, ending in (("webchat", ".py"), ("assets", ".js"), ("assets", ".jsx")):
        yield from sorted(path for path in (PROJECT / folder).rglob(f"*{ending}"))


@cache
def template() -> Catalog:
    """All messages in the sources, read once; not to be changed."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for path in sources():
        place = path.relative_to(PROJECT).as_posix()
        if place.startswith(IN_ENGLISH):
            continue
        for message, context in _messages(path, place):
            found.add(message, context=context, locations=[(place, 0)])
    return found


def _messages(path: Path, place: str) -> Iterator[tuple[Any, str | None]]:
    if place.startswith("webchat/words/") and path.stem.endswith("_errors"):
        module = importlib.import_module(place.removesuffix(".py").replace("/", "."))
        for name, table in vars(module).items():
            if name.isupper() and not name.startswith("_") and isinstance(table, dict):
                yield from ((words, None) for words in table.values() if words)
        return
    if path.suffix == ".py":
        yield from _of_python(path.read_text("utf-8"))
        return
    with path.open("rb") as file:
        for _, messages, _, context in extract("javascript", file, KEYWORDS, options=_OPTIONS):
            yield messages, context


def _of_python(source: str) -> Iterator[tuple[Any, str | None]]:
    """The messages of Python, also those inside f-strings, which Babel does not read before Python 3.12."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        match call:
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in KEYWORDS:
                texts = [
                    each.value
                    for each in arguments
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                ]
                number = 1 if name in {"t", "gettext_noop"} else 2
                if len(texts) < number:
                    continue
                if name == "pgettext":
                    yield texts[1], texts[0]
                else:
                    yield (texts[0] if number == 1 else tuple(texts[:2])), None


def languages() -> list[str]:
    """The tags of the languages that have a file."""
    return sorted(path.stem for path in FOLDER.glob("*.po") if path.stem != PSEUDO)


def stored(language: str) -> Catalog:
    """The file of a language."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file)


def updated(language: str) -> bytes:
    """The file of a language as it should be."""
    catalogue = stored(language)
    catalogue.update(
        template(), no_fuzzy_matching=True, update_creation_date=False, update_header_comment=False
    )
    return as_file(catalogue)


def as_file(catalogue: Catalog) -> bytes:
    """The file of a catalogue, without the headers that would change with every update."""
    for message in catalogue:
        message.locations = sorted(set(message.locations))
    written = io.BytesIO()
    write_po(written, catalogue, width=110, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    return b"".join(line for line in written.getvalue().splitlines(True) if not line.startswith(_OF_TOOLS))


if __name__ == "__main__":
    for each in languages():
        (FOLDER / f"{each}.po").write_bytes(updated(each))
