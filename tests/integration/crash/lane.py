"""One webchat that several tabs use and that is killed again and again.

A round: start, compare what is there with what the tabs know, send again what was not accepted, continue an
interrupted answer, let every tab send and read, and kill.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from websockets.exceptions import ConnectionClosed

from tests.integration.crash.ledger import Ledger, ReadAnswer, SentMessage, conversation_of, paced
from tests.integration.server.reading import PROVIDER, events
from tests.running_app import RunningApp
from tests.tab import Tab, read_answer
from tests.upstreams.openai import openai_process
from webchat.services.chat.further_answers import GO_ON
from webchat.storage.location import DATABASE_FILE

TABS = 4
RATE = 300
"""Chunks a second of the answers that a kill meets in mid-stream."""

_GONE = (ConnectionClosed, OSError, httpx.HTTPError)
"""What a tab meets when the server is killed."""

POINTS = {"sending": (0.0, 0.12), "streaming": (0.5, 3.2), "saving": (0.1, 0.5)}
"""Seconds after the first send in which the kill falls; answers that come at once keep `saving` busy."""


@dataclass
class Lane:
    """Rounds over one data folder, and what they showed."""

    folder: Path
    upstream: str
    chance: random.Random
    forked: bool
    ledger: Ledger = field(default_factory=Ledger)
    kills: int = 0
    restarts: list[float] = field(default_factory=list)
    """Seconds from the start of the process until every cut-off answer was marked and the page served."""
    continued: int = 0
    conversations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = RunningApp(self.folder / "data", {"OPENAI_BASE_URL": self.upstream}, forked=self.forked)
        self.database = self.folder / "data" / DATABASE_FILE
        self._killed = 0.0
        self._came: dict[str, float] = {}

    async def run(self, kills: int) -> None:
        """Kill so many times, and look a last time."""
        await asyncio.to_thread(self.app.start)
        try:
            points: list[str] = []
            for _ in range(kills):
                # In any order, but each as often as the others.
                points = points or self.chance.sample(list(POINTS), len(POINTS))
                await self._use_and_kill(points.pop())
                await self._restart()
        finally:
            await asyncio.to_thread(self.app.kill)

    async def _restart(self) -> None:
        began = time.monotonic()
        await asyncio.to_thread(self.app.start)
        self.restarts.append(time.monotonic() - began)
        statuses = self.ledger.compare(self.database, self._killed, self._came)
        interrupted = [
            answer for answer in self.ledger.answers if statuses.get(answer.message_id) == "interrupted"
        ]
        await self._send_again()
        for answer in self.chance.sample(interrupted, len(interrupted)):
            if await self._continue(answer):
                break

    async def _send_again(self) -> None:
        """Deliver what the browsers still keep, as they do when the connection is back."""
        if not self.ledger.unaccepted:
            return
        async with Tab(self.app.url) as tab, asyncio.timeout(30):
            await tab.choose_model(f"{PROVIDER}:echo")
            for message in self.ledger.unaccepted:
                await self._send(tab, message)

    async def _continue(self, answer: ReadAnswer) -> bool:
        """Go on with an interrupted answer, as the page offers it; False where others were sent below it."""
        async with (
            httpx.AsyncClient(base_url=self.app.url, timeout=30) as client,
            Tab(self.app.url) as tab,
            asyncio.timeout(30),
        ):
            kept = await read_answer(client, answer.message_id)
            await tab.open_conversation(conversation_of(self.database, answer.message_id))
            shown = tab.state["messages"][-1]
            if shown["id"] != answer.message_id:
                return False
            offered = shown["error_title"] and shown["status"] == "interrupted"
            if not offered or shown["has_text"] is not bool(kept):
                self.ledger.problems.append(f"{answer.message_id} is not offered to be continued: {shown}")
                return True
            await tab.do("continue_answer", model=f"{PROVIDER}:echo")
            while tab.state["messages"][-1]["status"] == "interrupted":
                await tab.receive()
            whole = await read_answer(client, answer.message_id)
            if kept and whole != kept + GO_ON:
                self.ledger.problems.append(f"{answer.message_id} was continued as {whole!r}")
            self.continued += 1
            return True

    async def _use_and_kill(self, point: str) -> None:
        """Let the tabs do what keeps the server busy with `point`, and kill it."""
        self.ledger.answers = []
        root = self.upstream.removesuffix("/v1")
        async with httpx.AsyncClient(timeout=30) as control:
            await control.post(f"{root}/control/forget")
            tabs = [Tab(self.app.url) for _ in range(TABS)]
            for number, tab in enumerate(tabs):
                await self._prepare(tab, number, point)
            working = [asyncio.create_task(self._use(tab, n, point)) for n, tab in enumerate(tabs)]
            await asyncio.sleep(self.chance.uniform(*POINTS[point]))
            self._killed = time.time()
            await asyncio.to_thread(self.app.kill)
            self.kills += 1
            await asyncio.gather(*working)
            for tab in tabs:
                with suppress(*_GONE):
                    await tab.close()
            requests = (await control.get(f"{root}/control/requests")).json()
            self._came = {request["model"]: request["came_at"] for request in requests if request["model"]}

    async def _prepare(self, tab: Tab, number: int, point: str) -> None:
        await tab.open()
        if self.conversations and self.chance.random() < 0.4:
            await tab.open_conversation(self.chance.choice(self.conversations))
        # Every answer of a round has a script of its own, by which the upstream's list names it.
        model = f"paced-{1200 + number}-{RATE}" if point == "streaming" or number == 0 else "echo"
        await tab.choose_model(f"{PROVIDER}:{model}")

    async def _use(self, tab: Tab, number: int, point: str) -> None:
        """Send and read until the server is gone."""
        with suppress(*_GONE):
            async with httpx.AsyncClient(base_url=self.app.url, timeout=30) as client:
                while True:
                    message = SentMessage(
                        uuid.uuid4().hex, f"{point} {uuid.uuid4().hex}", tab.state["conversation_id"]
                    )
                    self.ledger.sent[message.client_id] = message
                    await self._send(tab, message)
                    if tab.state["conversation_id"] not in self.conversations:
                        self.conversations.append(tab.state["conversation_id"])
                    question, shown = [{}, *tab.state["messages"]][-2:]
                    # In a conversation they share it may be the answer to another tab.
                    asked = message.client_id in question.get("sent_as", "").split()
                    if not asked or shown["role"] != "assistant" or shown["status"] != "streaming":
                        await self._read_on(tab)
                        continue
                    name = tab.state["model"]
                    if name.endswith(":echo"):
                        answer = ReadAnswer(shown["id"], self._words_of(question))
                    else:
                        answer = paced(shown["id"], 1200 + number, RATE)
                    self.ledger.answers.append(answer)
                    if number % 2 and answer.chunks:
                        await self._queue(tab)
                    await self._read(client, answer)
                    await tab.do("refresh_message", message_id=answer.message_id)
                    await self._read_on(tab)
                    if answer.chunks:
                        return  # its script is used up

    def _words_of(self, question: dict[str, str]) -> str:
        """The words of a question: what waited behind an answer that was cut off goes out with the next."""
        return "\n\n".join(self.ledger.sent[id].text for id in question["sent_as"].split())

    async def _send(self, tab: Tab, message: SentMessage) -> None:
        """Send, and wait until the page says that the server has it."""
        await tab.do(
            "send_message",
            text=message.text,
            client_id=message.client_id,
            conversation_id=message.conversation_id,
            model=tab.state["model"],
        )
        while message.client_id not in tab.state.get("accepted_ids", []):
            await tab.receive()
            if tab.state.get("refused_id") == message.client_id:
                self.ledger.problems.append(f"{message.client_id} was refused: {tab.state['refusal']}")
                break
        message.accepted = True

    async def _queue(self, tab: Tab) -> None:
        """Send the next message while the answer is being written."""
        message = SentMessage(uuid.uuid4().hex, f"queued {uuid.uuid4().hex}", tab.state["conversation_id"])
        self.ledger.sent[message.client_id] = message
        await self._send(tab, message)

    async def _read_on(self, tab: Tab) -> None:
        """Take what the page says until no answer is being written there."""
        while tab.state["messages"] and tab.state["messages"][-1]["status"] == "streaming":
            await tab.do("refresh_message", message_id=tab.state["messages"][-1]["id"])
            await tab.receive()

    async def _read(self, client: httpx.AsyncClient, answer: ReadAnswer) -> None:
        async for event in events(client, answer.message_id):
            answer.text += event.words
            answer.arrivals.append((time.time(), len(answer.text)))
            if not answer.expected.startswith(answer.text):
                self.ledger.problems.append(f"{answer.message_id} showed {answer.text!r}")
            answer.ended = event.name == "end"


@dataclass(frozen=True)
class Findings:
    """What all lanes showed together."""

    kills: int
    accepted: int
    problems: list[str]
    behind: list[float]
    lost_on_screen: list[float]
    restarts: list[float]
    continued: int


async def crash(folder: Path, kills: int, seed: int, lanes: int = 2, *, forked: bool = True) -> Findings:
    """Kill webchat `kills` times in all, on `lanes` data folders at a time; `forked` as for `RunningApp`."""
    with ExitStack() as stack:
        running = []
        for number in range(lanes):
            lane_folder = folder / f"lane-{number}"
            lane_folder.mkdir()
            upstream = stack.enter_context(openai_process())
            running.append(Lane(lane_folder, upstream, random.Random(f"{seed} {number}"), forked))
        shares = [kills // lanes + (number < kills % lanes) for number in range(lanes)]
        async with asyncio.TaskGroup() as group:
            for lane, share in zip(running, shares, strict=True):
                group.create_task(lane.run(share))
    ledgers = [lane.ledger for lane in running]
    return Findings(
        kills=sum(lane.kills for lane in running),
        accepted=sum(message.accepted for ledger in ledgers for message in ledger.sent.values()),
        problems=[problem for ledger in ledgers for problem in ledger.problems],
        behind=[seconds for ledger in ledgers for seconds in ledger.behind],
        lost_on_screen=[seconds for ledger in ledgers for seconds in ledger.lost_on_screen],
        restarts=[seconds for lane in running for seconds in lane.restarts],
        continued=sum(lane.continued for lane in running),
    )
