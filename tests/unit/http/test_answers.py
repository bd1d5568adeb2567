"""The words of messages over HTTP: events a reader can stop and go on at, and nobody else's words."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from tests.people import People
from webchat.http import answers
from webchat.http.answers import CHARACTERS_A_REQUEST, MESSAGES_A_REQUEST, encode_piece
from webchat.messages import Role
from webchat.services import runtime
from webchat.services.answers.live_answer import PIECE_LIMIT, LiveAnswer, Piece, Position
from webchat.services.chat.message_texts import MessageText
from webchat.services.files.views import FileView


@dataclass
class Event:
    id: str
    name: str
    data: str

    @property
    def words(self) -> str:
        return str(json.loads(self.data))


def events_of(body: str) -> list[Event]:
    """Read server-sent events the way the standard says."""
    events: list[Event] = []
    last_id, name, data = "", "", list[str]()
    for line in body.split("\n"):
        field_name, _, value = line.partition(":")
        if not line:
            if data:
                events.append(Event(last_id, name or "message", "\n".join(data)))
            name, data = "", []
        elif field_name == "id":
            last_id = value.removeprefix(" ")
        elif field_name == "event":
            name = value.removeprefix(" ")
        elif field_name == "data":
            data.append(value.removeprefix(" "))
    return events


def words_of(events: Sequence[Event]) -> tuple[str, str]:
    reasoning = "".join(event.words for event in events if event.name == "reasoning")
    return reasoning, "".join(event.words for event in events if event.name == "message")


# One piece.


def test_text_alone_is_one_event() -> None:
    assert encode_piece(Piece("", "Grüße\n", Position(0, 6))) == 'id:6\ndata:"Grüße\\n"\n\n'


def test_reasoning_comes_first_and_carries_the_position_between() -> None:
    piece = encode_piece(Piece("why", "so", Position(10, 7)))

    assert piece == 'id:10.5\nevent:reasoning\ndata:"why"\n\nid:10.7\ndata:"so"\n\n'


def test_no_words_are_no_event() -> None:
    assert encode_piece(Piece("", "", Position(3, 4))) == ""


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 5), st.integers(0, 5))
def test_a_reader_can_leave_after_every_event(reasoning: str, text: str, had_r: int, had_t: int) -> None:
    answer = LiveAnswer()
    answer.add_reasoning(reasoning)
    answer.add_text(text)
    whole_reasoning, whole_text = answer.reasoning, answer.text
    begin = Position(min(had_r, len(whole_reasoning)), min(had_t, len(whole_text)))

    piece = answer.since(begin)
    events = events_of(encode_piece(piece) if piece else "")

    seen = (whole_reasoning[: begin.reasoning], whole_text[: begin.text])
    for number, event in enumerate(events, start=1):
        said = words_of(events[:number])
        rest = answer.since(Position.parse(event.id))
        assert seen[0] + said[0] + (rest.reasoning if rest else "") == whole_reasoning
        assert seen[1] + said[1] + (rest.text if rest else "") == whole_text


# The routes.


@dataclass
class Fakes:
    """Ann and Bob, told apart by their cookie; `live` and `stored` hold what is whose.

    `wanted` has the most characters that each look at what is stored asked for.
    """

    live: dict[tuple[str, str], LiveAnswer] = field(default_factory=dict)
    stored: dict[tuple[str, str], MessageText] = field(default_factory=dict)
    wanted: list[int | None] = field(default_factory=list)

    async def follow(self, owner_id: str, message_id: str, position: Position) -> AsyncIterator[Piece] | None:
        answer = self.live.get((owner_id, message_id))
        return None if answer is None else answer.follow(position, lambda: 0.0)

    async def of_message(self, owner_id: str, message_id: str) -> list[FileView]:
        return []

    async def read(
        self, owner_id: str, message_ids: Sequence[str], most: int | None = None
    ) -> dict[str, MessageText]:
        self.wanted.append(most)
        return {id: self.stored[owner_id, id] for id in message_ids if (owner_id, id) in self.stored}


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    fakes = Fakes()
    services = SimpleNamespace(
        accounts=People({"": "ann", "who=bob": "bob"}),
        answers=fakes,
        files=fakes,
        message_texts=fakes,
    )
    runtime.install(cast(Any, services))
    yield fakes
    runtime.install(None)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=answers.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        yield client


async def stream(client: httpx.AsyncClient, message_id: str, **request: Any) -> list[Event]:
    response = await client.get(f"/api/messages/{message_id}/stream", **request)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.headers["Cache-Control"] == "no-store"
    events = events_of(response.text)
    assert [event.name for event in events].count("end") == 1
    assert events[-1].name == "end"
    return events[:-1]


async def test_a_running_answer_is_streamed_to_its_end(fakes: Fakes, client: httpx.AsyncClient) -> None:
    answer = fakes.live["ann", "m1"] = LiveAnswer()
    answer.add_reasoning("because")
    answer.add_text("First. ")
    reading = asyncio.create_task(stream(client, "m1"))
    await asyncio.sleep(0)
    answer.add_text("Second.")
    answer.end()

    assert words_of(await reading) == ("because", "First. Second.")


async def test_a_reader_that_is_cut_off_comes_back_within_a_second(
    fakes: Fakes, client: httpx.AsyncClient
) -> None:
    answer = fakes.live["ann", "m1"] = LiveAnswer()
    answer.end()
    (told,) = re.findall(r"^retry:(\d+)$", (await client.get("/api/messages/m1/stream")).text, re.M)

    assert int(told) <= 500


@pytest.mark.parametrize("said", ["header", "query", "both"])
async def test_a_reader_that_comes_back_gets_the_rest(
    fakes: Fakes, client: httpx.AsyncClient, said: str
) -> None:
    answer = fakes.live["ann", "m1"] = LiveAnswer()
    answer.add_reasoning("because")
    answer.add_text("0123456789")
    answer.end()
    header = {} if said == "query" else {"Last-Event-ID": "3.4"}
    # What the browser remembers is newer than the address it began with.
    query = {} if said == "header" else {"after": "3.4" if said == "query" else "1"}

    assert words_of(await stream(client, "m1", headers=header, params=query)) == ("ause", "456789")


async def test_a_finished_answer_comes_from_where_the_reader_is(
    fakes: Fakes, client: httpx.AsyncClient
) -> None:
    fakes.stored["ann", "m1"] = MessageText(Role.ASSISTANT, "héllo 👋 wörld", "hm")

    assert words_of(await stream(client, "m1")) == ("hm", "héllo 👋 wörld")
    assert words_of(await stream(client, "m1", params={"after": "2.7"})) == ("", " wörld")
    assert await stream(client, "m1", params={"after": "2.13"}) == []
    assert await stream(client, "m1", params={"after": "99.99"}) == []
    assert words_of(await stream(client, "m1", headers={"Last-Event-ID": "9" * 5000}))[1] == "héllo 👋 wörld"


async def test_an_answer_that_is_saved_and_not_yet_running_does_not_end(
    fakes: Fakes, client: httpx.AsyncClient
) -> None:
    """The browser would take what is there, which is nothing, for the whole answer."""
    fakes.stored["ann", "m1"] = MessageText(Role.ASSISTANT, "", "", is_streaming=True)

    text = (await client.get("/api/messages/m1/stream")).text

    assert "event:end" not in text
    assert "retry:250\n\n" in text  # after which the browser asks again


async def test_half_a_character_does_not_break_a_running_stream(
    fakes: Fakes, client: httpx.AsyncClient
) -> None:
    answer = fakes.live["ann", "m1"] = LiveAnswer()
    answer.add_text("one \ud83d two \ud83d")
    answer.add_text("\ude00 three")
    answer.end()

    assert words_of(await stream(client, "m1")) == ("", "one \ufffd two 😀 three")


async def test_nobody_reads_what_is_not_there_or_not_theirs(fakes: Fakes, client: httpx.AsyncClient) -> None:
    fakes.live["bob", "running"] = LiveAnswer()
    fakes.stored["bob", "finished"] = MessageText(Role.ASSISTANT, "secret", "")
    refusals = [
        await client.get(f"/api/messages/{id}/stream")
        for id in ("nothing", "running", "finished", "%00", "..")
    ]

    assert [response.status_code for response in refusals[:4]] == [404] * 4
    assert {response.text for response in refusals[:4]} == {refusals[0].text}
    assert refusals[4].status_code == 404
    assert (await client.get("/api/messages", params={"ids": "finished,nothing"})).json() == {}
    mine = await client.get("/api/messages", params={"ids": "finished"}, headers={"Cookie": "who=bob"})
    assert mine.json() == {"finished": as_json("secret", "")}


async def test_many_messages_come_at_once_but_not_any_number(fakes: Fakes, client: httpx.AsyncClient) -> None:
    ids = [f"m{number}" for number in range(MESSAGES_A_REQUEST)]
    fakes.stored.update({("ann", id): MessageText(Role.ASSISTANT, f"text of {id}", "") for id in ids})

    full = await client.get("/api/messages", params={"ids": ",".join(ids)})
    over = await client.get("/api/messages", params={"ids": ",".join([*ids, "one-more"])})

    assert list(full.json()) == ids
    assert full.headers["Cache-Control"] == "no-store"
    assert list(over.json()) == ids, "the others are asked for again"
    assert (await client.get("/api/messages")).json() == {}
    assert (await client.get("/api/messages", params={"ids": ",,"})).json() == {}


# Long ones: nothing large is made in one go.


async def test_a_response_asks_for_so_many_characters_and_no_more(
    fakes: Fakes, client: httpx.AsyncClient
) -> None:
    fakes.stored["ann", "m1"] = MessageText(Role.ASSISTANT, "text", "")

    assert (await client.get("/api/messages?ids=m1")).status_code == 200
    assert fakes.wanted == [CHARACTERS_A_REQUEST]


def as_json(text: str, reasoning: str) -> dict[str, Any]:
    return {"role": "assistant", "parts": [{"type": "text", "text": text}], "reasoning": reasoning}


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_words_in_parts_are_the_json_they_would_be_at_once(text: str, reasoning: str) -> None:
    found = {
        "a": MessageText(Role.ASSISTANT, text, reasoning),
        'b"': MessageText(Role.ASSISTANT, "", ""),
        "c": MessageText(Role.ASSISTANT, reasoning, text),
    }

    async def parts() -> list[str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(answers, "PIECE_LIMIT", 3)
            return [part async for part in answers._json(found)]

    whole = json.loads("".join(asyncio.run(parts())))
    assert whole == {id: as_json(words.text, words.reasoning) for id, words in found.items()}


async def test_response_parts_are_at_most_one_piece_of_each_kind(fakes: Fakes) -> None:
    long = "x" * (PIECE_LIMIT * 5 + 3)
    fakes.stored["ann", "m1"] = MessageText(Role.ASSISTANT, long, long)

    for path in ("/api/messages/m1/stream", "/api/messages?ids=m1"):
        sizes = await body_sizes(path)

        assert sum(sizes) > 2 * len(long)
        assert max(sizes) < 3 * PIECE_LIMIT


async def body_sizes(path: str) -> list[int]:
    """The sizes of the parts in which a body is sent."""
    sizes: list[int] = []
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [],
    }

    async def receive() -> dict[str, Any]:
        return await asyncio.Future()

    async def send(message: Any) -> None:
        sizes.append(len(message.get("body", b"")))

    await Starlette(routes=answers.routes)(scope, receive, send)
    return sizes


async def test_a_long_finished_answer_comes_whole_from_any_position(
    fakes: Fakes, client: httpx.AsyncClient
) -> None:
    text, reasoning = "äöü" * PIECE_LIMIT, "why " * PIECE_LIMIT
    fakes.stored["ann", "m1"] = MessageText(Role.ASSISTANT, text, reasoning)

    events = await stream(client, "m1", params={"after": "7.5"})

    assert words_of(events) == (reasoning[7:], text[5:])
    assert max(len(event.words) for event in events) <= PIECE_LIMIT
    for event in events:
        position = Position.parse(event.id)
        rest = words_of(await stream(client, "m1", headers={"Last-Event-ID": event.id}))
        assert rest == (reasoning[position.reasoning :], text[position.text :])


async def test_a_reader_far_behind_a_running_answer_gets_pieces(
    fakes: Fakes, client: httpx.AsyncClient
) -> None:
    answer = fakes.live["ann", "m1"] = LiveAnswer()
    answer.add_text("y" * PIECE_LIMIT * 4)
    answer.end()

    events = await stream(client, "m1")

    assert [len(event.words) for event in events] == [PIECE_LIMIT] * 4


@pytest.mark.parametrize("path", ["/api/messages?ids=m1", "/api/messages/m1/stream"])
async def test_nobody_known_reads_nothing(fakes: Fakes, client: httpx.AsyncClient, path: str) -> None:
    fakes.stored["ann", "m1"] = MessageText(Role.ASSISTANT, "secret", "")

    answer = await client.get(path, headers={"Cookie": "who=eve"})

    assert answer.status_code == 401
    assert "Sign in" in answer.json()["error"]
