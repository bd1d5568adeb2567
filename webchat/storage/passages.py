"""Finds the passages of a text that fit a question, with the words and the ranking of the history's index."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from webchat.storage.search_index import TOKENIZER
from webchat.storage.search_text import search_text

MOST_WORDS = 200
"""Words of a question that are looked for."""


def best_passages(passages: Sequence[str], question: str) -> list[int]:
    """The numbers of the passages that have words of the question, the best first (BM25). Blocks.

    The index is made in memory for this question: two megabytes of text take a fifth of a second.
    """
    words = list(dict.fromkeys(_words(question)))[:MOST_WORDS]
    if not words:
        return []
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE VIRTUAL TABLE passage USING fts5(text, tokenize='{TOKENIZER}')")
        connection.executemany(
            "INSERT INTO passage (rowid, text) VALUES (?, ?)",
            ((number, search_text(text)) for number, text in enumerate(passages)),
        )
        found = connection.execute(
            "SELECT rowid FROM passage WHERE passage MATCH ? ORDER BY rank", [" OR ".join(words)]
        )
        return [number for (number,) in found]


def _words(question: str) -> list[str]:
    """The words of a question in quotes, as FTS5 takes them for words whatever they contain."""
    letters = "".join(each if each.isalnum() else " " for each in search_text(question))
    return [f'"{word}"' for word in letters.split()]
