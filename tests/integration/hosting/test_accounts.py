"""Accounts of the real process: what a connection that is open gets after its session has ended."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from tests.running_app import RunningApp
from tests.tab import Tab

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("built")]

PASSWORD = "a long password"
SOON = 10
"""Seconds; the tests wait for what happens, and a busy machine must not fail them."""


def posted(app: RunningApp, path: str, cookies: httpx.Cookies | None = None, **form: str) -> httpx.Response:
    """Send a form as one of the app's own pages does."""
    headers = {"Origin": app.url, "Sec-Fetch-Site": "same-origin"}
    return httpx.post(app.url + path, data=form, headers=headers, cookies=cookies)


@pytest.fixture(scope="module")
def app(built: None, tmp_path_factory: pytest.TempPathFactory) -> object:
    """A webchat with the administrator `ann`."""
    with RunningApp(tmp_path_factory.mktemp("accounts") / "data", {"WEBCHAT_HOST": "0.0.0.0"}) as running:
        link = running.setup_link().removeprefix(running.url)
        assert posted(running, link, username="ann", password=PASSWORD).status_code == 303
        yield running


def signed_in(app: RunningApp, username: str = "ann") -> httpx.Cookies:
    response = posted(app, "/sign-in", username=username, password=PASSWORD)
    assert response.status_code == 303, response.text
    return response.cookies


def header_of(cookies: httpx.Cookies) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


@asynccontextmanager
async def following_changes(app: RunningApp, cookie: str) -> AsyncIterator[ClientConnection]:
    address = app.url.replace("http", "ws", 1) + "/api/changes?tab=x"
    async with connect(address, origin=Origin(app.url), additional_headers={"Cookie": cookie}) as socket:
        yield socket


async def test_s4_sign_out_or_disabling_ends_open_connections(app: RunningApp) -> None:
    for end in (sign_out, disable):
        cookies = signed_in(app)
        cookie = header_of(cookies)
        async with Tab(app.url, cookie) as tab, following_changes(app, cookie) as changes:
            end(app, cookies)

            async with asyncio.timeout(SOON):
                with pytest.raises(ConnectionClosed) as closed:
                    await changes.recv()
                await tab.closed()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        async with httpx.AsyncClient(cookies=cookies) as browser:
            assert (await browser.get(f"{app.url}/api/prompts")).status_code == 401
        with pytest.raises(AssertionError, match="refused"):
            await Tab(app.url, cookie).open()
        enable(app)


def sign_out(app: RunningApp, cookies: httpx.Cookies) -> None:
    assert posted(app, "/sign-out", cookies).status_code == 303


def disable(app: RunningApp, _cookies: httpx.Cookies) -> None:
    """As `webchat user disable` does, in another process."""
    execute(app, "UPDATE user SET disabled_at = '2025-01-01 00:00:00.000000'")


def enable(app: RunningApp) -> None:
    execute(app, "UPDATE user SET disabled_at = NULL")


def execute(app: RunningApp, statement: str) -> None:
    with closing(sqlite3.connect(Path(app.data_dir) / "webchat.db")) as connection:
        connection.execute(statement)
        connection.commit()


async def test_tab_of_one_person_shows_another_nothing(app: RunningApp) -> None:
    cookies = signed_in(app)
    tab = Tab(app.url, header_of(cookies))
    async with tab:
        await tab.send("A secret of Ann")
        assert tab.state["messages"]
    link = invitation(app)
    bob = posted(app, link, username="bob", password=PASSWORD).cookies

    stolen = Tab(app.url, header_of(bob), token=tab.token)
    async with stolen:
        assert stolen.state.get("messages", []) == []
        await stolen.send("Hello")
        assert len(stolen.state["messages"]) == 2, "their own question and its answer"


def invitation(app: RunningApp) -> str:
    """Make an invitation as `webchat user add` would, and return its path."""
    from webchat.services.accounts.credentials import new_token, token_hash

    token = new_token()
    execute(
        app,
        "INSERT INTO invitation (id, token_hash, role, made_by, created_at, expires_at) VALUES "
        f"('{token[:32]}', '{token_hash(token)}', 'member', 'ann', '2025-01-01 00:00:00.000000', "
        "'2999-01-01 00:00:00.000000')",
    )
    return f"/invite/{token}"
