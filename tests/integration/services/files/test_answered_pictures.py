"""Pictures that models answer with are stored and shown like other files."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests import documents
from tests.integration.services.files.test_files import PNG, client
from tests.integration.services.scripted import DONE, Hold, Scripted
from tests.integration.services.world import World, answer_id
from webchat.messages import PictureDelta, StreamEvent, TextDelta
from webchat.providers.errors import EmptyAnswer
from webchat.providers.wire.data_urls import LONGEST, picture_of
from webchat.providers.wire.openai_chunks import ChunkReader
from webchat.storage.types import MessageStatus

__all__ = ["client"]


def url(data: bytes = PNG, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def image(address: object) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": address}}


def events(delta: dict[str, Any]) -> list[StreamEvent]:
    return ChunkReader().events({"choices": [{"delta": delta}]})


def test_pictures_of_a_chunk() -> None:
    found = events({"content": "A cat.", "images": [image(url()), image("https://example.org/cat.png")]})

    assert found == [
        TextDelta("A cat."),
        PictureDelta(PNG),
        TextDelta("\n\n![Picture](https://example.org/cat.png)\n\n"),
    ]
    assert events({"content": [{"type": "text", "text": "A"}, image(url())]}) == [
        TextDelta("A"),
        PictureDelta(PNG),
    ]


@pytest.mark.parametrize(
    "address",
    [
        *(None, 7, "", "data:", "data:image/png;base64", "data:image/png;base64,%%%", "data:text/html,<p>"),
        *("javascript:alert(1)", "https://x/a)(b", "https://x/" + "y" * 9000, "ftp://x/a.png"),
        "data:image/png;base64," + "A" * LONGEST,
    ],
    ids=[str(number) for number in range(12)],
)
def test_anything_else_is_no_picture(address: object) -> None:
    assert picture_of(address) is None
    assert events({"images": [image(address), "x", {"image_url": "x"}]}) == []
    assert events({"images": "x"}) == []


async def test_an_answer_has_its_pictures(world: World, client: httpx.AsyncClient) -> None:
    world.scripts["Fake"] = Scripted(PictureDelta(PNG), PictureDelta(PNG), PictureDelta(b"no picture"), DONE)
    answer = await world.asked("Draw a cat.")
    (file,) = await world.services.files.of_message(world.owner, answer.id)
    told = (await client.get(f"/api/messages?ids={answer.id}")).json()[answer.id]["parts"]
    stream = (await client.get(f"/api/messages/{answer.id}/stream")).text

    assert (answer.status, answer.content, file.name) == (MessageStatus.COMPLETE, "", "picture-1.png")
    assert [(each["type"], each.get("id")) for each in told] == [("text", None), ("file", file.id)]
    assert json.loads(stream.split("event:files\ndata:")[1].split("\n")[0]) == told[1:]


async def test_pictures_are_saved_while_an_answer_is_written(world: World) -> None:
    hold = Hold()
    pictures = [PictureDelta(documents.png(colour=each)) for each in range(12)]
    world.scripts["Fake"] = Scripted(TextDelta("Here."), *pictures, hold, DONE)
    sent = await world.send("Draw cats.")
    await hold.reached.wait()
    await world.generations._write_checkpoint()

    assert len(await world.services.files.of_message(world.owner, answer_id(sent))) == 10
    hold.go.set()
    await world.ended(answer_id(sent))


async def test_an_answer_without_anything_is_still_an_error(world: World) -> None:
    world.scripts["Fake"] = Scripted(DONE)
    answer = await world.asked("Draw a cat.")

    assert (await world.generation(answer.id)).error_code == EmptyAnswer.code
