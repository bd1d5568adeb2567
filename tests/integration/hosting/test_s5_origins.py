"""Only the page this server serves may talk to it (S5), over HTTP and over the websocket."""

from __future__ import annotations

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.running_app import RunningApp

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("built")]


def foreign_origins(app: RunningApp) -> list[str]:
    return [
        "http://evil.example",
        "null",
        f"http://127.0.0.1.evil.example:{app.port}",
        f"http://127.0.0.1:{app.port}.evil.example",
        f"http://127.0.0.1@evil.example:{app.port}",
        "http://127.0.0.1",
        f"http://127.0.0.1:{app.port - 1}",
        f"http://localhost:{app.port}",
        f"https://127.0.0.1:{app.port}",
        f"http://[::1]:{app.port}",
        "",
    ]


def test_s5_foreign_origins_are_refused_over_http(app: RunningApp) -> None:
    with httpx.Client(base_url=app.url) as client:
        for origin in foreign_origins(app):
            for method in ("GET", "POST", "OPTIONS"):
                response = client.request(method, "/", headers={"Origin": origin})

                assert response.status_code == 403, (method, origin)
                assert "Access-Control-Allow-Origin" not in response.headers


def test_s5_its_own_origin_is_let_in(app: RunningApp) -> None:
    assert httpx.get(app.url, headers={"Origin": app.url}).status_code == 200


def test_s5_a_rebound_name_is_refused(app: RunningApp) -> None:
    for host in (f"rebound.example:{app.port}", "127.0.0.1.evil.example", "192.0.2.7"):
        assert httpx.get(app.url, headers={"Host": host}).status_code == 403, host


async def test_s5_foreign_origins_are_refused_on_the_websocket(app: RunningApp) -> None:
    for origin in [*foreign_origins(app), None]:
        headers = {} if origin is None else {"Origin": origin}
        with pytest.raises(InvalidStatus) as refusal:
            await connect(websocket_url(app), additional_headers=headers)

        assert refusal.value.response.status_code == 403, origin


async def test_s5_its_own_page_gets_a_websocket(app: RunningApp) -> None:
    async with connect(websocket_url(app), additional_headers={"Origin": app.url}) as socket:
        assert str(await socket.recv()).startswith("0{")


def websocket_url(app: RunningApp) -> str:
    return f"{app.url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket"
