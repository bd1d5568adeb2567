"""The text of messages over HTTP: a running answer as server-sent events, finished messages as JSON.

Format of the stream, which is compact because events are sent some thirty times a second:
the event id is the reader's position (`live_answer.Position`), and the data is a JSON string with the next
piece of text (of reasoning for the event `reasoning`; the event `note` has a status before the first text).
The event `files` has the files of the answer as a JSON list, once it has all of them, and the event `end`
closes it. The stream of a running answer starts with the reconnection delay. A browser that has just sent a
message asks for the answer by the id of the send; the event `answer` then comes first, with the answer's id.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from webchat.services.answers.live_answer import PIECE_LIMIT, Piece, Position, missing_piece
from webchat.services.chat.message_texts import MessageText
from webchat.services.errors import NotSignedIn
from webchat.services.files.views import FileView, file_json
from webchat.services.runtime import services
from webchat.words.errors import shown
from webchat.words.text import t

MESSAGES_A_REQUEST = 200
CHARACTERS_A_REQUEST = 1024 * 1024
"""Characters after which a response includes no further messages."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_RECONNECT = "retry:250\n\n"
"""Milliseconds after which a browser reconnects; the default would be three seconds."""
_END = "event:end\ndata:\n\n"


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    return _dumps(text)


def encode_piece(piece: Piece) -> str:
    """One event for the missing reasoning and one for the missing text, each with the position after it."""
    events = ""
    end = piece.position
    if piece.reasoning:
        between = Position(end.reasoning, end.text - len(piece.text))
        events = f"id:{between}\nevent:reasoning\ndata:{_quoted(piece.reasoning)}\n\n"
    if piece.note is not None:
        events += f"event:note\ndata:{_quoted(piece.note)}\n\n"
    if piece.text:
        events += f"id:{end}\ndata:{_quoted(piece.text)}\n\n"
    return events


async def stream_answer(request: Request) -> Response:
    """GET /api/messages/{id}/stream: the answer from `Last-Event-ID` (or `?after=`) on, until it ends."""
    cookie = request.headers.get("cookie", "")
    try:
        owner_id = (await services().accounts.person_of(cookie)).id
    except NotSignedIn as refusal:
        return _not_signed_in(refusal)
    return await _stream(request, cookie, owner_id, request.path_params["message_id"])


async def stream_sent_answer(request: Request) -> Response:
    """GET /api/sent/{client_id}/stream: as `stream_answer`, of the answer to a message just being sent.

    204 if there is none within some seconds (`SentAnswers.find`).
    """
    cookie = request.headers.get("cookie", "")
    try:
        owner_id = (await services().accounts.person_of(cookie)).id
    except NotSignedIn as refusal:
        return _not_signed_in(refusal)
    message_id = await services().sent_answers.find(owner_id, request.path_params["client_id"])
    if message_id is None:
        return Response(status_code=204, headers=_HEADERS)  # on which a browser does not reconnect
    return await _stream(
        request, cookie, owner_id, message_id, f"event:answer\ndata:{_quoted(message_id)}\n\n"
    )


async def _stream(request: Request, cookie: str, owner_id: str, message_id: str, first: str = "") -> Response:
    position = Position.parse(request.headers.get("last-event-id") or request.query_params.get("after", ""))
    pieces = await services().answers.follow(owner_id, message_id, position)
    if pieces is not None:
        return _event_stream(_running(first, pieces, cookie, owner_id, message_id))
    found = await services().message_texts.read(owner_id, [message_id])
    if message_id not in found:
        return JSONResponse({"error": t("This message no longer exists.")}, status_code=404)
    return _event_stream(_finished(first, found[message_id], position))


def _files_event(views: Sequence[FileView]) -> str:
    """The event with the files of an answer; empty if it has none."""
    return f"event:files\ndata:{_dumps([_file(each) for each in views])}\n\n" if views else ""


def _file(view: FileView) -> dict[str, Any]:
    return {"type": "file", **file_json(view)}


def _not_signed_in(refusal: NotSignedIn) -> Response:
    return JSONResponse({"error": shown(refusal)}, status_code=401, headers=_HEADERS)


def _event_stream(events: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)


async def _running(
    first: str, pieces: AsyncIterator[Piece], cookie: str, owner_id: str, message_id: str
) -> AsyncIterator[str]:
    """The answer as far as its reader stays signed in; it is written on in any case."""
    yield first + _RECONNECT
    with services().accounts.watch(cookie) as over:
        async for piece in pieces:
            if over.is_set():
                return
            yield encode_piece(piece)
    if files := _files_event(await services().files.of_message(owner_id, message_id)):
        yield files
    yield _END


async def _finished(first: str, words: MessageText, position: Position) -> AsyncIterator[str]:
    """A saved answer. One that has just been saved and is about to run has no end: the browser reconnects."""
    if words.is_streaming:
        first += _RECONNECT
    if first:
        yield first
    while piece := missing_piece(words.reasoning, words.text, position):
        yield encode_piece(piece)
        position = piece.position
        await asyncio.sleep(0)
    if words.is_streaming:
        return
    if files := _files_event(words.files):
        yield files
    yield _END


async def message_words(request: Request) -> Response:
    """GET /api/messages?ids=a,b: `{id: {"role", "parts", "reasoning"}}` for those ids that the user owns.

    A part is `{"type": "text", "text"}`, `{"type": "file", "id", "name", …}` for a file, or
    `{"type": "raw", "value"}` for one of an imported message that cannot be shown; the page shows a notice
    for a type it does not know.

    A response has at most the first `MESSAGES_A_REQUEST` messages, and ends after `CHARACTERS_A_REQUEST`
    characters. It always has at least one existing message, so repeating the request for the missing ones
    until a response is empty gets all of them.
    """
    try:
        owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
    except NotSignedIn as refusal:
        return _not_signed_in(refusal)
    ids = [part for part in request.query_params.get("ids", "").split(",") if part][:MESSAGES_A_REQUEST]
    found = await services().message_texts.read(owner_id, ids, CHARACTERS_A_REQUEST)
    return StreamingResponse(_json(found), media_type="application/json", headers=_HEADERS)


async def opening_words(request: Request) -> Response:
    """GET /api/conversations/{id}/messages?around=: what `message_words` has of the messages shown first.

    The page asks for them when a link is pressed, before it knows their ids. Each has its `version` as well,
    by which the page knows one that was changed between this and its state.
    """
    try:
        owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
    except NotSignedIn as refusal:
        return _not_signed_in(refusal)
    found = await services().message_texts.read_opening(
        owner_id,
        request.path_params["conversation_id"],
        request.query_params.get("around", ""),
        CHARACTERS_A_REQUEST,
    )
    return StreamingResponse(_json(found), media_type="application/json", headers=_HEADERS)


async def _json(found: Mapping[str, MessageText]) -> AsyncIterator[str]:
    """The text as one JSON object, in parts that are each cheap to create."""
    part = "{"
    for number, (id, words) in enumerate(found.items()):
        part += f"{',' if number else ''}{_quoted(id)}:"
        # {"role":"user","parts":[{"type":"text","text":"…"},{"type":"raw","value":…}],"reasoning":"…"}
        more = [{"type": "raw", "value": value} for value in words.raw]
        more += [_file(each) for each in words.files]
        raw = "".join(f",{_dumps(part)}" for part in more)
        for before, text in (
            (f'{{"role":"{words.role.value}","parts":[{{"type":"text","text":"', words.text),
            (f'}}{raw}],"reasoning":"', words.reasoning),
        ):
            part += before
            for at in range(0, len(text), PIECE_LIMIT):
                part += _quoted(text[at : at + PIECE_LIMIT])[1:-1]
                if len(part) >= PIECE_LIMIT:
                    yield part
                    await asyncio.sleep(0)
                    part = ""
            part += '"'
        part += "}" if words.version is None else f',"version":{_quoted(words.version)}}}'
    yield part + "}"


routes = [
    Route("/api/messages", message_words, middleware=[Middleware(GZipMiddleware)]),
    Route(
        "/api/conversations/{conversation_id}/messages",
        opening_words,
        middleware=[Middleware(GZipMiddleware)],
    ),
    Route("/api/messages/{message_id}/stream", stream_answer),
    Route("/api/sent/{client_id}/stream", stream_sent_answer),
]
