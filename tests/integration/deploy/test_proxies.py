"""nginx and Caddy with the files of `deploy/` and TLS before a real server, at the root and under a path."""

from __future__ import annotations

import asyncio
import re
import ssl
from pathlib import Path

import httpx
import pytest

from tests.integration.deploy.proxies import caddy, nginx
from tests.integration.server.reading import ask, events, read
from tests.running_app import RunningApp, free_port
from tests.tab import Tab

pytestmark = pytest.mark.network

PROXIES = {"nginx": nginx, "caddy": caddy}
SHARE = "reflex___state____state.webchat___state___share____share_state"


@pytest.mark.parametrize("name", PROXIES)
@pytest.mark.parametrize(
    ("base", "removes_path"),
    [("", False), ("/chat", False), ("/chat", True)],
    ids=["root", "path", "path-removed"],
)
async def test_a_conversation_through_a_proxy_with_tls(
    built: None,
    upstream: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    base: str,
    removes_path: bool,
) -> None:
    port = free_port()
    url = f"https://localhost:{port}{base}"
    env = {"OPENAI_BASE_URL": upstream, "WEBCHAT_PUBLIC_URL": url}
    with (
        RunningApp(tmp_path / "data", env) as app,
        PROXIES[name](tmp_path, port, app.port, base, removes_path=removes_path),
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))  # for the websocket
        trust = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
        async with httpx.AsyncClient(base_url=url, timeout=30, verify=trust) as client:
            await sign_in_for_the_first_time(client, app, url)
            await the_page_and_its_files_come(client, url)
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            assert "__Host-" in cookie
            async with Tab(url, cookie) as tab:
                assert (await read(client, await ask(tab, "echo", "Through a proxy")))[1] == "Through a proxy"
                await an_answer_is_not_held_back(client, tab, upstream)
            await a_large_file_is_taken(client, url)
            moved = await client.get(f"{url}/settings/models", follow_redirects=False)
            assert moved.headers.get("Location", f"{base}/settings/models").startswith(f"{base}/settings")


async def sign_in_for_the_first_time(client: httpx.AsyncClient, app: RunningApp, url: str) -> None:
    """Make the account of the administrator with the link that webchat has printed."""
    link = app.setup_link()
    assert link.startswith(f"{url}/setup/")
    assert 'data-testid="setup-form"' in (await client.get(link)).text
    path = httpx.URL(url).path.rstrip("/")
    headers = {"Origin": url.removesuffix(path), "Sec-Fetch-Site": "same-origin"}
    form = {"username": "ann", "password": "correct horse battery"}
    welcome = await client.post(link, data=form, headers=headers)
    assert (welcome.status_code, welcome.headers["Location"]) == (303, f"{path}/")


async def the_page_and_its_files_come(client: httpx.AsyncClient, url: str) -> None:
    page = await client.get(f"{url}/", headers={"Accept-Encoding": "gzip"})
    assert page.status_code == 200
    assert page.headers["Content-Encoding"] == "gzip"
    path = httpx.URL(url).path.rstrip("/")
    for address in re.findall(r'(?:href|src)="([^"]+\.(?:js|css|svg|json))"', page.text):
        assert address.startswith(f"{path}/"), address
        found = await client.get(httpx.URL(url).copy_with(path=address))
        assert found.status_code == 200, address
    forged = await client.get(f"{url}/api/search?q=a", headers={"Origin": "https://evil.example"})
    assert forged.status_code == 403


async def an_answer_is_not_held_back(client: httpx.AsyncClient, tab: Tab, upstream: str) -> None:
    """The first text comes through while the service has not yet sent the rest."""
    held = events(client, await ask(tab, "hold-proxy"))
    async with asyncio.timeout(30):
        while not (event := await anext(held)).words:
            pass
    assert event.words == "Before the hold. "
    async with httpx.AsyncClient(base_url=upstream.removesuffix("/v1")) as control:
        released = await control.post("/control/release", params={"key": "proxy"})
    assert released.json() == {"released": 1}
    rest = "".join([event.words async for event in held])
    assert rest == "After the hold."


async def a_large_file_is_taken(client: httpx.AsyncClient, url: str) -> None:
    """Larger than what a proxy takes if nothing is set."""
    sent = await client.post(f"{url}/api/imports", content=b"[" + b" " * 3_000_000 + b"]")
    assert sent.status_code == 200
