"""What the browsers of a crash test know: what they sent, what the server accepted, what they have read.

After each restart the database is compared with it. Times are `time.time()` seconds.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.search_rows import differences, snapshot
from tests.upstreams.openai import expected_text
from tests.upstreams.texts import CHUNK_CHARACTERS

ENDED = {"complete", "interrupted"}


@dataclass
class SentMessage:
    """One message; `accepted` is when the browser heard that the server has it."""

    client_id: str
    text: str
    conversation_id: str
    accepted: bool = False


@dataclass
class ReadAnswer:
    """One answer as a browser read it: `arrivals` are times with the characters there were then."""

    message_id: str
    expected: str
    chunks: int = 0
    """Chunks the upstream writes, 0 for an answer that comes at once."""
    rate: int = 0
    """Chunks a second."""
    text: str = ""
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    ended: bool = False

    @property
    def model(self) -> str:
        """The upstream's script, which no other answer of the same round has."""
        return f"paced-{self.chunks}-{self.rate}" if self.chunks else "echo"


def paced(message_id: str, chunks: int, rate: int) -> ReadAnswer:
    return ReadAnswer(message_id, expected_text(chunks), chunks, rate)


@dataclass
class Ledger:
    """What one data folder must hold, over all rounds."""

    sent: dict[str, SentMessage] = field(default_factory=dict)
    answers: list[ReadAnswer] = field(default_factory=list)
    """Those of the last round."""
    problems: list[str] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)
    """Seconds of text each interrupted answer has lost, reckoned from what the upstream had written."""
    lost_on_screen: list[float] = field(default_factory=list)
    """Seconds for which what was lost had been on screen."""

    @property
    def unaccepted(self) -> list[SentMessage]:
        """What a browser still keeps and sends again."""
        return [message for message in self.sent.values() if not message.accepted]

    def compare(self, path: Path, killed: float, came: dict[str, float]) -> dict[str, str]:
        """Look at the database after a restart, before anything else is sent.

        Args:
            path: the database.
            killed: when the server was killed.
            came: when the upstream got the request, by model.

        Returns:
            The status of each answer of the last round.
        """
        with snapshot(path) as database:
            if wrong := differences(database):
                self.problems.append(f"the search index differs from the rows: {wrong}")
            for pragma, healthy in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
                if (found := database.execute(f"PRAGMA {pragma}").fetchall()) != healthy:
                    self.problems.append(f"{pragma}: {found}")
            self._compare_messages(database)
            for message_id, status in database.execute(
                "SELECT id, status FROM message WHERE role = 'assistant'"
            ):
                if status not in ENDED:
                    self.problems.append(f"{message_id} is {status} after a restart")
            statuses = {}
            for answer in self.answers:
                row = database.execute(
                    "SELECT status, content FROM message WHERE id = ?", (answer.message_id,)
                ).fetchone()
                if row is None:
                    self.problems.append(f"the answer {answer.message_id} was shown and is gone")
                else:
                    status, content = row
                    statuses[answer.message_id] = status
                    self._compare_answer(answer, status, content, killed, came.get(answer.model))
        return statuses

    def _compare_messages(self, database: sqlite3.Connection) -> None:
        stored: Counter[str] = Counter()
        for client_id, text in _stored(database):
            stored[client_id] += 1
            if client_id not in self.sent:
                self.problems.append(f"{client_id} was never sent")
            elif self.sent[client_id].text not in text.split("\n\n"):
                self.problems.append(f"{client_id} has other words: {text!r}")
        for message in self.sent.values():
            count = stored[message.client_id]
            if message.accepted and count == 0:
                self.problems.append(f"{message.client_id} was accepted and is lost")
            elif count > 1:
                self.problems.append(f"{message.client_id} is there {count} times")

    def _compare_answer(
        self, answer: ReadAnswer, status: str, content: str, killed: float, came: float | None
    ) -> None:
        if not answer.expected.startswith(content):
            self.problems.append(f"{answer.message_id} holds words the service never wrote: {content!r}")
        if status == "complete" and content != answer.expected:
            self.problems.append(f"{answer.message_id} is called complete and is not")
        if answer.ended and status != "complete":
            self.problems.append(f"{answer.message_id} was shown as complete and is {status}")
        if status != "interrupted":
            return
        missed = next((time for time, length in answer.arrivals if length > len(content)), killed)
        self.lost_on_screen.append(killed - missed)
        if came is not None and answer.chunks:
            written = min(answer.chunks, int((killed - came) * answer.rate))
            self.behind.append(max(0.0, (written - len(content) / CHUNK_CHARACTERS) / answer.rate))


def conversation_of(path: Path, message_id: str) -> str:
    """The id of the conversation a message is in."""
    with closing(sqlite3.connect(path)) as database:
        row = database.execute("SELECT conversation_id FROM message WHERE id = ?", (message_id,)).fetchone()
    return str(row[0])


def _stored(database: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Every id a browser gave, with the words it stands for now: messages and what waits."""
    rows = [
        *database.execute(
            "SELECT client_id.id, content FROM client_id JOIN message ON message.id = message_id"
            " WHERE role = 'user'"
        ),
        *database.execute(
            "SELECT queued_client_id, queued_text FROM conversation WHERE queued_text IS NOT NULL"
        ),
    ]
    for ids, text in rows:
        for client_id in ids.split():
            yield client_id, text
