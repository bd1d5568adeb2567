"""All five free services at once.

`async with serve_services() as services:` in a test's own loop, `with services_process() as urls:` in one
process of their own, or `python -m tests.upstreams.services` by hand: it writes one line of JSON with the
addresses. The control address takes the calls of `tests.upstreams.faults` without `/control`, and with one
more parameter: `POST {control}/fault?service=FreeGpt&name=quota-in-200`. Without it every service is meant.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.upstreams.aichat_free import AIChatFreeUpstream
from tests.upstreams.chatgpt_free import ChatgptFreeUpstream
from tests.upstreams.chatgptt import ChatGpttUpstream
from tests.upstreams.faults import ServiceUpstream
from tests.upstreams.flow_gpt import FlowGptUpstream
from tests.upstreams.free_gpt import FreeGptUpstream
from tests.upstreams.http_server import Reply, SeenRequest, Server

UPSTREAMS: dict[str, type[ServiceUpstream]] = {
    kind.name: kind
    for kind in (
        FreeGptUpstream,
        ChatgptFreeUpstream,
        AIChatFreeUpstream,
        ChatGpttUpstream,
        FlowGptUpstream,
    )
}


@dataclass(frozen=True, slots=True)
class ServiceUrls:
    """Where the services of a process listen, by the name of their class, and where they are controlled."""

    urls: dict[str, str]
    control: str

    def environment(self) -> dict[str, str]:
        """The settings that make webchat use these services."""
        return {f"WEBCHAT_{name.upper()}_BASE_URL": url for name, url in self.urls.items()}

    def set_fault(self, service: str, name: str, times: int | None = None) -> None:
        """Make a service's answers go wrong; an empty name makes them right."""
        counted = {} if times is None else {"times": times}
        self.call("POST", "fault", service=service, name=name, **counted)

    def call(self, method: str, action: str, **query: Any) -> Any:
        """Make a control call; return what it answers, by service."""
        request = urllib.request.Request(f"{self.control}/{action}?{urlencode(query)}", method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


@contextlib.asynccontextmanager
async def serve_services() -> AsyncIterator[dict[str, ServiceUpstream]]:
    """Serve all five in the running loop, by the name of their class."""
    async with contextlib.AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(kind()) for name, kind in UPSTREAMS.items()}


@contextlib.contextmanager
def services_process() -> Iterator[ServiceUrls]:
    """Serve all five in one process of their own."""
    command = [sys.executable, "-m", "tests.upstreams.services"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the services did not start")
            yield ServiceUrls(**json.loads(line))
        finally:
            process.terminate()


def _control(services: dict[str, ServiceUpstream]) -> Server:
    async def handle(request: SeenRequest, reply: Reply) -> None:
        wanted = request.query.get("service")
        meant = {name: service for name, service in services.items() if wanted in (None, name)}
        if not meant:
            reply.json(404, {"error": f"there is no service named {wanted}"})
            return
        answers = {}
        for name, service in meant.items():
            status, answer = service.control(request.path.strip("/"), request.query)
            if status != 200:
                reply.json(status, answer)
                return
            answers[name] = answer
        reply.json(200, answers)

    return Server(handle)


async def _serve_forever() -> None:
    async with serve_services() as services, _control(services) as control:
        urls = ServiceUrls({name: service.url for name, service in services.items()}, control.origin)
        sys.stdout.write(f"{json.dumps(asdict(urls))}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_forever())
