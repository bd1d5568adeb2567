"""Drawings of diagrams: what is kept, and where it is shown (S7, S11)."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.scripted import DONE, Hold, Scripted
from tests.integration.services.world import World, answer_id
from webchat.http import diagrams as routes
from webchat.messages import TextDelta
from webchat.rendering.making import Order
from webchat.services import diagrams
from webchat.services.errors import DiagramInvalid
from webchat.services.purge import STEPS, Purge
from webchat.services.rate_limits import Action, RateLimits
from webchat.services.runtime import install
from webchat.services.sharing import choice as share_choice
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Terms
from webchat.services.transfer.export_format import ExportFormat
from webchat.storage.errors import MessageNotFound
from webchat.storage.queries import diagrams as queries
from webchat.storage.types import utc_now

SOURCE = "graph TD\n  A[Ask] --> B[Answer]\n"
ANSWER = f"Look:\n\n```mermaid\n{SOURCE}```\n"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
    '<style>p{fill:url(#x)}</style><path d="M0"/></svg>'
)


def containing(part: str) -> str:
    """A drawing with something in it."""
    return SVG.replace("<path", f"{part}<path")


async def answered(world: World, text: str = ANSWER) -> tuple[str, str]:
    """The ids of a new conversation and of its answer."""
    world.scripts["Fake"] = Scripted(TextDelta(text), DONE)
    sent = await world.send("Draw it")
    await world.ended(answer_id(sent))
    return sent.conversation_id, answer_id(sent)


async def kept(world: World, message_id: str) -> list[tuple[str, str]]:
    """The sources and drawings that are kept of a message."""
    async with world.database.read() as session:
        found = await queries.of_messages(session, world.owner, [message_id], 1_000_000)
    return [(each.source, each.svg) for each in found.get(message_id, [])]


async def shared_page(
    world: World, conversation_id: str, choice: Choice | None = None, kind: str = "page"
) -> str:
    """What a new link to the conversation shows."""
    link = await world.services.sharing.publish(
        world.owner, conversation_id, choice or Choice(), Terms("A title", "week")
    )
    copy = await world.services.shared_copies.find(link.path.removeprefix("/share/"))
    assert copy is not None
    made = await world.services.shared_copies.made(
        copy, Order("html" if kind == "html" else "page", link.path)
    )
    assert made is not None
    return b"".join(made.pieces()).decode()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    install(world.services)
    transport = httpx.ASGITransport(Starlette(routes=routes.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        yield client
    install(None)


async def test_a_drawing_is_kept_once_and_shown_on_the_page_of_a_link(
    world: World, client: httpx.AsyncClient
) -> None:
    conversation_id, message_id = await answered(world)
    for _ in range(2):
        response = await client.post(
            f"/api/messages/{message_id}/diagrams", json={"source": SOURCE, "svg": SVG}
        )
        assert response.status_code == 204

    assert await kept(world, message_id) == [(SOURCE, SVG)]
    image = f'<img src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}" alt="Diagram">'
    for kind in ("page", "html"):
        page = await shared_page(world, conversation_id, kind=kind)
        assert image in page
        assert "A[Ask] --&gt; B[Answer]" in page


async def test_exports_show_drawings(world: World) -> None:
    conversation_id, message_id = await answered(world)
    await world.services.diagrams.keep(world.owner, message_id, SOURCE, SVG)

    async def exported(format: ExportFormat) -> str:
        download = await world.services.exports.export(world.owner, format, [conversation_id])
        return b"".join([piece async for piece in download.pieces]).decode()

    encoded = base64.b64encode(SVG.encode()).decode()
    assert encoded in await exported(ExportFormat.HTML)
    assert f"```mermaid\n{SOURCE}```" in await exported(ExportFormat.MARKDOWN)
    assert "svg" not in await exported(ExportFormat.JSON)


async def test_s11_what_was_redacted_is_in_no_drawing(world: World) -> None:
    secret = SOURCE.replace("Ask", "Ask ann@example.org")
    conversation_id, message_id = await answered(world, ANSWER.replace(SOURCE, secret))
    await world.services.diagrams.keep(world.owner, message_id, secret, containing("<text>ann</text>"))
    found = await world.services.sharing.shareable(world.owner, conversation_id)
    hidden = [each.key for message in found.messages for each in message.secrets]
    assert hidden

    assert "svg+xml;base64" not in await shared_page(world, conversation_id, Choice(hidden=hidden))
    assert "svg+xml;base64" not in await shared_page(world, conversation_id, Choice(redacted=[message_id]))
    assert "svg+xml;base64" in await shared_page(world, conversation_id)


async def test_a_diagram_in_a_list_or_a_quotation_is_found(world: World) -> None:
    inner = "".join(f"  > {line}\n" for line in ("```mermaid", *SOURCE.splitlines(), "```"))
    conversation_id, message_id = await answered(world, f"- Look:\n\n{inner}")
    await world.services.diagrams.keep(world.owner, message_id, SOURCE, SVG)

    assert "svg+xml;base64" in await shared_page(world, conversation_id)


@pytest.mark.parametrize(
    "svg",
    {
        "empty": "",
        "not XML": "<svg",
        "HTML": "<html><body>Hi</body></html>",
        "another root": SVG.replace("<svg", "<g").replace("</svg>", "</g>"),
        "no namespace": SVG.replace(' xmlns="http://www.w3.org/2000/svg"', ""),
        "two roots": SVG * 2,
        "script": containing("<script>1</script>"),
        "handler": containing('<g onload="1"/>'),
        "HTML inside": containing("<foreignObject/>"),
        "picture": containing('<image href="https://example.org/x.png"/>'),
        "used from elsewhere": containing('<use href="https://example.org/x.svg#a"/>'),
        "style from elsewhere": SVG.replace("url(#x)", "url(https://example.org)"),
        "imported style": SVG.replace("p{", "@import 'https://example.org';p{"),
        "escaped style": SVG.replace("url(#x)", r"\75rl(https://example.org)"),
        "filled from elsewhere": containing('<g fill="url( &quot;https://example.org&quot;)"/>'),
        "entities": f'<!DOCTYPE svg [<!ENTITY a "{"a" * 100}">]>' + containing("<g>&a;</g>"),
        "stylesheet": '<?xml-stylesheet href="https://example.org"?>' + SVG,
        "deep": containing("<g>" * 300 + "</g>" * 300),
        "element of HTML": containing('<audio xmlns="http://www.w3.org/1999/xhtml"/>'),
        "set of pictures": SVG.replace("url(#x)", "image-set('https://example.org/x')"),
        "escaped fill": containing(r'<g fill="\75rl(https://example.org)"/>'),
        "many bytes": containing(f"<text>{'я' * (diagrams.MAX_SVG // 2)}</text>"),
        "large": containing("<g/>" * (diagrams.MAX_SVG // 4)),
    }.items(),
    ids=lambda item: item[0],
)
async def test_s7_what_could_run_or_load_is_not_kept(world: World, svg: tuple[str, str]) -> None:
    _, message_id = await answered(world)

    with pytest.raises(DiagramInvalid):
        await world.services.diagrams.keep(world.owner, message_id, SOURCE, svg[1])
    assert await kept(world, message_id) == []


@pytest.mark.parametrize("body", ["", "[]", "{", '{"source": 1, "svg": 2}', "x" * (routes.MOST_BYTES + 1)])
async def test_what_is_no_drawing_is_refused(world: World, client: httpx.AsyncClient, body: str) -> None:
    _, message_id = await answered(world)
    response = await client.post(f"/api/messages/{message_id}/diagrams", content=body)

    assert response.status_code == 400
    assert "cannot be kept" in response.json()["error"]


async def test_only_a_diagram_of_the_message_is_kept(world: World, client: httpx.AsyncClient) -> None:
    _, message_id = await answered(world)

    for source in ("graph TD\n  A --> C\n", " ", "x" * (diagrams.MAX_SOURCE + 1)):
        with pytest.raises(DiagramInvalid):
            await world.services.diagrams.keep(world.owner, message_id, source, SVG)
    with pytest.raises(MessageNotFound):
        await world.services.diagrams.keep(world.stranger, message_id, SOURCE, SVG)
    response = await client.post("/api/messages/unknown/diagrams", json={"source": SOURCE, "svg": SVG})
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ANSWER, True),
        (ANSWER.replace("```", "~~~~").replace("mermaid", " Mermaid"), True),
        (ANSWER.replace("\n", "\r\n"), True),
        (f"```mermaid\npie\n```\n{ANSWER}", True),
        (SOURCE, False),
        (ANSWER.replace("mermaid", "text"), False),
        (ANSWER.replace("[Answer]", "[An]swer"), False),
        ("```mermaid\ngraph TD", False),
    ],
    ids=["fenced", "tildes", "line ends", "second", "no block", "other language", "changed", "cut off"],
)
def test_only_the_source_of_a_diagram_is_found(text: str, found: bool) -> None:
    assert diagrams.has_diagram(text, SOURCE) is found


async def test_a_long_text_is_searched_beside_the_event_loop(world: World) -> None:
    """The loop monitor fails this test if it is not."""
    sources = [f"pie\n  title {number}\n" for number in range(3)]
    drawn = "".join(f"```mermaid\n{source}```\n" for source in sources)
    conversation_id, message_id = await answered(world, "```mermaid\n```\n" * 65_000 + drawn)
    for source in sources:
        await world.services.diagrams.keep(world.owner, message_id, source, SVG)
    download = await world.services.exports.export(world.owner, ExportFormat.HTML, [conversation_id])

    assert b"".join([piece async for piece in download.pieces])


async def test_a_running_answer_gets_none(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta(ANSWER), hold, DONE)
    sent = await world.send("Draw it")
    await hold.reached.wait()
    with pytest.raises(MessageNotFound):
        await world.services.diagrams.keep(world.owner, answer_id(sent), SOURCE, SVG)
    hold.go.set()
    await world.ended(answer_id(sent))

    await world.services.diagrams.keep(world.owner, answer_id(sent), SOURCE, SVG)


async def test_the_number_of_a_message_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagrams, "MOST_OF_MESSAGE", 1)
    second = "pie\n  title Pets\n"
    _, message_id = await answered(world, f"{ANSWER}\n```mermaid\n{second}```\n")
    await world.services.diagrams.keep(world.owner, message_id, SOURCE, SVG)

    with pytest.raises(DiagramInvalid):
        await world.services.diagrams.keep(world.owner, message_id, second, SVG)
    assert len(await kept(world, message_id)) == 1


async def test_of_too_many_the_oldest_are_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagrams, "MOST_OF_OWNER", 2)
    messages = [(await answered(world))[1] for _ in range(3)]
    for message_id in messages:
        await world.services.diagrams.keep(world.owner, message_id, SOURCE, SVG)

    assert [len(await kept(world, message_id)) for message_id in messages] == [0, 1, 1]


async def test_how_often_drawings_are_taken_is_limited(world: World, client: httpx.AsyncClient) -> None:
    _, message_id = await answered(world)
    limits = RateLimits()
    install(replace(world.services, rate_limits=limits))
    for _ in range(300):
        limits.note(Action.DIAGRAM, world.owner, "")
    response = await client.post(f"/api/messages/{message_id}/diagrams", json={"source": SOURCE, "svg": SVG})

    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 0
    assert await kept(world, message_id) == []


async def test_a_copy_has_the_source_of_further_ones(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.services.sharing.links.MAX_DRAWN", len(SVG) + len(SOURCE) - 1)
    conversation_id, message_id = await answered(world)
    await world.services.diagrams.keep(world.owner, message_id, SOURCE, SVG)
    page = await shared_page(world, conversation_id)

    assert len(SVG) < share_choice.MAX_DRAWN
    assert "svg+xml;base64" not in page
    assert "mermaid" in page


@pytest.mark.parametrize("what", ["message", "conversation"])
async def test_they_go_with_their_message(world: World, what: str) -> None:
    conversation_id, message_id = await answered(world)
    await world.services.diagrams.keep(world.owner, message_id, SOURCE, SVG)
    if what == "message":
        await world.services.branches.delete_pair(world.owner, message_id)
    else:
        await world.services.trash.delete(world.owner, [conversation_id])
    later = utc_now() + timedelta(days=31)
    await Purge(world.database, steps=STEPS, clock=lambda: later).round()

    async with world.database.read() as session:
        assert await queries.count(session, world.owner) == 0
