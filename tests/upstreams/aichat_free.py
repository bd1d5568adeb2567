"""A strict loopback AIChatFree; see `tests.upstreams.faults` for its faults."""

from __future__ import annotations

from tests.upstreams.faults import OVERLOADED, Refused, ServiceUpstream, check, check_browser
from tests.upstreams.free_gpt import check_signature
from tests.upstreams.http_server import Reply, SeenRequest


class AIChatFreeUpstream(ServiceUpstream):
    """AIChatFree: says the last message back after its own name."""

    name = "AIChatFree"
    ends_by_closing = True

    async def take(self, request: SeenRequest, reply: Reply) -> str | None:
        if (request.method, request.path) != ("POST", "/api/generate"):
            raise Refused(404, "Not Found")
        check_browser(request)
        for header, wanted in {
            "accept": "*/*",
            "content-type": "text/plain;charset=UTF-8",
            "origin": self.origin,
            "referer": f"{self.origin}/",
        }.items():
            check(request.headers.get(header) == wanted, f"{header} is {request.headers.get(header)}")
        body = request.json()
        check(set(body) == {"messages", "time", "pass", "sign"}, f"the fields are {sorted(body)}")
        check(body["pass"] is None, "pass is not null")
        for message in body["messages"]:
            check(set(message) == {"role", "parts"}, f"a message is {sorted(message)}")
            check(message["role"] in ("user", "model"), f"the role {message['role']}")
            check([set(part) for part in message["parts"]] == [{"text"}], "parts are not one text")
        if not body["messages"] or body["messages"][-1]["role"] != "user":
            words = "Invalid message history: The last message must be from user role."
            raise Refused(400, {"error": {"message": words}})
        text: str = body["messages"][-1]["parts"][0]["text"]
        check_signature(body, text, self.now(), unit=1000)
        return f"{self.name} heard: {text}"

    def quota(self, words: str) -> bytes:
        return f"Quota exceeded: {words}".encode()

    def error(self) -> bytes:
        return b'{"error":{"code":500,"message":"%b"}}' % OVERLOADED.encode()

    def limited(self) -> bytes:
        return b"Quota exceeded. You have reached your token limit."
