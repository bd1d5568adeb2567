"""A strict loopback ChatgptFree; see `tests.upstreams.faults` for its faults."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.upstreams.faults import BEGINNING, LIMIT_WORDS, OVERLOADED, check
from tests.upstreams.http_server import SeenRequest
from tests.upstreams.wordpress import WordPressUpstream


class ChatgptFreeUpstream(WordPressUpstream):
    """ChatgptFree: says the prompt back after its own name, as server-sent events."""

    name = "ChatgptFree"
    content_type = "text/event-stream"

    def check_more(self, request: SeenRequest, form: Mapping[str, str]) -> None:
        referer = request.headers.get("referer")
        check(referer == f"{self.origin}/chat/", f"Referer {referer}")

    def text(self, text: str) -> bytes:
        chunk = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()

    def after(self) -> bytes:
        return b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

    def quota(self, words: str) -> bytes:
        return json.dumps({"status": "error", "msg": f"Quota exceeded: {words}"}).encode()

    def error(self) -> bytes:
        words = json.dumps({"error": {"message": OVERLOADED}})
        return self.text(BEGINNING) + f"event: error\ndata: {words}\n\n".encode()

    def limited(self) -> bytes:
        words = LIMIT_WORDS.split(" ")
        pieces = [words[0], *(f" {word}" for word in words[1:])]
        return b"".join(map(self.text, pieces)) + b"data: [LIMITED]\n\n"

    def malformed(self) -> bytes:
        return self.text(BEGINNING) + b'data: {"choices":[{"delta":{"content":"but\n\n'

    def endless(self) -> bytes:
        return b'data: {"choices":[{"delta":{"content":"'
