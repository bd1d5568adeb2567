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

    One tab too many, one whose id is none, or one of nobody known, is closed at once; so is one that has
    signed out.
    """
    tab, cookie = socket.query_params.get("tab", ""), socket.headers.get("cookie", "")
    await socket.accept()
    try:
        person = await services().accounts.person_of(cookie)
        if len(tab) > MAX_TAB:
            raise TooManyTabs
        with services().accounts.watch(cookie) as over:
            await _tell(socket, person.id, tab, over)
    except NotSignedIn:
        await socket.close(_NOT_ALLOWED)
    except TooManyTabs:
        await socket.close(_TRY_AGAIN_LATER)


async def _tell(socket: WebSocket, owner_id: str, tab: str, over: asyncio.Event) -> None:
    """Send changes until the tab is closed.

    Raises:
        NotSignedIn: the session ended meanwhile.
    """
    with services().changes.listen(owner_id, tab) as queue:
        gone = asyncio.create_task(_wait_until_gone(socket))
        signed_out = asyncio.create_task(over.wait())
        try:
            while True:
                change = asyncio.ensure_future(queue.get())
                await asyncio.wait([change, gone, signed_out], return_when=asyncio.FIRST_COMPLETED)
                if gone.done() or signed_out.done():
                    change.cancel()
                    break
                await socket.send_json({"conversation": change.result().conversation_id})
        except (WebSocketDisconnect, RuntimeError):
            return  # it disconnected while a message was sent
        finally:
            gone.cancel()
            signed_out.cancel()
    if not gone.done():
        raise NotSignedIn


async def _wait_until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


routes = [WebSocketRoute("/api/changes", stream_changes)]
