"""An OpenAI-compatible service with the faults of `tests.upstreams.faults`, to compare it with the others."""

from __future__ import annotations

import json

from tests.upstreams.faults import BEGINNING, LIMIT_WORDS, OVERLOADED, Refused, ServiceUpstream, check
from tests.upstreams.http_server import Reply, SeenRequest


class OpenAIFaultsUpstream(ServiceUpstream):
    """Says the last message back after its own name, as server-sent events."""

    name = "OpenAICompatible"
    content_type = "text/event-stream"

    async def take(self, request: SeenRequest, reply: Reply) -> str | None:
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            raise Refused(404, {"detail": "Not Found"})
        body = request.json()
        check(body["stream"] is True, "no stream was asked for")
        return f"{self.name} heard: {body['messages'][-1]['content']}"

    def text(self, text: str) -> bytes:
        chunk = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()

    def after(self) -> bytes:
        return b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

    def quota(self, words: str) -> bytes:
        error = {"message": words, "type": "insufficient_quota", "code": "insufficient_quota"}
        return json.dumps({"error": error}, ensure_ascii=False).encode()

    def error(self) -> bytes:
        words = json.dumps({"error": {"message": OVERLOADED}})
        return self.text(BEGINNING) + f"event: error\ndata: {words}\n\n".encode()

    def limited(self) -> bytes:
        error = {"message": LIMIT_WORDS, "code": "rate_limit_exceeded"}
        return b"data: %b\n\n" % json.dumps({"error": error}).encode()

    def malformed(self) -> bytes:
        return self.text(BEGINNING) + b'data: {"choices":[{"delta":{"content":"but\n\n'

    def endless(self) -> bytes:
        return b'data: {"choices":[{"delta":{"content":"'
