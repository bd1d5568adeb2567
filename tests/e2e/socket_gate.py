"""Holds back what the server says over the websocket, to show a moment that is otherwise too short to see."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, WebSocketRoute


class SocketGate:
    """Open until `close()` or a message with `closes_at` in it; `open()` lets everything pass, in order."""

    def __init__(self, closes_at: str = "") -> None:
        self._closes_at = closes_at
        self._may_pass = asyncio.Event()
        self._may_pass.set()

    async def attach(self, page: Page) -> None:
        """Stand between the server and the pages that `page` loads from now on."""
        await page.route_web_socket("**/_event/**", self._connect)

    def close(self) -> None:
        self._may_pass.clear()

    def open(self) -> None:
        self._closes_at = ""
        self._may_pass.set()

    async def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        async def pass_on(message: str | bytes) -> None:
            if self._closes_at and self._closes_at in str(message):
                self.close()
            await self._may_pass.wait()
            socket.send(message)

        server.on_message(pass_on)
