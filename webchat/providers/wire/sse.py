"""Incremental decoders for streamed bodies: bytes in, complete events out. No I/O.

Server-sent events follow the WHATWG rules, https://html.spec.whatwg.org/multipage/server-sent-events.html:
lines end with LF, CRLF or CR only, and not with U+2028 or U+0085. The bytes may be split anywhere. One
non-standard field is supported: `error: …`, which llama.cpp until 2025 and servers based on it sent instead
of an event of the type `error`.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

EVENT_LIMIT = 1024 * 1024
"""Maximum bytes of an event or line."""

_BOM = codecs.BOM_UTF8
_FIELD_ROOM = 8  # a line's field name does not count


class EventTooLarge(ValueError):
    """An event or a line has more than `EVENT_LIMIT` bytes."""


class ServerSentEvent(NamedTuple):
    """One event: its data lines joined by line feeds, its type (default `message`), and the last id."""

    data: str
    event: str = "message"
    last_id: str = ""


class SseDecoder:
    """Decodes server-sent events.

    Args:
        limit: maximum bytes of an event; more raises `EventTooLarge` and is never buffered.
    """

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._at_start = True
        self._skip_line_feed = False
        self._data: list[bytes] = []
        self._size = 0
        self._event = b""
        self._last_id = ""

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """Feed the next bytes; return the events they complete."""
        if self._at_start:
            data = self._without_bom(data)
        if self._skip_line_feed and data:
            self._skip_line_feed = False
            if data[0] == 10:
                data = data[1:]
        if b"\r" in data:
            self._skip_line_feed = data[-1] == 13
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        head, line_feed, tail = data.rpartition(b"\n")
        if not line_feed:
            self._keep(tail)
            return []
        if self._rest:
            head = bytes(self._rest) + head
            self._rest.clear()
        events: list[ServerSentEvent] = []
        for line in head.split(b"\n"):
            if line:
                self._line(line)
            elif self._data:
                events.append(self._take())
            else:
                self._event = b""
        self._keep(tail)
        return events

    def finish(self) -> ServerSentEvent | None:
        """Signal the end; return the last event if no blank line ended it.

        The standard drops it. It is returned separately so that the caller can tell a truncated answer from a
        service that omits the last line ends.
        """
        if self._rest:
            line = bytes(self._rest)
            self._rest.clear()
            self._line(line)
        return self._take() if self._data else None

    def _without_bom(self, data: bytes) -> bytes:
        # Buffered until it is known whether the first three bytes are a byte order mark.
        data = bytes(self._rest) + data
        self._rest.clear()
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._rest += data
            return b""
        self._at_start = False
        return data.removeprefix(_BOM)

    def _keep(self, tail: bytes) -> None:
        self._rest += tail
        if len(self._rest) + self._size > self._limit + _FIELD_ROOM:
            raise EventTooLarge

    def _line(self, line: bytes) -> None:
        if line.startswith(b"data: "):
            self._add(line[6:])
        elif line.startswith(b"data:"):
            self._add(line[5:])
        elif line == b"data":
            self._add(b"")
        elif len(line) + self._size > self._limit + _FIELD_ROOM:
            raise EventTooLarge
        elif line.startswith(b"error:"):
            self._event = b"error"
            self._add(line[6:].removeprefix(b" "))
        elif line.startswith(b"event:"):
            self._event = line[6:].removeprefix(b" ")
        elif line == b"event":
            self._event = b""
        elif line.startswith(b"id:") and b"\0" not in line:
            self._last_id = line[3:].removeprefix(b" ").decode("utf-8", "replace")
        elif line == b"id":
            self._last_id = ""

    def _add(self, value: bytes) -> None:
        self._size += len(value) + 1
        if self._size > self._limit:
            raise EventTooLarge
        self._data.append(value)

    def _take(self) -> ServerSentEvent:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        event = self._event.decode("utf-8", "replace") if self._event else "message"
        self._data.clear()
        self._size = 0
        self._event = b""
        return ServerSentEvent(data.decode("utf-8", "replace"), event, self._last_id)


class JsonLinesDecoder:
    """Splits a body with one JSON value per line into lines, skipping empty ones.

    Args:
        limit: maximum bytes of a line; more raises `EventTooLarge`.
    """

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """Feed the next bytes; return the lines they complete, without line ends."""
        head, line_feed, tail = data.rpartition(b"\n")
        lines: list[str] = []
        if line_feed:
            if self._rest:
                head = bytes(self._rest) + head
                self._rest.clear()
            for line in head.split(b"\n"):
                if len(line) > self._limit:
                    raise EventTooLarge
                if text := line.decode("utf-8", "replace").strip("\ufeff \t\r"):
                    lines.append(text)
        self._rest += tail
        if len(self._rest) > self._limit:
            raise EventTooLarge
        return lines

    def finish(self) -> str:
        """Signal the end; return the last line if no line feed ended it."""
        text = self._rest.decode("utf-8", "replace").strip("\ufeff \t\r")
        self._rest.clear()
        return text


class TextDecoder:
    """Decodes a plain UTF-8 body: split characters are joined, invalid bytes become U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> str:
        """Feed the next bytes; return the text they complete."""
        return self._decoder.decode(data)

    def finish(self) -> str:
        """Signal the end; return incomplete bytes as U+FFFD."""
        return self._decoder.decode(b"", final=True)
