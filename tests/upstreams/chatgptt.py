"""A strict loopback ChatGptt; see `tests.upstreams.faults` for its faults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tests.upstreams.faults import LIMIT_WORDS, OVERLOADED, check
from tests.upstreams.http_server import SeenRequest
from tests.upstreams.wordpress import WordPressUpstream


class ChatGpttUpstream(WordPressUpstream):
    """ChatGptt: says the prompt back after its own name, as one JSON object."""

    name = "ChatGptt"
    content_type = "application/json; charset=UTF-8"
    quote = "'"
    fields = WordPressUpstream.fields | {
        "chatbot_identity",
        "wpaicg_chat_client_id",
        "wpaicg_chat_history",
    }

    def check_more(self, request: SeenRequest, form: Mapping[str, str]) -> None:
        referer, accept = request.headers.get("referer"), request.headers.get("accept")
        check(referer == f"{self.origin}/chat", f"Referer {referer}")
        check(accept == "application/json", f"Accept {accept}")
        check(form["chatbot_identity"] == "shortcode", f"the identity {form['chatbot_identity']}")
        check(re.fullmatch("[0-9a-f]{10}", form["wpaicg_chat_client_id"]), "the client id")
        check(json.loads(form["wpaicg_chat_history"]) == [], "the history")

    def before(self) -> bytes:
        return b'{"status":"success","data":"'

    def text(self, text: str) -> bytes:
        return json.dumps(text)[1:-1].encode()

    def after(self) -> bytes:
        return b'"}'

    def quota(self, words: str) -> bytes:
        return json.dumps({"status": "error", "msg": f"Quota exceeded: {words}"}).encode()

    def error(self) -> bytes:
        return json.dumps({"status": "error", "msg": OVERLOADED}).encode()

    def limited(self) -> bytes:
        return json.dumps({"status": "error", "msg": LIMIT_WORDS}).encode()

    def malformed(self) -> bytes:
        return b'{"status":"success","data":{"text":'
