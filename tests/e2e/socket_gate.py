"""Holds back what the server says over the websocket, to show a moment that is otherwise too short to see."""

from __future__ import annotations

from collections import deque

from playwright.async_api import Page, WebSocketRoute


class SocketGate:
    """Open until `close()` or until a message with `closes_at` in it, which waits with all that follow."""

    def __init__(self, closes_at: str = "") -> None:
        self._closes_at = closes_at
        self._closed = False
        self._waiting: deque[tuple[WebSocketRoute, str | bytes]] = deque()

    async def attach(self, page: Page) -> None:
        """Stand between the server and the pages that `page` loads from now on."""
        await page.route_web_socket("**/_event/**", self._connect)

    def close(self) -> None:
        self._closed = True

    def open(self, closes_at: str = "") -> None:
        """Let what waits pass, up to the next message with `closes_at` in it."""
        self._closed = False
        self._closes_at = ""
        self._pass_on(limit=1)
        self._closes_at = closes_at
        self._pass_on()

    def _connect(self, socket: WebSocketRoute) -> None:
        def take(message: str | bytes) -> None:
            self._waiting.append((socket, message))
            self._pass_on()

        socket.connect_to_server().on_message(take)

    def _pass_on(self, limit: int | None = None) -> None:
        while self._waiting and not self._closed and limit != 0:
            socket, message = self._waiting[0]
            if self._closes_at and self._closes_at in str(message):
                self._closed = True
                return
            self._waiting.popleft()
            socket.send(message)
            limit = None if limit is None else limit - 1
