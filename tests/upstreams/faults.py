"""What the loopback servers of the free services share: strictness, scripted faults and control calls.

Control, on every server:

- `POST /control/fault?name=NAME` makes every answer go wrong that way, `&times=N` only the next N, and an
  empty name makes things right again; `FAULTS` lists the names;
- `POST /control/expire` forgets every nonce handed out (WordPress services), so that the next is stale;
- `POST /control/release` lets the answers held by the fault `hold` go on; answers `{"released": number}`;
- `GET /control/requests` lists the requests seen, `POST /control/forget` empties that list.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from tests.upstreams.http_server import Reply, SeenRequest, Server
from tests.upstreams.openai import gzip_bomb

QUOTA = "当前地区当日额度已消耗完"
QUOTA_WITH_SUFFIX = f"{QUOTA}, 请尝试更换网络环境"
BEGINNING = "The beginning of "
"""The text of an answer that is cut, hangs or never ends."""
OVERLOADED = "The model is overloaded."
LIMIT_WORDS = "You have reached your token limit."
CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    b"<body>Checking your browser<script>cf_chl=1</script></body></html>"
)
MARK = {"Content-Type": "text/html; charset=UTF-8"}

FAULTS = {
    "quota-in-200": "the words of a spent quota with status 200",
    "quota-suffix": "the same with advice after them, cut in the middle of a character",
    "quota-500": "status 500 that contains `Quota exceeded`",
    "rate-429": "status 429 with Retry-After: 7",
    "unauthorised-401": "status 401",
    "challenge-403": "a browser check with status 403",
    "html-200": "a browser check with status 200",
    "empty": "status 200 and nothing else",
    "minus-one": "the body -1",
    "malformed-json": "JSON that ends in the middle, properly ended",
    "error-event": "an error in the service's own form, with status 200",
    "limited": "the words of a limit in the service's own form, with status 200",
    "missing-end": "some text, and then no proper end",
    "cut-before": "the connection is dropped before any text",
    "cut-after": "the connection is dropped after some text",
    "silent": "nothing at all",
    "hang-before": "headers, then nothing",
    "hang-after": "some text, then nothing",
    "drip": "a little text every 20 ms, without end",
    "endless-line": "one line that never ends",
    "gzip-bomb": "200 KiB that unpack to 200 MiB",
    "hold": "some text, then waits for release",
    "no-nonce": "a page without nonce and post id (WordPress services)",
    "page-silent": "the page never comes (WordPress services)",
    "page-challenge": "a browser check instead of the page (WordPress services)",
    "nonce-never": "every nonce is refused (WordPress services)",
}


class Refused(Exception):
    """The request is not what the service takes."""

    def __init__(self, status: int, body: str | Mapping[str, Any]) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def check(holds: object, problem: str) -> None:
    """Refuse the request, with words that say what is wrong, unless it holds."""
    if not holds:
        raise Refused(400, f"strict server: {problem}")


class ServiceUpstream(Server):
    """One service. A subclass says which requests it takes and how its answers look on the wire.

    Args:
        port: 0 takes a free one.
        fault: a key of `FAULTS`; nothing goes wrong unless given.
        now: seconds since 1970, for the age of signatures.
    """

    name: ClassVar[str]
    content_type: ClassVar[str] = "text/plain; charset=utf-8"

    def __init__(self, port: int = 0, fault: str = "", now: Callable[[], float] = time.time) -> None:
        super().__init__(self._handle, port)
        self.now = now
        self.fault = ""
        self._times: int | None = None
        self._held: list[asyncio.Event] = []
        self.went_wrong = asyncio.Event()
        self.set_fault(fault)

    @property
    def url(self) -> str:
        """The base URL to configure."""
        return self.origin

    def set_fault(self, name: str, times: int | None = None) -> None:
        """Make answers go wrong, always or so many times."""
        if name and name not in FAULTS:
            raise ValueError(f"there is no fault named {name}")
        self.fault, self._times = name, times

    def release(self) -> int:
        """Let held answers go on; return how many they were."""
        held, self._held = self._held, []
        for event in held:
            event.set()
        return len(held)

    # What a subclass says.

    async def take(self, request: SeenRequest, reply: Reply) -> str | None:
        """Check a request; return the text to answer, or None if it was answered here already."""
        raise NotImplementedError

    def before(self) -> bytes:
        """What stands before an answer's text."""
        return b""

    def text(self, text: str) -> bytes:
        """A piece of text as it stands on the wire."""
        return text.encode()

    def after(self) -> bytes:
        """What ends an answer."""
        return b""

    def quota(self, words: str) -> bytes:
        """A spent quota with status 200."""
        return words.encode()

    def error(self) -> bytes:
        """An error with status 200, in words `OVERLOADED`."""
        raise NotImplementedError

    def limited(self) -> bytes:
        """A limit with status 200."""
        raise NotImplementedError

    def malformed(self) -> bytes:
        """JSON that ends in the middle."""
        return b'{"error":{"message":"' + OVERLOADED.encode()

    def endless(self) -> bytes:
        """How a line begins that never ends."""
        return self.before()

    ends_by_closing: ClassVar[bool] = False
    """Whether only the end of the body says that an answer is complete."""

    # What they share.

    async def _handle(self, request: SeenRequest, reply: Reply) -> None:
        if request.path.startswith("/control/"):
            self.requests.remove(request)
            reply.json(*self.control(request.path.removeprefix("/control/"), request.query))
            return
        try:
            answer = await self.take(request, reply)
        except Refused as refused:
            request.facts["refused"] = refused.body
            if isinstance(refused.body, str):
                reply.whole(refused.status, refused.body.encode(), {"Content-Type": "text/plain"})
            else:
                reply.json(refused.status, refused.body)
            return
        if answer is None:
            return
        fault = self.take_fault()
        request.facts["fault"] = fault
        if fault:
            self.went_wrong.set()
            await self._go_wrong(fault, reply)
        else:
            self.start(reply)
            body = self.before() + self.read_in_pieces(answer) + self.after()
            for start in range(0, len(body), 7):
                reply.chunk(body[start : start + 7])
            reply.last_chunk()

    def read_in_pieces(self, answer: str) -> bytes:
        """An answer's text on the wire, a few characters a piece."""
        return b"".join(self.text(answer[start : start + 5]) for start in range(0, len(answer), 5))

    def take_fault(self) -> str:
        """The fault of this request; one that is set for a number of times is counted down."""
        fault = self.fault
        if fault and self._times is not None:
            self._times -= 1
            if not self._times:
                self.set_fault("")
        return fault

    def start(self, reply: Reply) -> None:
        """Send the headers of an answer."""
        reply.head(200, {"Content-Type": self.content_type, "Transfer-Encoding": "chunked"})

    def control(self, action: str, query: Mapping[str, str]) -> tuple[int, object]:
        """Do what a control call asks; return the status and the JSON it answers."""
        if action == "fault":
            try:
                self.set_fault(query.get("name", ""), int(query["times"]) if "times" in query else None)
            except ValueError as error:
                return 400, {"error": str(error)}
            return 200, {"fault": self.fault}
        if action == "expire":
            self.expire()
            return 200, {}
        if action == "release":
            return 200, {"released": self.release()}
        if action == "forget":
            self.requests.clear()
            return 200, {}
        if action == "requests":
            return 200, [_report(seen) for seen in self.requests]
        return 404, {"error": f"there is no control call named {action}"}

    def expire(self) -> None:
        """Take no nonce handed out so far; services without nonces do nothing."""

    async def _go_wrong(self, fault: str, reply: Reply) -> None:
        if fault in _WHOLE:
            status, body, headers = _WHOLE[fault](self)
            reply.whole(status, body, headers)
        elif fault == "silent":
            await asyncio.Event().wait()
        elif fault == "gzip-bomb":
            reply.whole(200, gzip_bomb(), {"Content-Type": self.content_type, "Content-Encoding": "gzip"})
        else:
            self.start(reply)
            await _STREAMED[fault](self, reply)

    async def hold(self) -> None:
        """Wait for `release`."""
        event = asyncio.Event()
        self._held.append(event)
        try:
            await event.wait()
        finally:
            if event in self._held:
                self._held.remove(event)


def form_of(request: SeenRequest) -> dict[str, str]:
    """The fields of a form; refuses one with a field twice."""
    check(
        request.headers.get("content-type") == "application/x-www-form-urlencoded",
        f"content type {request.headers.get('content-type')}",
    )
    pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    check(len(fields) == len(pairs), "a field stands twice")
    return fields


def check_browser(request: SeenRequest) -> None:
    """Refuse what does not look like a desktop browser."""
    check(request.headers.get("user-agent", "").startswith("Mozilla/5.0 ("), "no desktop User-Agent")


def _report(seen: SeenRequest) -> dict[str, Any]:
    return {
        "number": seen.number,
        "method": seen.method,
        "path": seen.path,
        "came_at": seen.came_at,
        "ended_at": seen.ended_at,
        "closed_early": seen.closed_early,
        "fault": seen.facts.get("fault", ""),
        "refused": seen.facts.get("refused"),
    }


_Whole = tuple[int, bytes, dict[str, str]]


def _plain(status: int, body: bytes) -> _Whole:
    return status, body, {"Content-Type": "text/plain; charset=utf-8"}


_WHOLE: dict[str, Callable[[ServiceUpstream], _Whole]] = {
    "quota-in-200": lambda service: _plain(200, service.quota(QUOTA)),
    "quota-500": lambda _: (
        500,
        b'{"error":{"code":"500","message":"Quota exceeded for the day"}}',
        {"Content-Type": "application/json"},
    ),
    "rate-429": lambda _: (429, b'{"error":{"message":"Slow down, please"}}', {"Retry-After": "7"}),
    "unauthorised-401": lambda _: _plain(401, b"Invalid signature."),
    "challenge-403": lambda _: (403, CHALLENGE, MARK),
    "html-200": lambda _: (200, CHALLENGE, MARK),
    "empty": lambda _: _plain(200, b""),
    "minus-one": lambda _: _plain(200, b"-1"),
    "malformed-json": lambda service: _plain(200, service.malformed()),
    "error-event": lambda service: _plain(200, service.error()),
    "limited": lambda service: _plain(200, service.limited()),
}


async def _quota_suffix(service: ServiceUpstream, reply: Reply) -> None:
    body = service.quota(QUOTA_WITH_SUFFIX)
    reply.chunk(body[:10])
    await asyncio.sleep(0.02)
    reply.chunk(body[10:])
    reply.last_chunk()


def _begin(service: ServiceUpstream, reply: Reply) -> None:
    reply.chunk(service.before() + service.text(BEGINNING))


async def _missing_end(service: ServiceUpstream, reply: Reply) -> None:
    _begin(service, reply)
    if not service.ends_by_closing:
        reply.last_chunk()


async def _cut_before(service: ServiceUpstream, reply: Reply) -> None:
    reply.reset()


async def _cut_after(service: ServiceUpstream, reply: Reply) -> None:
    _begin(service, reply)
    await asyncio.sleep(0.15)
    reply.reset()


async def _hang_before(service: ServiceUpstream, reply: Reply) -> None:
    await asyncio.Event().wait()


async def _hang_after(service: ServiceUpstream, reply: Reply) -> None:
    _begin(service, reply)
    await asyncio.Event().wait()


async def _drip(service: ServiceUpstream, reply: Reply) -> None:
    _begin(service, reply)
    for letter in itertools.cycle("drip "):
        reply.chunk(service.text(letter))
        await asyncio.sleep(0.02)


async def _endless_line(service: ServiceUpstream, reply: Reply) -> None:
    if beginning := service.endless():
        reply.chunk(beginning)
    while True:
        reply.chunk(b"x" * 65536)
        await reply.drain()
        await asyncio.sleep(0)


async def _hold(service: ServiceUpstream, reply: Reply) -> None:
    _begin(service, reply)
    await service.hold()
    reply.chunk(service.text("an answer that was held.") + service.after())
    reply.last_chunk()


_STREAMED: dict[str, Callable[[ServiceUpstream, Reply], Awaitable[None]]] = {
    "quota-suffix": _quota_suffix,
    "missing-end": _missing_end,
    "cut-before": _cut_before,
    "cut-after": _cut_after,
    "hang-before": _hang_before,
    "hang-after": _hang_after,
    "drip": _drip,
    "endless-line": _endless_line,
    "hold": _hold,
}
