"""Pages are built once: the messages marked in them become English, and in copies other languages."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import quote

from webchat.hosting.page_languages import add_languages
from webchat.words.catalogue import file_of
from webchat.words.language import FOLDER

_KEPT = "!'()*~"
"""The signs that `encodeURIComponent` keeps besides Python's; React writes an apostrophe as `&#x27;`."""


def mark(**message: object) -> str:
    """A message as assets/ui/words.js marks it."""
    return html.escape(f"\ue000{quote(json.dumps(message), safe=_KEPT)}\ue001")


LANGUAGE = {"message": "Language"}
DAYS = {"message": "{count} day", "many": "{count} days"}
PAGE = (
    '<!DOCTYPE html><html lang="en"><head><script data-words=""></script><title>{}</title></head>'
    '<body><p title="{}">{}</p><p>{}</p></body></html>'
).format(
    mark(**LANGUAGE),
    mark(message="{name} & “{other}”", given={"name": "<b>'\"", "other": mark(**LANGUAGE)}),
    mark(**DAYS, count=3),
    mark(message="Nobody's words (yet)"),
)


def built(folder: Path) -> Path:
    """A folder of pages as they were built."""
    (folder / "settings").mkdir()
    for page in ("index.html", "settings/index.html"):
        (folder / page).write_text(PAGE)
    add_languages(folder)
    return folder


def test_a_page_becomes_english(tmp_path: Path) -> None:
    page = (built(tmp_path) / "index.html").read_text()
    assert page == (
        '<!DOCTYPE html><html lang="en"><head><script data-words=""></script><title>Language</title></head>'
        '<body><p title="&lt;b&gt;&#x27;&quot; &amp; “Language”">3 days</p>'
        "<p>Nobody&#x27;s words (yet)</p></body></html>"
    )


def test_a_copy_of_a_page_is_in_another_language(tmp_path: Path) -> None:
    page = (built(tmp_path) / "languages" / "ru" / "settings" / "index.html").read_text()
    assert page.startswith(
        '<!DOCTYPE html><html lang="ru"><head><script data-words="" src="/__webchat_base__/assets/words-ru-'
    )
    assert "<title>Язык</title>" in page
    assert "“Язык”" in page
    assert ">3\u00a0дня</p><p>Nobody&#x27;s words (yet)</p>" in page


def test_the_script_has_the_messages_of_the_pages_only(tmp_path: Path) -> None:
    (script,) = (built(tmp_path) / "assets").glob("words-ru-*.js")
    found = re.fullmatch(
        r'globalThis\.webchatWords=\{language:"ru",address:.*,plural:\(n\)=>Number\(.*?\),messages:(\{.*\})\};\n',
        script.read_text(),
    )
    assert found
    messages = json.loads(found[1])
    assert messages["Language"] == "Язык"
    assert "This message no longer exists. It may have been deleted elsewhere." not in messages


def test_the_plural_rule_is_also_javascript() -> None:
    for file in FOLDER.glob("*.po"):
        rule = file_of(file.stem).plural_expr
        assert re.fullmatch(r"[n0-9 %=!<>&|?:()]+", rule)
