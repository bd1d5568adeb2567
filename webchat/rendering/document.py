"""The frame of every page: the head, the single stylesheet and the policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from webchat.rendering import typefaces
from webchat.rendering.texts import escaped
from webchat.words.language import current

SITE = "webchat"
_HERE = Path(__file__).parent
_ASSETS = _HERE.parents[1] / "assets"
# Answers look the same as in the app, from the same files.
_STYLES = (
    _ASSETS / "tokens.css",
    _HERE / "page.css",
    _ASSETS / "markdown" / "answer.css",
    _HERE / "print.css",
)
# The favicon of assets/, inlined so that the page needs no further request.
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="9" fill="#0f766e"/>'
    '<path d="M8 11.5A3.5 3.5 0 0 1 11.5 8h9a3.5 3.5 0 0 1 3.5 3.5v5a3.5 3.5 0 0 1-3.5 3.5H15l-4.6 3.7'
    'a.6.6 0 0 1-1-.5V20A3.5 3.5 0 0 1 8 16.9z" fill="#fff"/></svg>'
)
_ICON_ADDRESS = f"data:image/svg+xml,{quote(_ICON, safe='')}"
_REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s+")
_SPACE_AROUND_SIGNS = re.compile(r"\s?([{};,>])\s?|(?<=:)\s")


@dataclass(frozen=True, slots=True)
class Page:
    """A complete page and its Content-Security-Policy."""

    html: str
    policy: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The preview of a link in messengers."""

    title: str
    description: str


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """Return the stylesheet of all pages, minified."""
    text = _minified("".join(path.read_text(encoding="utf-8") for path in _STYLES))
    return f'{text}.brand::before{{background:url("{_ICON_ADDRESS}")}}'


def _minified(styles: str) -> str:
    text = _SPACE.sub(" ", _REMARK.sub("", styles)).strip()
    return _SPACE_AROUND_SIGNS.sub(lambda found: found[1] or "", text).replace(";}", "}")


@lru_cache(maxsize=4)
def _source(styles: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()}'"


def policy(*, scripts: bool = False) -> str:
    """Return the Content-Security-Policy of a page this server sends; `scripts` allows files of its own."""
    return _policy(scripts, typefaces.installed())


@lru_cache(maxsize=4)
def _policy(scripts: bool, faces: str) -> str:
    styles = [_source(stylesheet()), *([_source(_minified(faces))] if faces else [])]
    return "; ".join(
        (
            "default-src 'none'",
            *(("script-src 'self'", "connect-src 'self'") if scripts else ()),
            f"style-src {' '.join(styles)}",
            *(["font-src 'self'"] if faces else []),
            "img-src 'self' data:",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def policy_of_a_file() -> str:
    """Return the policy included in a downloaded page."""
    return (
        f"default-src 'none'; style-src {_source(stylesheet())}; img-src data:; form-action 'none'; "
        "base-uri 'none'"
    )


def page(
    title: str, body: str, head: Iterable[str] = (), *, address: str = "", scripts: bool = False
) -> Page:
    """Return a page this server sends; see `opening`, `rest` and `policy` for the arguments."""
    return Page(opening(address) + rest(title, body, head), policy(scripts=scripts))


def opening(address: str = "") -> str:
    """Return the beginning of a page, with the tags that contain its absolute address, if it has one."""
    return _opening(address, typefaces.installed(), current())


def opening_of_a_file() -> str:
    """Return the beginning of an HTML file."""
    return _opening("", "", current())


@lru_cache(maxsize=16)
def _opening(address: str, faces: str, language: str) -> str:
    tags = "".join(f"{tag}\n" for tag in _address_tags(address)) if address else ""
    # The typefaces are not preloaded: the text comes first, in a typeface of the same size, and is read while
    # they are fetched.
    styles = f"<style>{_minified(faces)}</style>\n" if faces else ""
    return f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n{tags}{styles}'


def rest(title: str, body: str, head: Iterable[str] = ()) -> str:
    """Return what follows the opening; `title` is plain text, `body` and `head` are HTML."""
    return f"{before_body(title, head)}{body}{AFTER_BODY}"


def card(heading: str, content: str) -> str:
    """Return the body of a page with a short text or a form; `heading` is plain text, `content` is HTML."""
    return f"""<main class="card">
<p class="brand">{SITE}</p>
<h1>{escaped(heading)}</h1>
{content}
</main>"""


AFTER_BODY = "\n</body>\n</html>\n"


def before_body(title: str, head: Iterable[str] = ()) -> str:
    """Return the part of `rest` before the body."""
    more = "\n".join(head)
    return f"""<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escaped(title)}</title>
<meta name="robots" content="noindex,nofollow,noarchive">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
{more}
<link rel="icon" href="{_ICON_ADDRESS}">
<style>{stylesheet()}</style>
</head>
<body>
"""


def preview_tags(preview: Preview) -> list[str]:
    """Return the OpenGraph and Twitter tags, except those for the address."""
    named = {"description": preview.description, "twitter:card": "summary_large_image"}
    properties = {
        "og:title": preview.title,
        "og:description": preview.description,
        "og:type": "article",
        "og:site_name": SITE,
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": preview.title,
    }
    return [
        *(f'<meta name="{name}" content="{escaped(value)}">' for name, value in named.items()),
        *_open_graph(properties),
    ]


def _address_tags(address: str) -> list[str]:
    return _open_graph({"og:url": address, "og:image": address + "/preview.png"})


def _open_graph(properties: Mapping[str, str]) -> list[str]:
    return [f'<meta property="{name}" content="{escaped(value)}">' for name, value in properties.items()]
