from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from webchat.http.origin import Origin, OriginGuard, OriginPolicy

LOOPBACK = OriginPolicy.of("127.0.0.1")
EVERYWHERE = OriginPolicy.of("0.0.0.0")
PUBLISHED = OriginPolicy.of("127.0.0.1", ["https://chat.example.org/"])


def request(kind: str = "http", method: str = "GET", **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "method": method, "path": "/", "headers": pairs}


@pytest.mark.parametrize(
    ("policy", "host"),
    [
        (LOOPBACK, "127.0.0.1:3000"),
        (LOOPBACK, "localhost:3000"),
        (LOOPBACK, "LOCALHOST:3000"),
        (LOOPBACK, "[::1]:3000"),
        (LOOPBACK, "localhost:8080"),
        (LOOPBACK, "localhost"),
        (OriginPolicy.of("::1"), "[::1]:3000"),
        (OriginPolicy.of("192.0.2.7"), "192.0.2.7:3000"),
        (OriginPolicy.of("box.lan"), "box.lan:3000"),
        (EVERYWHERE, "192.0.2.7:3000"),
        (EVERYWHERE, "[2001:db8::1]:3000"),
        (OriginPolicy.of("::"), "192.0.2.7:3000"),
        (PUBLISHED, "chat.example.org"),
        (PUBLISHED, "127.0.0.1:3000"),
    ],
)
def test_hosts_that_are_served(policy: OriginPolicy, host: str) -> None:
    assert policy.objection(request(host=host)) is None
    assert policy.objection(request(host=host, sec_fetch_site="same-origin")) is None


@pytest.mark.parametrize(
    ("policy", "host"),
    [
        (LOOPBACK, "rebound.example:3000"),
        (LOOPBACK, "127.0.0.1.evil.example"),
        (LOOPBACK, "evil.localhost"),
        (LOOPBACK, "localhost."),
        (LOOPBACK, "localhost:port"),
        (LOOPBACK, "localhost:70000"),
        (LOOPBACK, "user@localhost"),
        (LOOPBACK, "localhost/path"),
        (LOOPBACK, "localhost#"),
        (LOOPBACK, "127.1"),
        (LOOPBACK, "2130706433"),
        (LOOPBACK, "0x7f000001"),
        (LOOPBACK, "0.0.0.0:3000"),
        (LOOPBACK, "192.0.2.7:3000"),
        (LOOPBACK, ""),
        (OriginPolicy.of("192.0.2.7"), "localhost:3000"),
        (EVERYWHERE, "rebound.example:3000"),
        (EVERYWHERE, "2130706433"),
        (PUBLISHED, "evil-chat.example.org"),
        (PUBLISHED, "chat.example.org.evil.example"),
    ],
)
def test_s5_hosts_that_are_not_served(policy: OriginPolicy, host: str) -> None:
    assert policy.objection(request(host=host)) is not None


@pytest.mark.parametrize(
    ("policy", "host", "origin"),
    [
        (LOOPBACK, "127.0.0.1:3000", "http://127.0.0.1:3000"),
        (LOOPBACK, "localhost", "http://localhost"),
        (LOOPBACK, "localhost:80", "http://localhost"),
        (LOOPBACK, "[::1]:3000", "http://[::1]:3000"),
        (EVERYWHERE, "192.0.2.7:3000", "http://192.0.2.7:3000"),
        (PUBLISHED, "chat.example.org", "https://chat.example.org"),
        (PUBLISHED, "127.0.0.1:3000", "https://chat.example.org"),
        (PUBLISHED, "127.0.0.1:3000", "http://127.0.0.1:3000"),
        (OriginPolicy.of("localhost", ["https://localhost"]), "localhost:3000", "http://localhost:3000"),
    ],
)
def test_origins_that_are_let_in(policy: OriginPolicy, host: str, origin: str) -> None:
    for kind in ("http", "websocket"):
        assert policy.objection(request(kind, host=host, origin=origin)) is None


@pytest.mark.parametrize(
    ("policy", "host", "origin"),
    [
        (LOOPBACK, "127.0.0.1:3000", "null"),
        (LOOPBACK, "127.0.0.1:3000", ""),
        (LOOPBACK, "127.0.0.1:3000", "http://evil.example"),
        (LOOPBACK, "127.0.0.1:3000", "http://127.0.0.1.evil.example:3000"),
        (LOOPBACK, "127.0.0.1:3000", "http://127.0.0.1:3001"),
        (LOOPBACK, "127.0.0.1:3000", "https://127.0.0.1:3000"),
        (LOOPBACK, "127.0.0.1:3000", "http://localhost:3000"),
        (LOOPBACK, "127.0.0.1:3000", "http://127.0.0.1:3000/"),
        (LOOPBACK, "127.0.0.1:3000", "http://127.0.0.1:3000 http://evil.example"),
        (LOOPBACK, "127.0.0.1:3000", "file://"),
        (EVERYWHERE, "192.0.2.7:3000", "http://192.0.2.7:8080"),
        (PUBLISHED, "chat.example.org", "http://chat.example.org"),
        (PUBLISHED, "chat.example.org", "https://chat.example.org:8443"),
        (PUBLISHED, "chat.example.org", "http://127.0.0.1:3000"),
    ],
)
def test_s5_origins_that_are_another_site(policy: OriginPolicy, host: str, origin: str) -> None:
    for kind in ("http", "websocket"):
        assert policy.objection(request(kind, host=host, origin=origin)) is not None


def test_a_form_of_our_own_page_without_a_referrer_is_let_in() -> None:
    form = {
        "host": "localhost",
        "origin": "null",
        "sec_fetch_site": "same-origin",
        "sec_fetch_mode": "navigate",
    }

    assert LOOPBACK.objection(request(**form)) is None
    assert LOOPBACK.objection(request("websocket", **form)) is not None
    for name, other in (("sec_fetch_site", "cross-site"), ("sec_fetch_mode", "no-cors"), ("origin", "NULL")):
        assert LOOPBACK.objection(request(**form | {name: other})) is not None


def test_s5_a_websocket_without_an_origin_is_refused() -> None:
    assert LOOPBACK.objection(request("websocket", host="localhost")) is not None


def test_a_doubled_header_is_refused() -> None:
    for name in (b"host", b"origin"):
        scope = request(host="localhost", origin="http://localhost")
        scope["headers"].append((name, dict(scope["headers"])[name]))

        assert LOOPBACK.objection(scope) is not None


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_here_and_nothing_more(site: str) -> None:
    link = {
        "host": "localhost",
        "sec_fetch_site": site,
        "sec_fetch_mode": "navigate",
        "sec_fetch_dest": "document",
    }

    assert LOOPBACK.objection(request(**link)) is None
    assert LOOPBACK.objection(request(method="POST", **link)) is not None
    assert LOOPBACK.objection(request(**link | {"sec_fetch_dest": "iframe"})) is not None
    assert (
        LOOPBACK.objection(request(**link | {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}))
        is not None
    )


@given(st.text())
def test_any_text_is_an_origin_or_none(text: str) -> None:
    origin = Origin.parse(text)

    if origin is not None:
        assert text.lower() in {
            f"{origin.scheme}://{origin.host}",
            f"{origin.scheme}://{origin.host}:{origin.port}",
        }


@given(st.text(max_size=30), st.text(max_size=30))
def test_s5_only_the_very_origin_passes_however_it_is_dressed(before: str, after: str) -> None:
    origin = f"{before}http://127.0.0.1:3000{after}"
    if origin.lower() == "http://127.0.0.1:3000":
        return
    scope = request("websocket", host="127.0.0.1:3000")
    scope["headers"].append((b"origin", origin.encode("utf-8", "replace")))

    assert LOOPBACK.objection(scope) is not None


async def test_a_refused_request_never_reaches_the_app() -> None:
    guarded = OriginGuard(PlainTextResponse("inside"), LOOPBACK)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(guarded), base_url="http://localhost"
    ) as client:
        inside = await client.get("/")
        refused = await client.get("/", headers={"Origin": "http://evil.example"})

    assert (inside.status_code, inside.text) == (200, "inside")
    assert refused.status_code == 403
    assert refused.text == "webchat refused this request: 'http://evil.example' is another site.\n"


async def test_a_refused_websocket_is_closed_before_it_is_accepted() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await OriginGuard(PlainTextResponse("inside"), LOOPBACK)(
        request("websocket", host="localhost"), receive, send
    )

    assert [message["type"] for message in sent] == ["websocket.close"]
