"""What the two WordPress services share: a page that hands out nonces, and a form that wants a good one."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Mapping
from typing import ClassVar

from tests.upstreams.faults import CHALLENGE, MARK, Refused, ServiceUpstream, check, check_browser, form_of
from tests.upstreams.http_server import Reply, SeenRequest

POST_ID = "4711"


class WordPressUpstream(ServiceUpstream):
    """A WordPress site with a chat plugin.

    Args:
        port: 0 takes a free one.
        fault: see `ServiceUpstream`.
        now: see `ServiceUpstream`.
        cookies: what every request must carry.
        refusal: the body that refuses a nonce.
    """

    fields: ClassVar[set[str]] = {"_wpnonce", "post_id", "url", "action", "message", "bot_id"}
    quote: ClassVar[str] = '"'

    def __init__(
        self,
        port: int = 0,
        fault: str = "",
        now: Callable[[], float] = time.time,
        cookies: Mapping[str, str] | None = None,
        refusal: str = '{"status":"error","msg":"Security check"}',
    ) -> None:
        super().__init__(port, fault, now)
        self.cookies = dict(cookies or {})
        self.refusal = refusal
        self.good_nonces: set[str] = set()
        self._numbers = itertools.count(1)

    def expire(self) -> None:
        self.good_nonces.clear()

    @property
    def page_reads(self) -> int:
        """How often the page was read."""
        return sum(request.method == "GET" for request in self.requests)

    @property
    def posts(self) -> int:
        """How often an answer was asked for."""
        return sum(request.method == "POST" for request in self.requests)

    async def _page(self, reply: Reply) -> None:
        if self.fault == "page-silent":
            await asyncio.Event().wait()
        if self.fault == "page-challenge":
            reply.whole(200, CHALLENGE, MARK)
            return
        nonce = f"{next(self._numbers):02d}{secrets.token_hex(4)}"
        self.good_nonces.add(nonce)
        quote = self.quote
        chat = (
            f"<div class='chat' data-post-id={quote}{POST_ID}{quote} data-nonce={quote}{nonce}{quote}></div>"
        )
        other = '<div data-post-id="99" data-nonce="later"></div>'
        body = "<p>Hello</p>" if self.fault == "no-nonce" else chat + other
        page = f"<!DOCTYPE html><html><head><title>Chat</title></head><body>{body}</body></html>"
        reply.whole(200, page.encode(), MARK)

    async def take(self, request: SeenRequest, reply: Reply) -> str | None:
        sent = request.headers.get("cookie", "")
        for name, value in self.cookies.items():
            check(f"{name}={value}" in sent.split("; "), f"the cookie {name} is missing")
        check_browser(request)
        if (request.method, request.path) == ("GET", "/"):
            await self._page(reply)
            return None
        if (request.method, request.path) != ("POST", "/wp-admin/admin-ajax.php"):
            raise Refused(404, "Not Found")
        check(request.headers.get("origin") == self.origin, f"Origin {request.headers.get('origin')}")
        form = form_of(request)
        check(set(form) == self.fields, f"the fields are {sorted(form)}")
        check(form["action"] == "wpaicg_chat_shortcode_message", f"the action {form['action']}")
        check(form["url"] == self.origin, f"the url {form['url']}")
        check(form["bot_id"] == "0", f"the bot {form['bot_id']}")
        check(form["message"], "there is no message")
        self.check_more(request, form)
        request.facts["nonce"] = form["_wpnonce"]
        if (
            form["_wpnonce"] not in self.good_nonces
            or form["post_id"] != POST_ID
            or self.fault == "nonce-never"
        ):
            request.facts["refused"] = "nonce"
            reply.whole(200, self.refusal.encode(), MARK)
            return None
        return f"{self.name} heard: {form['message']}"

    def check_more(self, request: SeenRequest, form: Mapping[str, str]) -> None:
        """Check what only this service wants."""
