"""The languages of the pages, which are built once for all of them.

While the pages are built, every message in their HTML is marked (assets/ui/words.js). `add_languages` makes
of each page one in English, and in the folder of each other language a copy with its messages. The copies
begin with a script that has the other messages of that language, so that all other scripts find them.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from webchat.hosting.base_path import PLACEHOLDER
from webchat.words.catalogue import file_of
from webchat.words.language import ENGLISH, LANGUAGES, speaking
from webchat.words.text import ngettext, pgettext, t

if TYPE_CHECKING:
    from babel.messages import Catalog

FOLDER = "languages"
"""The folder in a build with a folder for each language but English."""
_OF_PAGES = ("assets/", "webchat/components/", "webchat/pages/")
"""Where the messages come from that the browser needs."""
_MARK = re.compile("\ue000([^\ue000\ue001]*)\ue001")
_PLACE = '<script data-words=""'
"""The script of `webchat.components.words.words_script`."""
_CONTEXT = "\u0004"
"""What gettext has between a context and its message."""


def add_languages(client: Path) -> None:
    """Translate the pages in `client`, a folder with pages as they were built."""
    pages = [(page, page.read_text("utf-8")) for page in client.rglob("*.html")]
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        script = _write_messages(client, language)
        for page, built in pages:
            copy = client / FOLDER / language / page.relative_to(client)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(_first(script, _said(built, language), language), "utf-8")
    for page, built in pages:
        page.write_text(_said(built, ENGLISH), "utf-8")


def messages_of_pages(catalogue: Catalog) -> dict[str, str | list[str]]:
    """The translations that the browser needs, by message; several for one that counts something."""
    found: dict[str, str | list[str]] = {}
    for message in catalogue:
        if not message.id or not any(place.startswith(_OF_PAGES) for place, _ in message.locations):
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        said = message.string if isinstance(message.string, str) else list(message.string or ())
        if all(said):
            found[f"{message.context}{_CONTEXT}{key}" if message.context else key] = said
    return found


def _write_messages(client: Path, language: str) -> str:
    """Write the script with the messages, and return its address."""
    catalogue = file_of(language)
    messages = json.dumps(messages_of_pages(catalogue), ensure_ascii=False, separators=(",", ":"))
    script = (
        f"globalThis.webchatWords={{language:{json.dumps(language)},"
        "address:document.currentScript.getAttribute('src'),"
        f"plural:(n)=>Number({catalogue.plural_expr}),messages:{messages}}};\n"
    )
    name = f"words-{language}-{hashlib.sha256(script.encode()).hexdigest()[:8]}.js"
    (client / "assets").mkdir(exist_ok=True)
    (client / "assets" / name).write_text(script, "utf-8")
    # For pages that are made on the server, which knows no name of a build (rendering/account_pages.py).
    (client / f"words-{language}.js").write_text(script, "utf-8")
    return f"{PLACEHOLDER}/assets/{name}"


def _first(script: str, page: str, language: str) -> str:
    page = page.replace('<html lang="en">', f'<html lang="{language}">', 1)
    return page.replace(_PLACE, f'{_PLACE} src="{script}"', 1)


def _said(page: str, language: str) -> str:
    with speaking(language):
        return _MARK.sub(lambda mark: html.escape(_message(mark[1])), page)


def _message(mark: str) -> str:
    marked = json.loads(unquote(html.unescape(mark)))
    given: dict[str, Any] = {
        name: _MARK.sub(lambda inner: _message(inner[1]), value) if isinstance(value, str) else value
        for name, value in (marked.get("given") or {}).items()
    }
    if "many" in marked:
        return ngettext(marked["message"], marked["many"], marked["count"], **given)
    if "context" in marked:
        return pgettext(marked["context"], marked["message"], **given)
    return t(marked["message"], **given)
