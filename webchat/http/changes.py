"""The websocket that notifies a tab of changes made elsewhere: one JSON object per change."""

from __future__ import annotations

import asyncio

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from webchat.services.change_feed import TooManyTabs
from webchat.services.errors import NotSignedIn
from webchat.services.runtime import services

MAX_TAB = 64
"""Characters of a tab's id."""
_NOT_ALLOWED, _TRY_AGAIN_LATER = 1008, 1013


async def stream_changes(socket: WebSocket) -> None:
    """GET /api/changes?tab=…: sends `{"conversation": id}` for each change until the tab is closed.

    One tab too many, one whose id is none, or one of nobody known, is closed at once.
    """
    tab = socket.query_params.get("tab", "")
    await socket.accept()
    try:
        person = await services().accounts.person_of(socket.headers.get("cookie", ""))
        if len(tab) > MAX_TAB:
            raise TooManyTabs
        await _tell(socket, person.id, tab)
    except NotSignedIn:
        await socket.close(_NOT_ALLOWED)
    except TooManyTabs:
        await socket.close(_TRY_AGAIN_LATER)


async def _tell(socket: WebSocket, owner_id: str, tab: str) -> None:
    with services().changes.listen(owner_id, tab) as queue:
        gone = asyncio.create_task(_wait_until_gone(socket))
        try:
            while not gone.done():
                change = asyncio.ensure_future(queue.get())
                await asyncio.wait([change, gone], return_when=asyncio.FIRST_COMPLETED)
                if not change.done():
                    change.cancel()
                    break
                await socket.send_json({"conversation": change.result().conversation_id})
        except (WebSocketDisconnect, RuntimeError):
            pass  # it disconnected while a message was sent
        finally:
            gone.cancel()


async def _wait_until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


routes = [WebSocketRoute("/api/changes", stream_changes)]
