"""Clients that share conversations of a real server, and what the database must hold afterwards."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException

from tests.integration.server.reading import PROVIDER
from tests.running_app import RunningApp
from tests.search_rows import differences, snapshot
from tests.tab import Tab
from tests.upstreams.openai import expected_text

CLIENTS = 5
TALKS = 3
GONE = (WebSocketException, OSError)
MODELS = {"echo": None, "paced-60-200": expected_text(60), "paced-200-200": expected_text(200)}
"""What each model says; None for the question itself."""


@dataclass
class Sent:
    """One message of a client; `direct` if it did not have to wait."""

    client_id: str
    text: str
    talk: str
    model: str
    accepted: bool = False
    direct: bool = False


@dataclass
class Run:
    """What all clients share: the server, the conversations and how much has been done."""

    app: RunningApp
    operations: int
    talks: list[str] = field(default_factory=list)
    done: int = 0
    up: asyncio.Event = field(default_factory=asyncio.Event)
    counted: Counter[str] = field(default_factory=Counter)


class Client:
    """One tab that does what comes to its mind; it loses its connection now and then."""

    def __init__(self, run: Run, chance: random.Random) -> None:
        self.run, self.chance = run, chance
        self.sent: list[Sent] = []
        self.edits: dict[str, bool] = {}
        """Texts of edited questions, and whether the page showed them."""
        self.deleted: set[str] = set()
        self.unsure: set[str] = set()
        """Messages whose deletion or return was under way when the connection was lost."""
        self.tab: Tab

    async def work(self) -> None:
        """Do something again and again; after a lost connection come back and send what was not accepted."""
        while self.run.done < self.run.operations:
            await self.run.up.wait()
            with suppress(*GONE):
                await self._connected()

    async def finish(self) -> None:
        """Send what was not accepted, with a server that stays."""
        async with Tab(self.run.app.url) as self.tab:
            await self._deliver()

    async def _connected(self) -> None:
        async with Tab(self.run.app.url) as self.tab:
            await self._deliver()
            await self._open()
            while self.run.done < self.run.operations:
                act = self.chance.choices(*zip(*self._choices(), strict=True))[0]
                async with asyncio.timeout(60):
                    await act()
                self.run.done += 1
                self.run.counted[act.__name__.strip("_")] += 1

    def _choices(self) -> list[tuple[Callable[[], object], int]]:
        return [
            (self._send, 8),
            (self._send_and_vanish, 1),
            (self._edit, 2),
            (self._regenerate, 2),
            (self._stop, 2),
            (self._delete, 2),
            (self._undo, 1),
            (self._turn, 2),
            (self._open, 3),
        ]

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            await self.tab.receive()

    def _rows(self, role: str) -> list[dict[str, Any]]:
        return [row for row in self.tab.state["messages"] if row["role"] == role]

    # What it does.

    async def _open(self) -> None:
        await self.tab.open_conversation(self.chance.choice(self.run.talks))
        await self.tab.choose_model(f"{PROVIDER}:{self.chance.choice(list(MODELS))}")

    async def _emit(self, message: Sent) -> None:
        await self.tab.do(
            "send_message",
            text=message.text,
            client_id=message.client_id,
            conversation_id=message.talk,
            model=message.model,
        )

    async def _accepted(self, message: Sent) -> None:
        await self._until(lambda: message.client_id in self.tab.state.get("accepted_ids", []))
        message.accepted = True
        message.direct = any(row["sent_as"] == message.client_id for row in self.tab.state["messages"])

    def _new(self) -> Sent:
        talk, model = self.tab.state["conversation_id"], self.tab.state["model"]
        message = Sent(uuid.uuid4().hex, f"text {uuid.uuid4().hex}", talk, model)
        self.sent.append(message)
        return message

    async def _send(self) -> None:
        message = self._new()
        await self._emit(message)
        await self._accepted(message)

    async def _send_and_vanish(self) -> None:
        await self._emit(self._new())
        raise ConnectionResetError

    async def _deliver(self) -> None:
        for message in self.sent:
            if not message.accepted:
                await self._emit(message)
                await self._accepted(message)

    async def _edit(self) -> None:
        if rows := self._rows("user"):
            text = f"edited {uuid.uuid4().hex}"
            message_id = self.chance.choice(rows)["id"]
            await self.tab.do("start_editing", message_id=message_id)
            await self._until(lambda: self.tab.state.get("editing") == message_id)
            self.edits[text], client_id = False, uuid.uuid4().hex
            # A notice may be about an earlier act, and what was refused can be accepted a moment later: the
            # same edit is saved again until it is, and is there once all the same.
            while self.tab.state["editing"]:
                told = len(self.tab.notices)
                await self.tab.do("edit_message", message_id=message_id, text=text, client_id=client_id)
                await self._until(partial(self._edited_or_told, told))
            self.edits[text] = True

    def _edited_or_told(self, told: int) -> bool:
        return not self.tab.state["editing"] or len(self.tab.notices) > told

    async def _regenerate(self) -> None:
        if rows := self._rows("assistant"):
            before, told = [row["id"] for row in self.tab.state["messages"]], len(self.tab.notices)
            await self.tab.do("retry_answer", message_id=self.chance.choice(rows)["id"])
            await self._until(
                lambda: (
                    [row["id"] for row in self.tab.state["messages"]] != before
                    or len(self.tab.notices) > told
                )
            )

    async def _stop(self) -> None:
        await self.tab.do("stop_answer")

    async def _turn(self) -> None:
        if ids := [row["previous"] or row["next"] for row in self._rows("user") if row["places"] > 1]:
            await self.tab.do("switch_branch", message_id=self.chance.choice(ids))

    async def _delete(self) -> None:
        own = {message.client_id for message in self.sent}
        ids = [
            row["id"]
            for row in self._rows("user")
            if set(row["sent_as"].split()) & own and len(row["sent_as"].split()) == 1
        ]
        if ids := [id for id in ids if id not in self.deleted]:
            message_id, told = self.chance.choice(ids), len(self.tab.notices)
            self.unsure.add(message_id)
            await self.tab.do("delete_pair", message_id=message_id)
            await self._until(
                lambda: message_id in self.tab.state.get("deleted_ids", []) or len(self.tab.notices) > told
            )
            if message_id in self.tab.state.get("deleted_ids", []):
                self.deleted.add(message_id)
            self.unsure.discard(message_id)

    async def _undo(self) -> None:
        if ids := set(self.tab.state.get("deleted_ids", [])) & self.deleted:
            self.unsure |= ids
            await self.tab.do("undo_delete")
            await self._until(lambda: not self.tab.state["deleted_ids"])
            self.deleted -= ids
            self.unsure -= ids


def answers_run(database: sqlite3.Connection) -> bool:
    """Whether an answer is being written."""
    running = "SELECT EXISTS (SELECT 1 FROM message WHERE status = 'streaming')"
    return bool(database.execute(running).fetchone()[0])


async def problems(path: Path, clients: list[Client]) -> list[str]:
    """What in the database is not as the clients know it: lost, phantom, doubled, reordered, changed.

    It looks at a moment when no answer runs. A queued message may be sent right after that.
    """
    async with asyncio.timeout(60):
        while True:
            with snapshot(path) as database:
                if not answers_run(database):
                    return _problems(database, clients)
            await asyncio.sleep(0.05)


def _problems(database: sqlite3.Connection, clients: list[Client]) -> list[str]:
    found = [f"the index of {name} differs from the rows" for name in differences(database)]
    if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        found.append("damaged")
    rows = database.execute(
        "SELECT id, parent_id, depth, role, content, status, model,"
        " (SELECT group_concat(id, ' ') FROM (SELECT id FROM client_id WHERE message_id = message.id"
        " ORDER BY position)), deleted_at IS NOT NULL, conversation_id FROM message ORDER BY id"
    ).fetchall()
    waiting = database.execute(
        "SELECT queued_client_id, queued_text, id FROM conversation WHERE queued_text IS NOT NULL"
    ).fetchall()
    return [
        *found,
        *_tree_problems(rows),
        *_send_problems(rows, waiting, clients),
        *_deletions(rows, clients),
    ]


def _tree_problems(rows: list[tuple[object, ...]]) -> list[str]:
    found, by_id = [], {row[0]: row for row in rows}
    for id, parent_id, depth, role, content, status, model, *_, talk in rows:
        parent = by_id.get(parent_id)
        if parent_id is not None and parent is None:
            found.append(f"{id} hangs below nothing")
        elif parent is None:
            if (depth, role) != (0, "user"):
                found.append(f"{id} is a root of depth {depth} by {role}")
        elif parent[0] > id or parent[2] + 1 != depth or parent[3] == role or parent[9] != talk:  # type: ignore[operator]
            found.append(f"{id} is out of order below {parent_id}")
        if role == "assistant" and parent is not None:
            said = MODELS[str(model).partition(":")[2]] or str(parent[4])
            whole = content == said
            if not said.startswith(str(content)) or (status == "complete" and not whole):
                found.append(f"{id} ({status}, {model}) holds {content!r}, not {said!r}")
            if status not in ("complete", "stopped", "interrupted"):
                found.append(f"{id} is {status}")
    return found


def _send_problems(
    rows: list[tuple[object, ...]], waiting: list[tuple[str, str, str]], clients: list[Client]
) -> list[str]:
    sent = {message.client_id: message for client in clients for message in client.sent}
    edits = {text: shown for client in clients for text, shown in client.edits.items()}
    stored: Counter[str] = Counter()
    edited: Counter[str] = Counter()
    found = []
    places: dict[str, str] = {}
    questions = [(str(row[7]), str(row[4]), str(row[9]), str(row[0])) for row in rows if row[3] == "user"]
    for ids, text, talk, place in [*questions, *((*entry, "waiting") for entry in waiting)]:
        if text in edits:
            edited[text] += 1
            continue
        known = [sent[id] for id in ids.split() if id in sent]
        if "\n\n".join(message.text for message in known) != text:
            found.append(f"{ids} holds {text!r}, which nobody sent")
        for message in known:
            stored[message.client_id] += 1
            places[message.client_id] = place
            if message.talk != talk:
                found.append(f"{message.client_id} is in another conversation")
    found += [f"{id} is there {stored[id]} times" for id in sent if stored[id] != 1]
    found += [
        f"the edit {text!r} is there {edited[text]} times"
        for text, shown in edits.items()
        if edited[text] > 1 or (shown and not edited[text])
    ]
    for client in clients:
        for talk in {message.talk for message in client.sent}:
            order = [
                places.get(each.client_id, "") for each in client.sent if each.talk == talk and each.direct
            ]
            if order != sorted(order):
                found.append(f"a client's messages in {talk} are out of order")
    return found


def _deletions(rows: list[tuple[object, ...]], clients: list[Client]) -> list[str]:
    deleted = {id for client in clients for id in client.deleted}
    unsure = {id for client in clients for id in client.unsure}
    stored = {str(row[0]) for row in rows if row[3] == "user" and row[8]}
    return [f"{id} is deleted or not, against what was shown" for id in (stored ^ deleted) - unsure]
