"""A long history to measure and to test with: thousands of conversations, written in seconds."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count
from pathlib import Path

from webchat.storage.engine import Database
from webchat.storage.folding import FoldingConnection
from webchat.storage.ids import new_id
from webchat.storage.migrations import runner, upgrade
from webchat.storage.sqlite import sqlite_url
from webchat.storage.types import utc_now

START = datetime(2024, 1, 1, tzinfo=UTC)
COMMON, RARE = "Server:common", "Server:rare"
COMMON_WORD, RARE_WORD, MIDDLE_WORD = "the", "zyzzyva", "quixotry"
"""`MIDDLE_WORD` is in one message only, in the middle of the conversation `thousand`."""
WORDS = ("recipe", "holiday", "python", "error", "letter", "budget", "garden", "idea", "plan", "review")
FOLDER, ARCHIVE = "folder", "archive"
"""The folders of every second and of every fourth conversation; the latter are archived."""
HOME, RARE_TAG = "home", "rare"
"""The tags of every third conversation, and of the three oldest."""
PINNED = 100
THOUSAND = 1_000
"""Messages in the conversation `thousand`."""
FIRST_VERSION = "0001"
"""The tables of version 0.1."""


@dataclass(frozen=True)
class Size:
    """How much to write.

    Args:
        conversations: the usual ones, of `turns` messages each.
        deep: messages of one conversation below one another, and first messages of another; 0 for neither.
        words: the number of words in a message.
    """

    conversations: int
    turns: int = 10
    deep: int = 10_000
    words: int = 60


@dataclass(frozen=True)
class Filled:
    """A database with its owner, and conversations in it."""

    database: Database
    owner: str
    usual: str
    thousand: str
    deep: str = ""
    deep_root: str = ""
    wide: str = ""
    wide_root: str = ""
    """A first message of `wide`."""


def fill(path: Path, size: Size) -> Filled:
    """Write a history into a database, for its owner if it has one."""
    upgrade(sqlite_url(path))
    return _fill(path, size)


def fill_first_version(path: Path, size: Size) -> Filled:
    """Write a history into a new database with the tables of version 0.1, without folders, tags and trash."""
    upgrade(sqlite_url(path))
    runner.downgrade(path, FIRST_VERSION)
    return _fill(path, size, first_version=True)


def _fill(path: Path, size: Size, *, first_version: bool = False) -> Filled:
    with closing(sqlite3.connect(path, factory=FoldingConnection)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        filled = _Writer(connection, size, first_version).write(Database(sqlite_url(path)))
        connection.commit()
    return filled


class _Writer:
    def __init__(self, connection: sqlite3.Connection, size: Size, first_version: bool) -> None:
        self._connection = connection
        self._size = size
        self._first_version = first_version
        self._chance = random.Random(1)
        self._texts = texts(size.words)
        self._owner = self._find_owner()

    def write(self, database: Database) -> Filled:
        usual = ""
        for number in range(self._size.conversations):
            model = _model(number)
            moment = START + timedelta(minutes=number)
            usual, _ = self._chain(model, moment, self._size.turns)
        thousand, _ = self._chain(COMMON, START, THOUSAND, MIDDLE_WORD)
        filled = Filled(database, self._owner, usual, thousand)
        if self._size.deep:
            deep, top = self._chain(COMMON, START, self._size.deep)
            wide, root = self._roots(self._size.deep)
            filled = Filled(database, self._owner, usual, thousand, deep, top, wide, root)
        if not self._first_version:
            self._organise()
        return filled

    def _roots(self, number: int) -> tuple[str, str]:
        """A conversation of so many first messages; its id and that of the oldest."""
        ids = [new_id() for _ in range(number)]
        conversation = self._conversation(COMMON, START, ids[-1])
        self._messages(conversation, COMMON, START, ((id_, None, 0) for id_ in ids))
        return conversation, ids[0]

    def _find_owner(self) -> str:
        found = self._connection.execute("SELECT id FROM user ORDER BY id LIMIT 1").fetchone()
        owner = str(found[0]) if found else new_id()
        self._connection.execute(
            "INSERT OR IGNORE INTO user (id, name, created_at) VALUES (?, 'Ann', ?)", [owner, _moment(START)]
        )
        return owner

    def _chain(self, model: str, moment: datetime, length: int, middle: str = "") -> tuple[str, str]:
        """A conversation of messages below one another; its id and that of the first message."""
        ids = [new_id() for _ in range(length)]
        conversation = self._conversation(model, moment, ids[-1])
        nodes = zip(ids, [None, *ids[:-1]], range(length), strict=True)
        self._messages(conversation, model, moment, nodes, {length // 2: middle} if middle else {})
        return conversation, ids[0]

    def _organise(self) -> None:
        """Folders, tags, an archive, pins and a trash, spread evenly over all conversations."""
        connection, owner = self._connection, self._owner
        for name in (FOLDER, ARCHIVE):
            connection.execute(
                "INSERT INTO folder VALUES (?, ?, ?, ?, 0, ?)", [name, owner, name, name, _moment(START)]
            )
        ids = [id_ for (id_,) in connection.execute("SELECT id FROM conversation ORDER BY updated_at, id")]
        now = _moment(utc_now())
        connection.executemany(
            "UPDATE conversation SET folder_id = ?, archived_at = ? WHERE id = ?",
            (
                (FOLDER if at % 4 else ARCHIVE, None if at % 4 else now, ids[at])
                for at in range(0, len(ids), 2)
            ),
        )
        tags = [(id_, HOME, owner) for id_ in ids[::3]] + [(id_, RARE_TAG, owner) for id_ in ids[1:7:2]]
        connection.executemany("INSERT INTO conversation_tag VALUES (?, ?, ?)", tags)
        connection.executemany(
            "UPDATE conversation SET pinned_at = ? WHERE id = ?",
            ((now, id_) for id_ in ids[1 : 2 * PINNED : 2]),
        )
        connection.executemany(
            "UPDATE conversation SET deleted_at = ? WHERE id = ?", ((now, id_) for id_ in ids[-11::-50])
        )

    def _conversation(self, model: str, moment: datetime, leaf: str) -> str:
        id_, at, chance = new_id(), _moment(moment), self._chance
        title = f"{' '.join(chance.sample(WORDS, 4))} {chance.randrange(10**6)}"
        title = f"needle {title}" if model == RARE else title
        column, value = (", title_folded", ", ?") if self._first_version else ("", "")
        self._connection.execute(
            "INSERT INTO conversation (id, owner_id, title, title_is_manual, model, system_prompt,"
            f" current_leaf_id, created_at, updated_at{column}) VALUES (?, ?, ?, 0, ?, '', ?, ?, ?{value})",
            [id_, self._owner, title, model, leaf, at, at, *([title] if self._first_version else [])],
        )
        return id_

    def _messages(
        self,
        conversation: str,
        model: str,
        moment: datetime,
        nodes: Iterator[tuple[str, str | None, int]],
        more: dict[int, str] | None = None,
    ) -> None:
        """Questions and answers in turn by their depth; answers have a generation.

        Args:
            more: a word to add to the message of a depth.
        """
        at, written, added = _moment(moment), list(nodes), more or {}
        self._connection.executemany(
            "INSERT INTO message (id, conversation_id, owner_id, parent_id, depth, role, content, reasoning,"
            " model, status, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, 'complete', ?)",
            (
                (
                    *(id_, conversation, self._owner, parent, depth, "assistant" if depth % 2 else "user"),
                    f"{next(self._texts)} {added.get(depth, '')}".rstrip(),
                    *(model if depth % 2 else None, at),
                )
                for id_, parent, depth in written
            ),
        )
        provider, _, name = model.partition(":")
        self._connection.executemany(
            "INSERT INTO generation (id, message_id, conversation_id, owner_id, status, provider, model,"
            " system_prompt, started_at, left_out) VALUES (?, ?, ?, ?, 'complete', ?, ?, '', ?, 0)",
            (
                (new_id(), id_, conversation, self._owner, provider, name, at)
                for id_, _, depth in written
                if depth % 2
            ),
        )


def _model(number: int) -> str:
    """Nearly all conversations use one model, some one of twenty others, the three oldest a rare one."""
    if number < 3:
        return RARE
    return f"Server:other-{number % 20}" if number % 5 == 0 else COMMON


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def texts(words_of_each: int) -> Iterator[str]:
    """Texts whose words are as frequent as those of a language; one in some thousands has the rare one."""
    chance = random.Random(2)
    letters = [first + second for first in "bcdfghklmnprstvz" for second in "aeiou"]
    words = ["".join(chance.choices(letters, k=chance.randint(1, 4))) for _ in range(20_000)]
    words[0] = COMMON_WORD
    weights = list(accumulate(1 / place for place in range(1, len(words) + 1)))
    pool = [" ".join(chance.choices(words, cum_weights=weights, k=words_of_each)) for _ in range(5_000)]
    for number in count():
        text = pool[chance.randrange(len(pool))]
        yield f"{text} {RARE_WORD}" if number % 4_000 == 0 else text
