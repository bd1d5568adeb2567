"""A browser tab without a browser: speaks Reflex's websocket and reads answers over HTTP, as a page does."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

CHAT = "reflex___state____state.webchat___state___chat____chat_state"
HISTORY = "reflex___state____state.webchat___state___history____history_state"
NOTICE = "reflex___state____state.webchat___state___notice____notice_state"
_NAMESPACE = "/_event"


class Tab:
    """One tab on the chat page of a running webchat, with an empty new conversation open.

    async with Tab(app.url) as tab:
        message_id = await tab.send("Hello", model="Loop:echo")
        text = await tab.read_answer(message_id)
    """

    def __init__(self, url: str, cookie: str = "", token: str = "") -> None:
        self._url = url
        self._cookie = cookie
        self.token = token or str(uuid.uuid4())
        """By which the server knows the tab."""
        self._socket: ClientConnection | None = None
        self.state: dict[str, Any] = {}
        """The latest value of every var of the chat page's state that was sent, by its plain name."""
        self.notices: list[str] = []
        """What the person was told, oldest first."""

    async def open(self) -> None:
        """Connect and open a new conversation."""
        address = self._url.replace("http", "ws", 1)
        self._socket = await connect(
            f"{address}/_event/?EIO=4&transport=websocket&token={self.token}",
            origin=Origin("/".join(self._url.split("/")[:3])),
            additional_headers={"Cookie": self._cookie} if self._cookie else None,
            max_size=None,
        )
        await self._socket.recv()  # engine.io's greeting
        await self._socket.send(f"40{_NAMESPACE},")
        while not (reply := str(await self._socket.recv())).startswith(f"40{_NAMESPACE}"):
            if reply.startswith("44"):
                await self._socket.close()
                raise AssertionError(f"the connection was refused: {reply}")
        await self._emit(f"{CHAT}.open_new")
        await self.wait_for("ready", True)
        self.state.setdefault("conversation_id", "")  # only what differs from the defaults is sent

    async def close(self) -> None:
        """Close the tab."""
        assert self._socket is not None
        await self._socket.close()

    async def closed(self) -> None:
        """Wait until the server has ended the connection."""
        with suppress(ConnectionClosed):
            while True:
                await self._receive()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def choose_model(self, model: str) -> None:
        """Pick `Provider:model` for this conversation."""
        await self._emit(f"{CHAT}.choose_model", model=model)
        await self.wait_for("model", model)

    async def send(self, text: str, client_id: str | None = None) -> str:
        """Send a message; returns the id of its answer once the server has it."""
        known = {row["id"] for row in self.state.get("messages", [])}
        await self._emit(f"{CHAT}.send_message", text=text, client_id=client_id or uuid.uuid4().hex)
        while True:
            rows = self.state.get("messages", [])
            if rows and rows[-1]["id"] not in known:
                return str(rows[-1]["id"])
            await self._receive()

    async def open_conversation(self, conversation_id: str) -> None:
        """Show a conversation, read from the database now."""
        path = f"/c/{conversation_id}"
        await self._emit(f"{CHAT}.open_new", path)
        await self.wait_for("conversation_id", "")
        await self._emit(f"{CHAT}.open_conversation", path)
        await self.wait_for("conversation_id", conversation_id)

    async def list_history(self) -> list[dict[str, Any]]:
        """The rows of the history, read from the database now. A tab can do this once."""
        await self._emit(f"{HISTORY}.open", "/history")
        while "rows_rx_state_" not in (shown := (await self._receive()).get(HISTORY, {})):
            pass
        rows: list[dict[str, Any]] = shown["rows_rx_state_"]
        return rows

    async def do(self, handler: str, **payload: Any) -> None:
        """Call a handler of the chat page, such as `delete_pair`, without waiting for what it does."""
        await self._emit(f"{CHAT}.{handler}", **payload)

    async def receive(self) -> None:
        """Take the next thing the server sends."""
        await self._receive()

    async def wait_for(self, name: str, value: Any) -> None:
        """Take what the server sends until a var has this value."""
        while self.state.get(name) != value:
            await self._receive()

    async def _emit(self, name: str, path: str = "/", **payload: Any) -> None:
        assert self._socket is not None
        event = {"name": name, "payload": payload, "router_data": {"pathname": path, "asPath": path}}
        await self._socket.send(f'42{_NAMESPACE},["event",{json.dumps(event)}]')

    async def _receive(self) -> dict[str, dict[str, Any]]:
        assert self._socket is not None
        delta: dict[str, dict[str, Any]] = {}
        frame = str(await self._socket.recv())
        if frame == "2":
            await self._socket.send("3")
        elif frame.startswith(f"42{_NAMESPACE},"):
            _, update = json.loads(frame.partition(",")[2])
            delta = update.get("delta") or {}
            shown = delta.get(CHAT, {})
            self.state.update({name.removesuffix("_rx_state_"): value for name, value in shown.items()})
            if notice := delta.get(NOTICE, {}).get("text_rx_state_"):
                self.notices.append(notice)
        return delta


async def read_answer(client: httpx.AsyncClient, message_id: str, after: str = "") -> str:
    """The text of an answer from position `after` on, read from its event stream to the end.

    `client` has the app's address as its base URL.
    """
    text = ""
    async with client.stream(
        "GET", f"/api/messages/{message_id}/stream", params={"after": after}
    ) as response:
        response.raise_for_status()
        event = ""
        async for line in lines_of(response):
            if line.startswith("event:"):
                event = line[6:]
            elif line.startswith("data:") and event == "":
                text += json.loads(line[5:])
            elif not line:
                event = ""
    return text


async def lines_of(response: httpx.Response) -> AsyncIterator[str]:
    """Lines as the standard has them; httpx would also split at U+2028, which may stand in the words."""
    rest = ""
    async for text in response.aiter_text():
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield line
