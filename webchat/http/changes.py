"""The websocket that notifies a tab of changes made elsewhere: one JSON object per change."""

from __future__ import annotations

import asyncio

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from webchat.services.change_feed import TooManyTabs
from webchat.services.runtime import services

MAX_TAB = 64
"""Maximum characters of a tab's id."""
_TRY_AGAIN_LATER = 1013


async def stream_changes(socket: WebSocket) -> None:
    """GET /api/changes?tab=…: sends `{"conversation": id}` for each change until the tab is closed.

    Connections with an invalid id, or above the maximum number of tabs, are closed at once.
    """
    owner_id = services().accounts.owner_of(socket.headers.get("cookie", ""))
    tab = socket.query_params.get("tab", "")
    await socket.accept()
    try:
        if len(tab) > MAX_TAB:
            raise TooManyTabs
        await _tell(socket, owner_id, tab)
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
