"""Syntax highlighting with CSS classes; the colours are in `page.css` and `answer.css`."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from webchat.rendering.texts import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 100_000
"""Maximum characters of a code block to highlight."""

SECONDS = 0.5
"""Time for the highlighting of one page; a page with 200 messages takes a tenth of it."""

_ALIASES = (
    "bash=sh,shell,zsh c cpp=c++,cc,hpp csharp=cs,c# css dart diff=patch docker=dockerfile elixir=ex elm "
    "erlang fsharp=f#,fs go=golang graphql groovy haskell=hs html=htm,vue,svelte http java "
    "javascript=js,mjs,cjs,node json=json5,jsonc,jsonl jsx julia=jl kotlin=kt latex=tex less lua "
    "make=makefile nginx nix objective-c=objc ocaml perl=pl php=html+php "
    "powershell=ps1,pwsh protobuf=proto python=py,python3,py3 pycon r ruby=rb rust=rs scala scss "
    "sql=mysql,postgresql,sqlite swift toml terraform=tf,hcl tsx typescript=ts vim "
    "xml=svg,xsl yaml=yml zig console"
)
LANGUAGES = {
    alias: names[0]
    for entry in _ALIASES.split()
    for names in [entry.replace("=", ",").split(",")]
    for alias in names
}
"""All names of highlighted languages with their Pygments names. A fixed set limits time and memory.

INI and MATLAB are excluded, because single expressions of their lexers take seconds on malicious text."""


class Painter:
    """Highlights the code of one page, using at most `SECONDS` of CPU time.

    The lexers look ahead, so malicious text can take quadratic time.
    """

    def __init__(self) -> None:
        self._left = SECONDS

    def to_html(self, code: str, language: str) -> str:
        """Return the code escaped, and highlighted if the language is known and there is time."""
        name = LANGUAGES.get(language.lower())
        if name is None or len(code) > LARGEST or self._left <= 0:
            return escaped(code)
        started = time.thread_time()
        pieces = _pieces(code, name, started + self._left)
        self._left -= time.thread_time() - started
        return "".join(_spans(pieces)) if pieces else escaped(code)


def _pieces(code: str, name: str, until: float) -> list[tuple[Any, str]]:
    """The tokens of the code; None if its lexer is too slow, fails or changes the text."""
    from pygments.lexers import get_lexer_by_name

    pieces: list[tuple[Any, str]] = []
    try:
        for piece in get_lexer_by_name(name, stripnl=False, ensurenl=False).get_tokens(code):
            if time.thread_time() > until:
                return []
            pieces.append(piece)
    except Exception:  # A failing lexer must not break the page.
        return []
    return pieces if "".join(text for _, text in pieces) == code else []


def _spans(pieces: Iterable[tuple[Any, str]]) -> Iterable[str]:
    """The tokens as HTML, with adjacent ones of the same class merged."""
    current, collected = "", ""
    for kind, text in pieces:
        found = _class_of(kind)
        # Whitespace needs no colour.
        if found != current and not text.isspace():
            yield _span(current, collected)
            current, collected = found, ""
        collected += text
    yield _span(current, collected)


def _span(name: str, text: str) -> str:
    return f'<span class="{name}">{escaped(text)}</span>' if name and text else escaped(text)


@lru_cache(maxsize=256)
def _class_of(kind: Any) -> str:
    from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String

    for parent, name in (
        (Comment, "c"),
        (Keyword, "k"),
        (String, "s"),
        (Number, "n"),
        (Operator.Word, "k"),
        (Name.Function, "f"),
        (Name.Class, "f"),
        (Name.Decorator, "f"),
        (Name.Tag, "k"),
        (Name.Attribute, "f"),
        (Name.Builtin, "b"),
        (Name.Exception, "b"),
        (Generic.Deleted, "k"),
        (Generic.Inserted, "s"),
        (Generic.Heading, "f"),
        (Generic.Subheading, "f"),
        (Generic.Prompt, "c"),
    ):
        if kind in parent:
            return name
    return ""
