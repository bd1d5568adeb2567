"""The websocket over which a tab hears what other tabs have changed: one JSON object a change."""

from __future__ import annotations

import asyncio

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from webchat.services.runtime import services


async def tell_changes(socket: WebSocket) -> None:
    """GET /api/changes?tab=…: sends `{"conversation": id}` for each change until the tab goes away."""
    owner_id = services().accounts.owner_of(socket.headers.get("cookie", ""))
    await socket.accept()
    with services().changes.listen(owner_id, socket.query_params.get("tab", "")) as queue:
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
            pass  # it went away while we told it something
        finally:
            gone.cancel()


async def _wait_until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


routes = [WebSocketRoute("/api/changes", tell_changes)]
