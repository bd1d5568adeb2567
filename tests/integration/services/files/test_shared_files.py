"""Files are on a share page only where their owner chose it, and go with the link (S11)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.files.test_files import PNG, contents, purge
from tests.integration.services.files.test_sending import upload
from tests.integration.services.scripted import saying
from tests.integration.services.world import World
from webchat.http.share import share_routes
from webchat.services.runtime import install
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Link, Terms


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    install(world.services)
    transport = httpx.ASGITransport(Starlette(routes=share_routes(None)))
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        yield client
    install(None)


async def shared(world: World, conversation_id: str, choice: Choice, passphrase: str = "") -> Link:
    terms = Terms("Pets", "never", passphrase, may_continue=True)
    return await world.services.sharing.publish(world.owner, conversation_id, choice, terms)


async def asked(world: World) -> tuple[str, list[str]]:
    world.scripts["Fake"] = saying("A cat.")
    files = [await upload(world), await upload(world, b"notes", "<b>notes</b>.txt")]
    answer = await world.asked("What is it?", files=files)
    return answer.conversation_id, files


async def test_files_are_shared_where_their_owner_chose_it(world: World, client: httpx.AsyncClient) -> None:
    conversation, files = await asked(world)
    without = await shared(world, conversation, Choice())
    link = await shared(world, conversation, Choice(include_files=True))

    page = (await client.get(link.path)).text
    assert f'<img src="{link.path}/files/{files[0]}" alt="cat.png"' in page
    assert f'<a href="{link.path}/files/{files[1]}" download>' in page
    assert "&lt;b&gt;notes" not in page.replace("b&gt;.txt", "")  # the name is what follows the slash
    picture = await client.get(f"{link.path}/files/{files[0]}")
    assert (picture.content, picture.headers["cache-control"]) == (PNG, "no-store")
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
    document = await client.get(f"{link.path}/files/{files[1]}")
    assert document.headers["content-disposition"].startswith("attachment")
    assert "data:image/png;base64," in (await client.get(f"{link.path}/webchat.html")).text
    assert "- cat.png (" in (await client.get(f"{link.path}/webchat.md")).text

    assert "cat.png" not in (await client.get(without.path)).text
    assert (await client.get(f"{without.path}/files/{files[0]}")).status_code == 404
    other = await upload(world)
    assert (await client.get(f"{link.path}/files/{other}")).status_code == 404


async def test_an_update_and_the_end_of_a_link_take_its_files_away(
    world: World, client: httpx.AsyncClient
) -> None:
    conversation, files = await asked(world)
    link = await shared(world, conversation, Choice(include_files=True))
    locked = await shared(world, conversation, Choice(include_files=True), "a long passphrase")
    await world.services.sharing.update(world.owner, link.id, Choice(), "Pets")
    assert (await client.get(f"{link.path}/files/{files[0]}")).status_code == 404
    assert (await client.get(f"{locked.path}/files/{files[0]}")).status_code == 404

    link = await world.services.sharing.update(world.owner, link.id, Choice(include_files=True), "Pets")
    assert (await client.get(f"{link.path}/files/{files[0]}")).status_code == 200
    await world.services.sharing.revoke(world.owner, link.id)
    assert (await client.get(f"{link.path}/files/{files[0]}")).status_code == 404


async def test_a_redacted_message_has_no_files(world: World, client: httpx.AsyncClient) -> None:
    conversation, files = await asked(world)
    found = await world.services.sharing.shareable(world.owner, conversation)
    choice = Choice(redacted=[found.messages[0].id], include_files=True)
    link = await shared(world, conversation, choice)

    assert found.files == 2
    assert (await client.get(f"{link.path}/files/{files[0]}")).status_code == 404


async def test_who_continues_has_files_of_their_own(world: World) -> None:
    conversation, _ = await asked(world)
    link = await shared(world, conversation, Choice(include_files=True))
    copies = world.services.shared_copies
    copy = await copies.find(link.path.removeprefix("/share/"))
    assert copy is not None
    theirs = await copies.continue_in(world.stranger, copy, "")
    await world.services.sharing.revoke(world.owner, link.id)
    await world.services.conversations.delete(world.owner, conversation)
    await purge(world)

    opened = await world.services.conversations.open(world.stranger, theirs, 9)
    question = opened.window.items[0].message.id
    found = await world.services.files.of_message(world.stranger, question)
    assert [each.name for each in found] == ["cat.png", "b>.txt"]
    assert (await world.services.files.content(world.stranger, found[0].id))[1].read_bytes() == PNG
    assert len(contents(world)) == 3  # two contents and the text of one
