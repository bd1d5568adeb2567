"""S6: keys, cookies, passwords and headers go to their service and to nobody else, through a whole life.

The service and the proxy repeat everything they were sent, in every error and in the middle of answers.
"""

from __future__ import annotations

import base64
import json
import logging
import pickle
from collections.abc import AsyncIterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State
from starlette.applications import Starlette

from tests.integration.services.network_world import NetworkWorld, certificates_are_read
from tests.integration.services.world import World
from tests.integration.state.page import Page
from tests.integration.state.sharing import form
from tests.upstreams.http_server import Reply, SeenRequest, Server
from webchat.services.catalogue.providers import BuiltIn
from webchat.state.chat import ChatState
from webchat.state.failure import on_backend_exception
from webchat.state.links import LinksState
from webchat.state.providers import ProvidersState
from webchat.state.share import ShareState
from webchat.storage.ids import new_id
from webchat.storage.queries.providers import HEADERS
from webchat.webchat import app

__all__ = ["certificates_are_read"]

pytestmark = pytest.mark.network

KEY = "sk-canary0key0123456789"
COOKIE = "canary0cookie0123456789"
PASSWORD = "canary0proxy0password"
HEADER = "canary0header0of0provider"
OWN_HEADER = "canary0header0of0conversation"
PASSPHRASE = "canary0passphrase"
LOGIN = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
PROMPT = "A question with canary0prompt"
CANARIES = (KEY, COOKIE, PASSWORD, HEADER, OWN_HEADER, PASSPHRASE, LOGIN)


class Echo:
    """A service, and a proxy before it, that repeat in their errors whatever they were sent."""

    def __init__(self) -> None:
        self.heard = ""
        self.mood = 401
        """The status of answers; 200 for a stream that breaks off with an error."""

    async def answer(self, request: SeenRequest, reply: Reply) -> None:
        told = f"Refused: {' '.join(request.headers.values())} {LOGIN_OF(request)}"
        self.heard += told
        if not request.path.startswith("/v1/"):
            reply.json(500 if self.mood == 200 else self.mood, {"error": {"message": told}})
        elif request.path.endswith("/models") and self.mood == 200:
            reply.json(200, {"object": "list", "data": [{"id": "m"}]})
        elif self.mood == 200:
            reply.head(200, {"Content-Type": "text/event-stream"})
            for chunk in ({"choices": [{"delta": {"content": "Some words."}}]}, {"error": {"message": told}}):
                reply.write(f"data: {json.dumps(chunk)}\n\n".encode())
        elif self.mood == 403:
            reply.whole(403, f"<html><p>{told}</p></html>".encode(), {"Content-Type": "text/html"})
        else:
            reply.json(self.mood, {"error": {"message": told}})


def LOGIN_OF(request: SeenRequest) -> str:
    """What a proxy makes of its own header."""
    given = request.headers.get("proxy-authorization", "").removeprefix("Basic ")
    return base64.b64decode(given).decode() if given else ""


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def upstream(echo: Echo) -> AsyncIterator[Server]:
    async with Server(echo.answer) as server:
        yield server


@pytest.fixture
async def world(folder: Path, upstream: Server) -> AsyncIterator[World]:
    free = BuiltIn("FreeGpt", ["gpt-4o-mini"], upstream.origin)
    world = NetworkWorld(folder, built_in=[free])
    await world.open()
    yield world
    await world.close()


async def save(page: Page, name: str, **values: Any) -> None:
    """Save a provider, which tests it as well."""
    await page.do(ProvidersState.load)
    known = {row["name"]: row["id"] for row in page.var(ProvidersState, "rows")}
    await page.do(ProvidersState.open_form, provider_id=known.get(name, ""))
    await page.do(ProvidersState.save, form={"name": name} | values)
    assert page.var(ProvidersState, "form_problem") == ""


async def ask(world: World, page: Page, model: str) -> None:
    """Send a message and wait for the error or the answer."""
    await page.do(ChatState.open_new)
    await page.do(ChatState.choose_model, model=model)
    await page.do(ChatState.save_parameters, form={HEADERS: f"X-B: {OWN_HEADER}"})
    await page.do(ChatState.send_message, text=PROMPT, client_id=new_id())
    for row in page.var(ChatState, "messages") or []:
        with suppress(Exception):  # what went wrong is in the row
            await world.ended(row["id"])
        await page.do(ChatState.refresh_message, message_id=row["id"])
        await page.do(ChatState.toggle_attempts, message_id=row["id"])


async def everything_readable(world: World, page: Page) -> list[str]:
    """Exports in every format, the messages, the search, and the page and files of every link."""
    transformer = app.api_transformer
    assert isinstance(transformer, Starlette)
    transport = httpx.ASGITransport(Starlette(routes=transformer.routes))
    found = []
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        paths = [f"/api/export?format={each}" for each in ("json", "markdown", "html")]
        paths += ["/api/search?q=canary0", "/api/prompts/export"]
        for conversation in await world.listed():
            paths += [f"/api/conversations/{conversation.id}/{part}" for part in ("messages", "tree")]
            await page.do(ShareState.open_dialog, conversation_id=conversation.id)
            for passphrase in ("", PASSPHRASE):
                await page.do(ShareState.publish, form=form(passphrase=passphrase))
                address = page.var(ShareState, "made_address")
                assert address
                path = "/share/" + address.rpartition("/")[2]
                paths += [path, f"{path}/webchat.md", f"{path}/webchat.html"]
                await page.do(ShareState.open_dialog, conversation_id=conversation.id)
        for path in paths:
            response = await client.get(path)
            assert response.status_code in (200, 404 if "webchat." in path else 200), path
            found.append(f"{response.text} {response.headers}")
    await page.do(LinksState.load)
    return found


async def test_s6_no_secret_leaves(
    world: World,
    page: Page,
    echo: Echo,
    upstream: Server,
    logged: list[MutableMapping[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    proxy = upstream.origin.replace("http://", f"http://me:{PASSWORD}@")
    for mood in (401, 403, 429, 500, 200):
        echo.mood = mood
        await save(page, "Echo", base_url=f"{upstream.origin}/v1", secret=KEY, headers=f"X-A: {HEADER}")
        await save(page, "Proxied", base_url="http://service.test/v1", secret=KEY, proxy=proxy)
        await save(page, "FreeGpt", base_url=upstream.origin, secret=f"session={COOKIE}", proxy=proxy)
        for model in ("Proxied:m", "FreeGpt:gpt-4o-mini", "Auto:auto", "Echo:m"):
            await ask(world, page, model)
    pages = await everything_readable(world, page)
    manager = page._processor._root_context.state_manager  # type: ignore[union-attr]
    state = await manager.get_state(BaseStateToken(ident=page.token, cls=State))

    for canary in (KEY, COOKIE, PASSWORD, HEADER, OWN_HEADER, LOGIN):
        assert canary in echo.heard, canary  # they did go to their service
    written = f"{logged} {caplog.text}"
    assert not [text for text in (PROMPT, "canary0prompt", "Some words.") if text in written]
    told = "\n".join([*page.sent, *pages, written])
    assert "•••" in told  # and the service's words came back
    assert "Some words." in told
    files = {path.name: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}
    for canary in CANARIES:
        assert canary not in told, (canary, told[told.index(canary) - 300 :][:400])
        assert canary.encode() not in pickle.dumps(state), canary
        for name, content in files.items():
            assert canary.encode() not in content, (canary, name)
    assert page.failures == []


async def test_s6_exceptions_are_logged_without_their_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its message may hold what a person wrote: the lines are those of `webchat/hosting/logs.py`."""
    from webchat.hosting import logs

    logs.configure("warning")
    try:
        on_backend_exception(RuntimeError(f"prompt canary0prompt with {KEY}"))
        logging.getLogger("webchat").error("broke", exc_info=RuntimeError("canary0prompt"))
    finally:
        logging.getLogger().handlers.clear()
    written = capsys.readouterr().err
    assert "RuntimeError" in written
    assert "canary0" not in written
