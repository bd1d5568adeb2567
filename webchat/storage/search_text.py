"""The text that the search index holds, made by SQL functions that every connection has.

FTS5's `unicode61` tokenizer ignores case and accents. It takes a run of Chinese, Japanese, Korean or Thai
letters for one word, so `search_text` separates them: each letter is then a token, and a word is a phrase.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from zlib import crc32

_WITHOUT_SPACES = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"  # kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Han
    "\uac00-\ud7af"  # Hangul
    "]"
)
_SLICE = 8_192
_LETTERS = str.maketrans({"ё": "е", "Ё": "Е", "ß": "ss", "ẞ": "ss", "ς": "σ"})


def search_text(text: str) -> str:
    """The text as it is indexed and searched, with the same words for equal ones.

    >>> search_text("Ёлка 東京")
    'Елка  東  京 '
    """
    if text.isascii():
        return text
    # In slices, between which other threads can run.
    return "".join(_plain(text[start : start + _SLICE]) for start in range(0, len(text), _SLICE))


def _plain(text: str) -> str:
    normalized = unicodedata.normalize("NFKC", text).translate(_LETTERS)
    return _WITHOUT_SPACES.sub(r" \g<0> ", normalized)


def owner_token(owner_id: str) -> str:
    """The token that each message of an owner has."""
    return f"o{_hash(owner_id)}"


def role_token(role: str) -> str:
    """The token that each message of a role has."""
    return f"r{role}"


def model_token(model: str) -> str:
    """The token that each answer of a model, `Provider:model`, has."""
    return f"m{_hash(model)}"


def year_token(year: int) -> str:
    """The token that each message of a year has."""
    return f"y{year:04}"


def month_token(year: int, month: int) -> str:
    """The token that each message of a month has."""
    return f"d{year:04}{month:02}"


def facets(owner_id: str, role: str, model: str | None, created_at: str) -> str:
    """The tokens by which the index selects messages; `created_at` begins with year and month."""
    year, month = int(created_at[:4]), int(created_at[5:7])
    tokens = [owner_token(owner_id), role_token(role), year_token(year), month_token(year, month)]
    return " ".join([*tokens, model_token(model)] if model else tokens)


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the triggers of the index call."""
    connection.create_function("search_text", 1, search_text, deterministic=True)
    connection.create_function("search_facets", 4, facets, deterministic=True)
    connection.create_function("search_owner", 1, owner_token, deterministic=True)


def _hash(text: str) -> str:
    return f"{crc32(text.encode()):08x}"
