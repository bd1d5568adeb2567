"""Pictures go to services that take them as `data:` URLs, and to no other service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import respx

from tests.integration.services.scripted import saying
from tests.unit.providers.test_openai_compatible import ANSWER, BASE, provider
from webchat.messages import Message, PicturePart, Role, TextPart
from webchat.providers import ChatRequest
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import BadRequest, PicturesNotSeen
from webchat.providers.guide.guide import Guide


@pytest.fixture
def picture(tmp_path: Path) -> PicturePart:
    path = tmp_path / "cat"
    path.write_bytes(b"cat")
    return PicturePart("cat.png", path, "image/png", 85)


def request(*parts: PicturePart | TextPart, before: tuple[PicturePart, ...] = ()) -> ChatRequest:
    earlier = [Message(Role.USER, before), Message(Role.ASSISTANT, "Yes.")] if before else []
    return ChatRequest("m", [*earlier, Message(Role.USER, parts)])


async def asked(provider: AsyncGeneratorProvider, request: ChatRequest) -> None:
    async with provider.stream(request) as events:
        async for _ in events:
            pass


@respx.mock
async def test_a_picture_is_sent_as_data(picture: PicturePart) -> None:
    route = respx.post(f"{BASE}/chat/completions").respond(content=ANSWER)

    await asked(provider(), request(picture, TextPart("What is it?")))

    (sent,) = json.loads(route.calls.last.request.content)["messages"]
    assert sent["content"] == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,Y2F0"}},
        {"type": "text", "text": "What is it?"},
    ]


@respx.mock
async def test_a_picture_that_is_gone_is_an_error(picture: PicturePart) -> None:
    picture.path.unlink()

    with pytest.raises(BadRequest, match="no longer there"):
        await asked(provider(), request(picture))


async def test_a_provider_without_pictures_is_not_asked_about_one(picture: PicturePart) -> None:
    with pytest.raises(PicturesNotSeen, match="takes no pictures"):
        await asked(Guide(), request(picture, TextPart("What is webchat?")))


async def test_earlier_pictures_are_named(picture: PicturePart) -> None:
    blind = saying("Hello")
    blind.takes_pictures = False  # type: ignore[misc]

    await asked(blind, request(TextPart("And now?"), before=(picture,)))

    assert blind.requests[0].messages[0].text == "[Picture: cat.png]\n"
