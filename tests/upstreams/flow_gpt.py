"""A strict loopback FlowGpt; see `tests.upstreams.faults` for its faults."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable

from tests.upstreams.faults import BEGINNING, LIMIT_WORDS, OVERLOADED, Refused, ServiceUpstream, check
from tests.upstreams.faults import check_browser as _check_browser
from tests.upstreams.free_gpt import OLDEST
from tests.upstreams.http_server import Reply, SeenRequest

FIELDS = {
    "model",
    "nsfw",
    "question",
    "history",
    "system",
    "temperature",
    "promptId",
    "documentIds",
    "chatFileDocumentIds",
    "generateImage",
    "generateAudio",
}
MODELS = {
    "gpt-3.5-turbo",
    "gpt-3.5-long",
    "gpt-4-turbo",
    "google-gemini",
    "claude-instant",
    "claude-v1",
    "claude-v2",
    "llama2-13b",
    "mythalion-13b",
    "pygmalion-13b",
    "chronos-hermes-13b",
    "Mixtral-8x7B",
    "Dolphin-2.6-8x7B",
}


class FlowGptUpstream(ServiceUpstream):
    """FlowGpt: says the question back after its own name and the model's, in JSON lines."""

    name = "FlowGpt"
    content_type = "application/octet-stream"
    ends_by_closing = True

    def __init__(self, port: int = 0, fault: str = "", now: Callable[[], float] = time.time) -> None:
        super().__init__(port, fault, now)
        self._nonces: set[str] = set()

    async def take(self, request: SeenRequest, reply: Reply) -> str | None:
        if (request.method, request.path) != ("POST", "/v3/chat-anonymous"):
            raise Refused(404, {"message": "Not Found"})
        _check_browser(request)
        for header, wanted in {
            "content-type": "application/json",
            "authorization": "Bearer null",
            "origin": "https://flowgpt.com",
            "referer": "https://flowgpt.com/",
        }.items():
            check(request.headers.get(header) == wanted, f"{header} is {request.headers.get(header)}")
        self._check_signature(request)
        body = request.json()
        check(set(body) == FIELDS, f"the fields are {sorted(body)}")
        if body["model"] not in MODELS:
            raise Refused(404, {"statusCode": 404, "message": f"The model {body['model']} does not exist"})
        check(body["promptId"] == f"model-{body['model']}", f"promptId {body['promptId']}")
        for name in ("nsfw", "generateImage", "generateAudio"):
            check(body[name] is False, f"{name} is not false")
        check(body["documentIds"] == body["chatFileDocumentIds"] == [], "there are documents")
        check(0 <= body["temperature"] <= 2, f"temperature {body['temperature']}")
        check(body["system"], "there is no system text")
        check(body["question"], "there is no question")
        for message in body["history"]:
            check(set(message) == {"role", "content"}, f"a message is {sorted(message)}")
            check(message["role"] in ("user", "assistant"), f"the role {message['role']}")
        request.facts["body"] = body
        return f"{self.name} ({body['model']}) heard: {body['question']}"

    def _check_signature(self, request: SeenRequest) -> None:
        timestamp = request.headers.get("x-timestamp", "")
        nonce = request.headers.get("x-nonce", "")
        check(re.fullmatch("[0-9a-f]{32}", nonce), f"x-nonce {nonce}")
        check(nonce not in self._nonces, "x-nonce was used before")
        self._nonces.add(nonce)
        device = request.headers.get("x-flow-device-id", "")
        check(re.fullmatch("f-[a-z0-9]{19}", device), f"x-flow-device-id {device}")
        signed = hashlib.md5(f"{timestamp}-{nonce}-Bearer null".encode()).hexdigest()
        in_time = timestamp.isdigit() and abs(int(timestamp) - self.now()) <= OLDEST
        if not in_time or request.headers.get("x-signature") != signed:
            raise Refused(401, {"statusCode": 401, "message": "Invalid signature."})

    def before(self) -> bytes:
        return b'{"event":"start","data":{}}\n'

    def text(self, text: str) -> bytes:
        return (json.dumps({"event": "text", "data": text}, ensure_ascii=False) + "\n").encode()

    def after(self) -> bytes:
        return b'{"event":"end","data":null}\n'

    def error(self) -> bytes:
        return self.text(BEGINNING) + json.dumps({"event": "error", "data": OVERLOADED}).encode() + b"\n"

    def limited(self) -> bytes:
        return json.dumps({"event": "error", "data": LIMIT_WORDS}).encode() + b"\n"

    def malformed(self) -> bytes:
        return self.text(BEGINNING) + b'{"event":"text","data"\n'

    def endless(self) -> bytes:
        return b'{"event":"text","data":"'
