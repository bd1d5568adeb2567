"""Whoever wants to keep something shared, and is not signed in, comes back to it after signing in."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.accounts.signing_in import PASSWORD, set_up
from tests.integration.services.world import World
from tests.integration.state.page import serving
from webchat.http.accounts import account_routes
from webchat.http.assistants import routes as assistant_routes
from webchat.http.base_path import BasePath
from webchat.http.gate import SignInGate
from webchat.http.share import share_routes
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Terms


async def conversation_link(world: World) -> tuple[str, str]:
    """The page of a link to a conversation, and where its button leads."""
    asked = await world.asked("Shared")
    terms = Terms(title="Shared", expiry="week", may_continue=True)
    link = await world.services.sharing.publish(world.owner, asked.conversation_id, Choice(), terms)
    return link.path, f"{link.path}/continue"


async def assistant_link(world: World) -> tuple[str, str]:
    """The page of a link to an assistant, and where its button leads."""
    assistant = await world.services.assistants.save(world.owner, "", {"name": "Shared"})
    link = await world.services.assistant_links.create(world.owner, assistant, "week", with_prompt=False)
    return link.path, link.path


@pytest.mark.parametrize("base", ["", "/chat"], ids=["root", "below_a_path"])
@pytest.mark.parametrize("shared", [conversation_link, assistant_link], ids=["conversation", "assistant"])
async def test_sign_in_leads_back_to_what_was_shared(world: World, shared: object, base: str) -> None:
    await set_up(world.services.accounts)
    page, button = await shared(world)  # type: ignore[operator]
    app = SignInGate(Starlette(routes=[*account_routes(), *share_routes(None), *assistant_routes]))
    transport = httpx.ASGITransport(BasePath(app, base))
    with serving(world):
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as reader:
            refused = await reader.post(f"{base}{button}")
            assert refused.status_code == 303
            form = urlsplit(refused.headers["Location"])
            assert form.path == f"{base}/sign-in"
            following = parse_qs(form.query)["next"][0]
            assert f'value="{following}"' in (await reader.get(refused.headers["Location"])).text

            login = {"username": "ann", "password": PASSWORD, "next": following}
            signed_in = await reader.post(f"{base}/sign-in", data=login)
            assert signed_in.headers["Location"] == f"{base}{page}"
            begun = await reader.post(f"{base}{button}")
            assert begun.status_code == 303
            assert "/sign-in" not in begun.headers["Location"]
    await world.services.accounts.close()
