"""The five services, what each answers, and a transport that plays it and keeps the requests."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import httpx

from webchat.providers import AIChatFree, ChatgptFree, ChatGptt, FlowGpt, FreeGpt
from webchat.providers.free.base import FreeService

SERVICES: list[Any] = [FreeGpt, ChatgptFree, AIChatFree, ChatGptt, FlowGpt]
HI = [{"role": "user", "content": "hi"}]
TURNS = [
    {"role": "system", "content": "S"},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Yo"},
    {"role": "user", "content": "Привет"},
]
PAGE = '<div data-post-id="42" data-nonce="d1e2f3"></div>'
BODIES: dict[type[FreeService], str] = {
    FreeGpt: "{}",
    AIChatFree: "{}",
    ChatgptFree: 'data: {{"choices":[{{"delta":{{"content":"{}"}}}}]}}\n\ndata: [DONE]\n\n',
    ChatGptt: '{{"status":"success","data":"{}"}}',
    FlowGpt: '{{"event":"text","data":"{}"}}\n',
}


class Wire:
    """A transport that answers as a service does and keeps the requests."""

    def __init__(self, service: type[FreeService], text: str = "ok") -> None:
        self.requests: list[httpx.Request] = []
        self.body = BODIES[service].format(text)
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, text=PAGE if request.method == "GET" else self.body)

    @property
    def json(self) -> Any:
        return json.loads(self.requests[-1].content)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.requests[-1].content.decode(), keep_blank_values=True))


async def text_of(generator: Any) -> str:
    return "".join([text async for text in generator])
