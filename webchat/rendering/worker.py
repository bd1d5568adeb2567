"""The process that renders pages, started by `services.sharing.page_renderer`.

It reads orders from its input and writes results to its output: a line of JSON, then as many bytes as that
line says. It exits at the end of its input. Whatever happens to it does not affect the server.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import BinaryIO

from webchat.rendering.making import Order, make
from webchat.rendering.packed import CompressedPage

MOST_MEMORY = 512 * 1024 * 1024
"""Maximum bytes of address space; a page with 200 messages needs a fifth of it."""
_NICENESS = 5


def request(order: Order, snapshot: str) -> bytes:
    """Serialize an order for the process."""
    body = snapshot.encode("utf-8", "replace")
    return json.dumps(asdict(order) | {"bytes": len(body)}).encode() + b"\n" + body


def serve(orders: BinaryIO, made: BinaryIO) -> None:
    """Process orders until the end of the input."""
    while line := orders.readline():
        head = json.loads(line)
        snapshot = orders.read(head.pop("bytes")).decode("utf-8", "replace")
        try:
            packed = CompressedPage.of(make(Order(**head), snapshot))
        except (ValueError, MemoryError, RecursionError) as problem:
            answer, body = {"problem": f"{type(problem).__name__}: {problem}", "bytes": 0}, b""
        else:
            body = packed.body
            answer = {"crc": packed.crc, "size": packed.size, "bytes": len(body)}
        made.write(json.dumps(answer).encode() + b"\n")
        made.write(body)
        made.flush()


def main() -> None:
    """Serve the parent process, within the limits above."""
    with suppress(ImportError, OSError, ValueError):  # not available on Windows
        import resource

        os.nice(_NICENESS)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
