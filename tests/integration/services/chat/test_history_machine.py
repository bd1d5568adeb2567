"""Whatever clients do, in any order and with crashes, the whole history stays as it must be (R13)."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from tests.empty_database import make_empty_database
from tests.integration.services.chat.history_model import ENDED_BADLY, Node, Talk
from tests.integration.services.chat.patient import Patient, Turn
from tests.integration.services.steering import send_what_waits
from tests.integration.services.world import MODEL, World
from webchat.providers.errors import TruncatedAnswer
from webchat.services.answers import generations
from webchat.services.chat.sending import Draft
from webchat.services.errors import NothingToContinue
from webchat.storage.errors import ConversationNotFound, MessageNotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.tables import Message

EXAMPLES, STEPS = int(os.environ.get("WEBCHAT_HISTORY_EXAMPLES", "2")), 50
T = TypeVar("T")
seeds = st.integers(0, 10_000)
"""Chooses among what there is at the moment."""


OPERATIONS = (
    *("send", "send", "send", "end", "end", "end"),
    *("break_off", "stop", "checkpoint", "crash", "shut_down"),
    *("repeat", "edit", "regenerate", "go_on", "switch_branch", "delete_pair", "undo"),
    *("withdraw", "send_queued", "delete_talk", "restore_talk", "a_stranger_does_nothing"),
)
"""What one step does; the first ones more often."""


class Histories(RuleBasedStateMachine):
    """The services and, beside them, what they must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.root = Path(tempfile.mkdtemp())
        self.lives = 0
        self.talks: dict[str, Talk] = {}
        self.running: dict[str, Turn] = {}
        self.saved: dict[str, str] = {}
        """Words of running answers that are known to be on the disk."""
        self.sends: list[tuple[Draft, list[str]]] = []
        """What was accepted, with the ids of question and answer; none while it waits."""
        self.deletions: list[tuple[Talk, list[str]]] = []
        self.questions = 0
        self._quick = patch.object(generations, "CHECKPOINT_INTERVAL", 0.005)
        self._quick.start()

    @initialize()
    def open(self) -> None:
        folder = self.root / "0"
        make_empty_database(folder)
        self.do(self._open(folder, first=True))

    async def _open(self, folder: Path, first: bool = False) -> None:
        self.world = World(folder)
        await (self.world.open() if first else self.world.open_again())
        self.provider = self.world.scripts["Fake"] = Patient()
        send_what_waits(self.world)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(asyncio.wait_for(work, 20))

    def refused(self, work: Coroutine[Any, Any, Any], *errors: type[Exception]) -> None:
        with pytest.raises(errors):
            self.do(work)

    # Choosing.

    def text(self) -> str:
        self.questions += 1
        return f"question {self.questions}"

    def alive(self) -> list[Talk]:
        return [talk for talk in self.talks.values() if not talk.deleted]

    def some_node(self, seed: int, role: str) -> tuple[Talk, Node] | None:
        found = [(talk, node) for talk in self.alive() for node in talk.nodes.values() if node.role == role]
        return found[seed % len(found)] if found else None

    def _talk_of(self, message_id: str) -> Talk:
        return next(talk for talk in self.talks.values() if message_id in talk.nodes)

    def draft(self, talk: Talk | None, text: str, edited: str | None = None) -> Draft:
        return Draft(text, new_id(), talk.id if talk else None, MODEL, edited_id=edited)

    # What the tests know of the answers that began.

    async def _began(self, count: int) -> Turn:
        """Wait until the provider was asked once more than `count` times."""
        while len(self.provider.turns) <= count or not self.provider.turns[-1].reached.is_set():
            self.provider.came.clear()
            await self.provider.came.wait()
        return self.provider.turns[-1]

    def _note_exchange(self, talk: Talk, sent: Any, parent: str | None, text: str, turn: Turn) -> list[str]:
        question, answer = (item.message for item in sent.messages)
        asked = Node(question.id, parent, "user", text)
        talk.add_exchange(asked, Node(answer.id, asked.id, "assistant", turn.first, "streaming"))
        self.running[answer.id] = turn
        return [question.id, answer.id]

    async def _send(self, draft: Draft, repeats: int) -> tuple[Any, Turn]:
        before = len(self.provider.turns)
        sends = await asyncio.gather(
            *(self.world.services.sending.send(self.world.owner, draft) for _ in range(repeats))
        )
        assert len({tuple(item.message.id for item in sent.messages) for sent in sends}) == 1
        return sends[0], await self._began(before)

    @rule(what=st.sampled_from(OPERATIONS), seed=seeds)
    def do_something(self, what: str, seed: int) -> None:
        getattr(self, what)(seed)

    # What clients do.

    def send(self, seed: int) -> None:
        alive, repeats = self.alive(), seed % 3 + 1
        talk = None if not alive or (seed % 7 == 3 and len(self.talks) < 3) else alive[seed % len(alive)]
        text = self.text()
        draft = self.draft(talk, text)
        if talk is not None and talk.is_answering:
            self.refused(self._send(draft, 1), StillAnswering)
            self._queue(talk, draft, repeats)
            return
        sent, turn = self.do(self._send(draft, repeats))
        parent = talk.leaf if talk else None
        talk = talk or self.talks.setdefault(sent.conversation_id, Talk(sent.conversation_id))
        ids = self._note_exchange(talk, sent, parent, "\n\n".join([*talk.waiting, text]), turn)
        self.sends.append((draft, ids))
        self._note_waiting_sent(talk, ids)

    def _queue(self, talk: Talk, draft: Draft, repeats: int) -> None:
        queue = self.world.services.queued_messages.add
        for _ in range(repeats):
            waiting = self.do(queue(self.world.owner, talk.id, draft.text, draft.client_id))
        talk.waiting.append(draft.text)
        talk.waiting_ids.append(draft.client_id)
        assert waiting == talk.queued
        self.sends.append((draft, []))

    def repeat(self, seed: int) -> None:
        """A browser that has not heard of its message's arrival sends it again."""
        if not self.sends:
            return
        draft, ids = self.sends[seed % len(self.sends)]
        talk = next((talk for talk in self.talks.values() if draft.client_id in talk.waiting_ids), None)
        sending = self.world.services.sending
        if talk is not None:
            if not talk.deleted:
                self.refused(sending.send(self.world.owner, draft), StillAnswering)
            if talk.is_answering and not talk.deleted:
                add = self.world.services.queued_messages.add
                queue = add(self.world.owner, talk.id, draft.text, draft.client_id)
                assert self.do(queue) == talk.queued
        elif ids:
            talk = next(talk for talk in self.talks.values() if ids[0] in talk.nodes)
            if talk.deleted:
                self.refused(sending.send(self.world.owner, draft), ConversationNotFound)
            else:
                sent = self.do(sending.send(self.world.owner, draft))
                assert [item.message.id for item in sent.messages] == ids

    def edit(self, seed: int) -> None:
        if found := self.some_node(seed, "user"):
            talk, question = found
            text = self.text()
            draft = self.draft(talk, text, question.id)
            parent = talk.nodes[question.parent] if question.parent else None
            if parent is not None and parent.status == "streaming":
                self.refused(self._send(draft, 1), StillAnswering)
                return
            sent, turn = self.do(self._send(draft, 2))
            self.sends.append((draft, self._note_exchange(talk, sent, question.parent, text, turn)))

    def regenerate(self, seed: int) -> None:
        if found := self.some_node(seed, "assistant"):
            talk, answer = found
            retry = self.world.services.further_answers.retry(self.world.owner, answer.id, MODEL)
            if answer.deleted:
                self.refused(retry, MessageNotFound)
                return
            if any(node.status == "streaming" for node in talk.children(answer.parent)):
                self.refused(retry, StillAnswering)
                return
            if talk.nodes[str(answer.parent)].deleted:
                self.refused(retry, MessageNotFound)
                return
            again, turn = self.do(self._begin(retry))
            talk.add_answer(Node(again.message.id, answer.parent, "assistant", turn.first, "streaming"))
            self.running[again.message.id] = turn

    async def _begin(self, work: Coroutine[Any, Any, T]) -> tuple[T, Turn]:
        before = len(self.provider.turns)
        return await work, await self._began(before)

    def go_on(self, seed: int) -> None:
        if found := self.some_node(seed, "assistant"):
            talk, answer = found
            work = self.world.services.further_answers.continue_answer(self.world.owner, answer.id, MODEL)
            if answer.deleted:
                self.refused(work, MessageNotFound)
                return
            if answer.status not in ENDED_BADLY:
                self.refused(work, StillAnswering, NothingToContinue)
                return
            if talk.nodes[str(answer.parent)].deleted:
                self.refused(work, MessageNotFound)
                return
            _, turn = self.do(self._begin(work))
            self.saved[answer.id] = answer.text
            answer.text += turn.first
            answer.status = "streaming"
            self.running[answer.id] = turn

    def delete_pair(self, seed: int) -> None:
        if found := self.some_node(seed, "user" if seed % 2 else "assistant"):
            talk, named = found
            pair = talk.pair(named.id)
            work = self.world.services.branches.delete_pair(self.world.owner, named.id)
            if any(node.status == "streaming" for node in pair):
                self.refused(work, StillAnswering)
                return
            ids = self.do(work)
            assert ids == [node.id for node in pair]
            talk.delete(pair)
            for version in talk.children(pair[0].id):  # out of sight, so nobody could stop it any more
                if self.running.pop(version.id, None):
                    version.status = "stopped"
            self.deletions.append((talk, ids))

    def undo(self, seed: int) -> None:
        if not self.deletions:
            return
        talk, ids = self.deletions.pop(seed % len(self.deletions))
        self.do(self.world.services.branches.restore_messages(self.world.owner, ids))
        talk.restore(ids)

    def switch_branch(self, seed: int) -> None:
        if found := self.some_node(seed, "user" if seed % 2 else "assistant"):
            talk, node = found
            self.do(self.world.services.branches.switch_branch(self.world.owner, node.id))
            talk.leaf = talk.newest_leaf(node.id)

    def withdraw(self, seed: int) -> None:
        if alive := self.alive():
            talk = alive[seed % len(alive)]
            assert (
                self.do(self.world.services.queued_messages.withdraw(self.world.owner, talk.id))
                == talk.queued
            )
            self._forget_waiting(talk)

    def _forget_waiting(self, talk: Talk) -> None:
        self.sends = [(draft, ids) for draft, ids in self.sends if draft.client_id not in talk.waiting_ids]
        talk.waiting, talk.waiting_ids = [], []

    def send_queued(self, seed: int) -> None:
        waiting = [talk for talk in self.alive() if talk.waiting]
        if waiting:
            talk = waiting[seed % len(waiting)]
            work = self.world.services.queued_messages.send(self.world.owner, talk.id)
            if talk.is_answering:
                self.refused(work, StillAnswering)
                return
            sent, turn = self.do(self._begin(work))
            self._note_queue_sent(talk, sent, turn)

    def _note_queue_sent(self, talk: Talk, sent: Any, turn: Turn) -> None:
        self._note_waiting_sent(talk, self._note_exchange(talk, sent, talk.leaf, talk.queued, turn))

    def _note_waiting_sent(self, talk: Talk, ids: list[str]) -> None:
        self.sends = [
            (draft, ids if draft.client_id in talk.waiting_ids else known) for draft, known in self.sends
        ]
        talk.waiting, talk.waiting_ids = [], []

    def delete_talk(self, seed: int) -> None:
        if alive := self.alive():
            talk = alive[seed % len(alive)]
            self.do(self.world.services.conversations.delete(self.world.owner, talk.id))
            talk.deleted = True
            for message_id in [each for each in self.running if each in talk.nodes]:
                del self.running[message_id]
                talk.nodes[message_id].status = "stopped"
            self.refused(
                self.world.services.conversations.open(self.world.owner, talk.id, 1), ConversationNotFound
            )

    def restore_talk(self, seed: int) -> None:
        gone = [talk for talk in self.talks.values() if talk.deleted]
        if gone:
            talk = gone[seed % len(gone)]
            self.do(self.world.services.conversations.restore(self.world.owner, talk.id))
            talk.deleted = False

    def a_stranger_does_nothing(self, seed: int) -> None:
        if found := self.some_node(seed, "assistant"):
            talk, node = found
            services, nobody = self.world.services, "nobody"
            self.refused(services.branches.delete_pair(nobody, node.id), MessageNotFound)
            self.refused(services.branches.switch_branch(nobody, node.id), MessageNotFound)
            self.refused(services.further_answers.continue_answer(nobody, node.id, MODEL), MessageNotFound)
            self.refused(
                services.queued_messages.add(nobody, talk.id, "Hello", new_id()), ConversationNotFound
            )

    # How answers end.

    def end(self, seed: int, error: bool = False) -> None:
        if not self.running:
            return
        message_id = sorted(self.running)[seed % len(self.running)]
        turn = self.running.pop(message_id)
        talk = self._talk_of(message_id)
        node = talk.nodes[message_id]
        leaf_answers = talk.is_answering and talk.leaf != message_id
        goes_on = bool(not error and talk.waiting and not talk.deleted and not leaf_answers)
        sent, following = self.do(self._end(message_id, turn, error, talk if goes_on else None))
        node.status = "error" if error else "complete"
        if not error:
            node.text += turn.rest
        if goes_on:
            self._note_queue_sent(talk, sent, following)

    def break_off(self, seed: int) -> None:
        self.end(seed, error=True)

    async def _end(self, message_id: str, turn: Turn, error: bool, talk: Talk | None) -> Any:
        before = len(self.provider.turns)
        (task,) = [each for each in asyncio.all_tasks() if each.get_name() == f"answer {message_id}"]
        turn.end.set_result(TruncatedAnswer("Fake") if error else None)
        await asyncio.wait([task])
        if talk is None:
            return None, None
        following = await self._began(before)
        opened = await self.world.services.conversations.open(self.world.owner, talk.id, 2)
        return _Sent(opened.window.items), following

    def stop(self, seed: int) -> None:
        if not self.running:
            return
        message_id = sorted(self.running)[seed % len(self.running)]
        del self.running[message_id]
        assert self.do(self.world.generations.stop(self.world.owner, message_id)) is True
        self._talk_of(message_id).nodes[message_id].status = "stopped"

    def checkpoint(self, seed: int) -> None:
        """Wait until the words so far of a running answer are on the disk."""
        if not self.running:
            return
        message_id = sorted(self.running)[seed % len(self.running)]
        node = self._talk_of(message_id).nodes[message_id]
        self.do(self._on_disk(message_id, node.text))
        self.saved[message_id] = node.text

    async def _on_disk(self, message_id: str, text: str) -> None:
        while (await self.world.message(message_id)).content != text:  # noqa: ASYNC110
            await asyncio.sleep(0.002)

    def shut_down(self, seed: int) -> None:
        self.crash(seed, crash=False)

    def crash(self, seed: int, crash: bool = True) -> None:
        self.lives += 1
        folder = self.root / str(self.lives)
        self.do(self._start_again(folder, crash))
        for message_id in self.running:
            node = self._talk_of(message_id).nodes[message_id]
            node.status = "interrupted"
            if crash:
                kept = self.do(self.world.message(message_id)).content
                assert node.text.startswith(kept)
                assert len(kept) >= len(self.saved.get(message_id, ""))
                node.text = kept
        self.running = {}

    async def _start_again(self, folder: Path, crash: bool) -> None:
        if crash:
            async with self.world.database._turn:  # what a kill leaves on the disk, between two commits
                shutil.copytree(self.world.folder, folder)
            await self.world.close()
        else:
            await self.world.close()
            shutil.copytree(self.world.folder, folder)
        await self._open(folder)

    # What must hold after each step.

    @invariant()
    def history_is_as_it_must_be(self) -> None:
        if hasattr(self, "world"):
            self.do(self._compare())

    async def _compare(self) -> None:
        async with self.world.database.read() as session:
            rows = list(await session.scalars(select(Message)))
        stored: dict[str, dict[str, Node]] = {}
        for row in rows:
            node = Node(
                row.id,
                row.parent_id,
                row.role.value,
                row.content,
                row.status.value,
                row.deleted_at is not None,
            )
            if row.id in self.running:  # on the disk is as much as the last checkpoint took
                live = await self.world.generations.find(self.world.owner, row.id)
                assert live is not None
                assert live.text.startswith(node.text)
                node.text = live.text
            stored.setdefault(row.conversation_id, {})[row.id] = node
        assert stored == {id: talk.rows() for id, talk in self.talks.items()}
        for talk in self.alive():
            opened = await self.world.services.conversations.open(self.world.owner, talk.id, 1000)
            assert [item.message.id for item in opened.window.items] == [node.id for node in talk.shown()]
            assert opened.queued == talk.queued
        listed = await self.world.listed()
        assert {item.id for item in listed} == {talk.id for talk in self.alive()}

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.do(self.world.close())
        finally:
            self.runner.close()
            self._quick.stop()
            shutil.rmtree(self.root, ignore_errors=True)


class _Sent:
    """The last question and answer of a conversation, as a send returns them."""

    def __init__(self, items: Any) -> None:
        self.messages = items


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)
