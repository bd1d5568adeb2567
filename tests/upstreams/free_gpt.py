"""A strict loopback FreeGpt; see `tests.upstreams.faults` for its faults."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.upstreams.faults import OVERLOADED, Refused, ServiceUpstream, check
from tests.upstreams.http_server import Reply, SeenRequest

OLDEST = 60
"""Seconds a signature is good for."""


def check_signature(body: dict[str, Any], text: str, now: float, unit: float) -> None:
    """Refuse a time that is not now in the right unit, and a signature that does not fit."""
    check(type(body["time"]) is int, "time is no whole number")
    wanted = hashlib.sha256(f"{body['time']}:{text}:".encode()).hexdigest()
    if abs(body["time"] / unit - now) > OLDEST or body["sign"] != wanted:
        raise Refused(401, "Invalid signature.")


class FreeGptUpstream(ServiceUpstream):
    """FreeGpt: says the last message back after its own name."""

    name = "FreeGpt"
    ends_by_closing = True

    async def take(self, request: SeenRequest, reply: Reply) -> str | None:
        if (request.method, request.path) != ("POST", "/api/generate"):
            raise Refused(404, "Not Found")
        check(request.headers.get("content-type") == "application/json", "the content type is not JSON")
        body = request.json()
        check(set(body) == {"messages", "time", "pass", "sign"}, f"the fields are {sorted(body)}")
        check(body["pass"] is None, "pass is not null")
        for message in body["messages"]:
            check(set(message) == {"role", "content"}, f"a message is {sorted(message)}")
            check(message["role"] in ("system", "user", "assistant"), f"the role {message['role']}")
        if not body["messages"] or not body["messages"][-1]["content"].strip():
            raise Refused(400, {"error": {"message": "No input text."}})
        text: str = body["messages"][-1]["content"]
        check_signature(body, text, self.now(), unit=1)
        return f"{self.name} heard: {text}"

    def error(self) -> bytes:
        return b'{"error":{"code":500,"message":"%b"}}' % OVERLOADED.encode()

    def limited(self) -> bytes:
        return "流量异常".encode()
