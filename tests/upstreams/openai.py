"""A loopback OpenAI-compatible server whose model names are scripts.

`async with serve_openai() as upstream:` in a test's own loop, `with openai_process() as url:` in a process of
its own, or `python -m tests.upstreams.openai --port 4010` by hand. `MODELS` says what each model name does;
`N` and `R` stand for numbers, `KEY` for any word. Control, for tests that must not depend on time:

- `POST /control/release?key=KEY` lets every request now held under KEY go on; answers `{"released": number}`;
- `GET /control/requests` lists the requests seen: number, path, model, came_at, last_chunk_at, ended_at (null
  while running), closed_early; times are seconds since 1970;
- `POST /control/forget` empties that list.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import io
import itertools
import json
import re
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import imagesize

from tests.upstreams.http_server import Reply, SeenRequest, Server
from tests.upstreams.texts import END_MARK, MARKDOWN, answer_chunks, expected_text

__all__ = ["END_MARK", "MODELS", "OpenAIUpstream", "expected_text", "openai_process", "serve_openai"]

MODELS = {
    "echo": "says the last message back, in pieces of a few characters",
    "echo-hold": "says the last message back, 200 pieces a second, then waits for release of key 'echo'",
    "slow": "a word every 50 ms, 40 words; slow-N for N words",
    "paced-N-R": "N chunks at R per second, expected_text(N)",
    "clock-N-R": "N chunks at R per second, each the time when it was sent",
    "burst-N": "N chunks at once, expected_text(N)",
    "reasoning": "reasoning first, then text",
    "reasoning-N": "reasoning for N ms, then text",
    "markdown": "tables, code, lists, and HTML that must not run",
    "sees": "says what the last message has: the words of each text, the type and size of each picture",
    "parameters": "says the request's parameters back as JSON",
    "plain-json": "a whole JSON answer although a stream was asked for",
    "empty": "a proper stream without any text",
    "no-done": "finishes with a finish_reason and without [DONE]",
    "length": "ends with finish_reason length",
    "no-stream-options": "400 naming stream_options, unless it is left out",
    "hang": "headers, then nothing",
    "silent": "takes the request and says nothing at all",
    "drip": "a letter every 50 ms, without end",
    "hold": "first words, then waits for release of key 'hold'; hold-KEY for another key",
    "wait": "waits for release of key 'wait' before saying anything; wait-KEY for another key",
    "cut": "some text, then the connection is dropped in mid-body",
    "cut-start": "the connection is dropped before any text",
    "truncated": "some text, then a clean end without finish_reason and [DONE]",
    "malformed": "some text, then a line that is no JSON",
    "error-midstream": "some text, then an error object",
    "error-N": "HTTP status N with a proper error body (429 with Retry-After: 7)",
    "quota": "429 insufficient_quota",
    "context": "400 context_length_exceeded",
    "loading-N": "503 “Loading model” for the first N requests",
    "html": "a challenge page with status 200",
    "endless-line": "one line that never ends",
    "endless-events": "events without end, as fast as they go",
    "gzip-bomb": "200 KiB that unpack to 200 MiB",
}
SEES = "sees"
"""The one model that is listed as taking pictures."""
LISTED = [name for name in MODELS if "-N" not in name] + ["paced-2000-200", "burst-10000", "slow-120"]

Script = Callable[[SeenRequest, Reply, re.Match[str]], Awaitable[None]]
_SCRIPTS: list[tuple[re.Pattern[str], Script]] = []


def _script(pattern: str) -> Callable[[Script], Script]:
    def register(function: Script) -> Script:
        _SCRIPTS.append((re.compile(pattern), function))
        return function

    return register


class OpenAIUpstream(Server):
    """The server; `url` is the base URL to configure, `requests` what came in."""

    def __init__(self, port: int = 0, api_key: str | None = None) -> None:
        super().__init__(self._handle, port)
        self.api_key = api_key
        self._held: dict[str, list[asyncio.Event]] = {}
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        """The base URL, `/v1` included."""
        return f"{self.origin}/v1"

    def release(self, key: str) -> int:
        """Let the requests held under `key` go on; return how many they were."""
        events = self._held.pop(key, [])
        for event in events:
            event.set()
        return len(events)

    async def held(self, key: str, count: int = 1) -> None:
        """Wait until `count` requests are held under `key`."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._held.get(key, ())) >= count)

    async def hold(self, key: str) -> None:
        """Wait for `release(key)`."""
        event = asyncio.Event()
        self._held.setdefault(key, []).append(event)
        async with self._changed:
            self._changed.notify_all()
        try:
            await event.wait()
        finally:
            if event in self._held.get(key, ()):
                self._held[key].remove(event)

    async def _handle(self, request: SeenRequest, reply: Reply) -> None:
        path = request.path
        if path.startswith("/control/"):
            self._control(request, reply)
        elif self.api_key is not None and request.headers.get("authorization") != f"Bearer {self.api_key}":
            reply.json(401, _error("Incorrect API key provided.", "invalid_api_key"))
        elif path == "/v1/models":
            models = [
                {"id": name, "object": "model", "created": 1, "owned_by": "webchat"}
                | ({"architecture": {"input_modalities": ["text", "image"]}} if name == SEES else {})
                | ({"context_length": 131_072} if name == "reasoning" else {})
                for name in LISTED
            ]
            reply.json(200, {"object": "list", "data": models})
        elif path == "/v1/chat/completions" and request.method == "POST":
            model = request.json()["model"]
            request.facts.update(model=model, upstream=self)
            for pattern, script in _SCRIPTS:
                if match := pattern.fullmatch(model):
                    await script(request, reply, match)
                    return
            reply.json(404, _error(f"The model `{model}` does not exist", "model_not_found"))
        else:
            reply.json(404, {"detail": "Not Found"})

    def _control(self, request: SeenRequest, reply: Reply) -> None:
        self.requests.remove(request)
        if request.path == "/control/release":
            reply.json(200, {"released": self.release(request.query["key"])})
        elif request.path == "/control/forget":
            self.requests.clear()
            reply.json(200, {})
        else:
            reply.json(200, [_report(seen) for seen in self.requests])


def _report(seen: SeenRequest) -> dict[str, Any]:
    return {
        "number": seen.number,
        "path": seen.path,
        "model": seen.facts.get("model"),
        "came_at": seen.came_at,
        "last_chunk_at": seen.facts.get("last_chunk_at"),
        "ended_at": seen.ended_at,
        "closed_early": seen.closed_early,
    }


def _error(
    message: str, code: str | int | None = None, kind: str = "invalid_request_error"
) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


_FRAME = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"scripted",'
    b'"choices":[{"index":0,"delta":%b,"finish_reason":%b}]}\n\n'
)


def _frame(delta: dict[str, str], finish: str | None = None) -> bytes:
    return _FRAME % (json.dumps(delta, ensure_ascii=False).encode(), json.dumps(finish).encode())


@lru_cache(maxsize=32)
def _text_frames(count: int) -> tuple[bytes, ...]:
    return tuple(_frame({"content": piece}) for piece in answer_chunks(count))


def _start(reply: Reply) -> None:
    reply.head(200, {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"})
    reply.chunk(_frame({"role": "assistant", "content": ""}))


def _say(reply: Reply, text: str) -> None:
    reply.chunk(_frame({"content": text}))


def _finish(request: SeenRequest, reply: Reply, reason: str = "stop", done: bool = True) -> None:
    request.facts["last_chunk_at"] = time.time()
    reply.chunk(_frame({}, reason))
    if (request.json().get("stream_options") or {}).get("include_usage"):
        usage = {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33}
        reply.chunk(b"data: %b\n\n" % json.dumps({"choices": [], "usage": usage}).encode())
    if done:
        reply.chunk(b"data: [DONE]\n\n")
    reply.last_chunk()


@_script("echo|no-done|length")
async def _echo(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    text = request.json()["messages"][-1]["content"]
    _start(reply)
    for start in range(0, len(text), 6):
        _say(reply, text[start : start + 6])
    _finish(request, reply, "length" if match[0] == "length" else "stop", done=match[0] != "no-done")


@_script(SEES)
async def _sees(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    content = request.json()["messages"][-1]["content"]
    try:
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        said = [_seen(part) for part in parts]
    except (ValueError, KeyError, TypeError) as error:
        return reply.json(400, _error(f"Invalid content: {error!r}"))
    _start(reply)
    _say(reply, "\n\n".join(said))
    return _finish(request, reply)


def _seen(part: dict[str, Any]) -> str:
    """A part of a message in words; one that is not exactly as the format has it is an error."""
    if part["type"] == "text":
        return f"text: {part['text']}"
    head, _, data = part["image_url"]["url"].partition(";base64,")
    picture = base64.b64decode(data, validate=True)
    width, height = imagesize.get(io.BytesIO(picture))
    if part["type"] != "image_url" or not head.startswith("data:image/") or width < 1:
        raise ValueError(head[:40])
    return f"picture: {head.removeprefix('data:')} {width}x{height}"


@_script("echo-hold")
async def _echo_hold(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    text = request.json()["messages"][-1]["content"]
    _start(reply)
    for start in range(0, len(text), 6):
        _say(reply, text[start : start + 6])
        await asyncio.sleep(0.005)
    await request.facts["upstream"].hold("echo")
    _finish(request, reply)


@_script(r"slow(?:-(?P<count>\d+))?")
async def _slow(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    for number in range(1, int(match["count"] or 40) + 1):
        _say(reply, f"word{number} ")
        await asyncio.sleep(0.05)
    _finish(request, reply)


@_script(r"paced-(?P<count>\d+)-(?P<rate>\d+)")
async def _paced(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    frames, gap = _text_frames(int(match["count"])), 1 / int(match["rate"])
    loop = asyncio.get_running_loop()
    _start(reply)
    begin = loop.time()
    for number, frame in enumerate(frames):
        if (wait := begin + number * gap - loop.time()) > 0:
            await asyncio.sleep(wait)
        reply.chunk(frame)
        await reply.drain()
    _finish(request, reply)


@_script(r"clock-(?P<count>\d+)-(?P<rate>\d+)")
async def _clock(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    loop = asyncio.get_running_loop()
    _start(reply)
    begin = loop.time()
    for number in range(int(match["count"])):
        if (wait := begin + number / int(match["rate"]) - loop.time()) > 0:
            await asyncio.sleep(wait)
        _say(reply, f"{time.time():.4f} ")
        await reply.drain()
    _finish(request, reply)


@_script(r"burst-(?P<count>\d+)")
async def _burst(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    for frame in _text_frames(int(match["count"])):
        reply.chunk(frame)
        await reply.drain()
    _finish(request, reply)


@_script(r"reasoning(?:-(?P<pause>\d+))?")
async def _reasoning(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    for word in ("Let me ", "think ", "about it."):
        reply.chunk(_frame({"reasoning_content": word}))
    if match["pause"]:
        await reply.drain()
        await asyncio.sleep(int(match["pause"]) / 1000)
    _say(reply, "The answer ")
    _say(reply, "is 42.")
    _finish(request, reply)


@_script("markdown")
async def _markdown(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    for start in range(0, len(MARKDOWN), 7):
        _say(reply, MARKDOWN[start : start + 7])
        await asyncio.sleep(0.002)
    _finish(request, reply)


@_script("parameters")
async def _parameters(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    _say(reply, json.dumps(request.json(), ensure_ascii=False))
    _finish(request, reply)


@_script("plain-json")
async def _plain_json(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "A whole answer."},
        "finish_reason": "stop",
    }
    reply.json(200, {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 4}})


@_script("empty")
async def _empty(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    _finish(request, reply)


@_script("no-stream-options")
async def _no_stream_options(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    if "stream_options" in request.json():
        return reply.json(400, _error("Unrecognized request argument supplied: stream_options"))
    return await _echo(request, reply, match)


@_script("hang")
async def _hang(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    await asyncio.Event().wait()


@_script("silent")
async def _silent(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    await asyncio.Event().wait()


@_script("drip")
async def _drip(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    for letter in itertools.cycle("drip "):
        _say(reply, letter)
        await asyncio.sleep(0.05)


@_script("hold|hold-(?P<key>.+)")
async def _hold(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    _say(reply, "Before the hold. ")
    await request.facts["upstream"].hold(match["key"] or "hold")
    _say(reply, "After the hold.")
    _finish(request, reply)


@_script("wait|wait-(?P<key>.+)")
async def _wait(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    await request.facts["upstream"].hold(match["key"] or "wait")
    _start(reply)
    _say(reply, "After the wait.")
    _finish(request, reply)


@_script("cut|cut-start")
async def _cut(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    if match[0] == "cut":
        _start(reply)
        _say(reply, "This answer is cut ")
        _say(reply, "in the mid")
        await asyncio.sleep(0.05)
    reply.reset()


@_script("truncated")
async def _truncated(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    _say(reply, "This answer has no ")
    reply.last_chunk()


@_script("malformed")
async def _malformed(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    _say(reply, "Good so far, ")
    reply.chunk(b'data: {"choices":[{"delta":{"content":"but no\n\n')
    reply.last_chunk()


@_script("error-midstream")
async def _error_midstream(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    _say(reply, "Good so far, ")
    overloaded = _error("The engine is overloaded.", "overloaded", "server_error")
    reply.chunk(b"data: %b\n\n" % json.dumps(overloaded).encode())
    reply.last_chunk()


@_script(r"error-(?P<status>\d{3})")
async def _error_status(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    status = int(match["status"])
    words = {
        401: _error("Incorrect API key provided.", "invalid_api_key"),
        404: _error("The model `error-404` does not exist", "model_not_found"),
        429: _error("Rate limit reached for requests", "rate_limit_exceeded"),
    }
    headers = {"Retry-After": "7"} if status == 429 else {}
    reply.json(status, words.get(status, _error(f"Scripted error {status}")), headers)


@_script("quota")
async def _quota(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    reply.json(429, _error("You exceeded your current quota.", "insufficient_quota"))


@_script("context")
async def _context(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    reply.json(400, _error("This model's maximum context length is 8192 tokens.", "context_length_exceeded"))


@_script(r"loading-(?P<times>\d+)")
async def _loading(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    """503 for the first so many requests, as llama.cpp's server says while it loads a model."""
    asked = sum(seen.facts.get("model") == match[0] for seen in request.facts["upstream"].requests)
    if asked <= int(match["times"]):
        reply.json(503, _error("Loading model", 503, "unavailable_error"))
        return
    _start(reply)
    _say(reply, "Here.")
    _finish(request, reply)


@_script("html")
async def _html(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    page = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking</body></html>"
    reply.whole(200, page, {"Content-Type": "text/html; charset=utf-8"})


@_script("endless-line")
async def _endless_line(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    reply.chunk(b'data: {"choices":[{"delta":{"content":"')
    while True:
        reply.chunk(b"x" * 65536)
        await reply.drain()
        await asyncio.sleep(0)


@_script("endless-events")
async def _endless_events(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    _start(reply)
    frame = _frame({"content": "again and again " * 256})
    while True:
        reply.chunk(frame)
        await reply.drain()
        await asyncio.sleep(0)


@lru_cache(maxsize=1)
def gzip_bomb(unpacked: int = 200 * 1024 * 1024) -> bytes:
    """Return about 200 KiB of gzip that unpack to 200 MiB of one line."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"x" * (1024 * 1024)
    parts = [packer.compress(b"data: ")]
    parts += [packer.compress(block) for _ in range(unpacked // len(block))]
    return b"".join([*parts, packer.flush()])


@_script("gzip-bomb")
async def _gzip_bomb(request: SeenRequest, reply: Reply, match: re.Match[str]) -> None:
    reply.whole(200, gzip_bomb(), {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"})


@contextlib.asynccontextmanager
async def serve_openai(port: int = 0, api_key: str | None = None) -> AsyncIterator[OpenAIUpstream]:
    """Serve in the running loop; with `api_key`, every request must carry it."""
    async with OpenAIUpstream(port, api_key) as upstream:
        yield upstream


@contextlib.contextmanager
def openai_process(port: int = 0) -> Iterator[str]:
    """Serve in a process of its own and yield the base URL (`http://127.0.0.1:<port>/v1`)."""
    command = [sys.executable, "-m", "tests.upstreams.openai", "--port", str(port)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError("the upstream did not start")
            yield url
        finally:
            process.terminate()


async def _serve_forever(port: int) -> None:
    async with serve_openai(port) as upstream:
        sys.stdout.write(f"{upstream.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve until terminated; the first line written is the base URL."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    port = parser.parse_args().port
    try:
        import uvloop
    except ImportError:
        run = asyncio.run
    else:
        run = uvloop.run
    with contextlib.suppress(KeyboardInterrupt):
        run(_serve_forever(port))


if __name__ == "__main__":
    main()
