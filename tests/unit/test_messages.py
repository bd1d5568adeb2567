from __future__ import annotations

from pathlib import Path

from webchat.messages import Message, PicturePart, Role, TextPart
from webchat.providers.parameters import NO_PARAMETERS
from webchat.providers.wire.openai_format import request_body

TWO_PARTS = Message(Role.USER, (TextPart("Look at this: "), TextPart("here.")))


def test_a_string_is_one_part_of_text() -> None:
    message = Message(Role.USER, "Hello")

    assert message.parts == (TextPart("Hello"),)
    assert message.text == "Hello"
    assert message == Message(Role.USER, (TextPart("Hello"),))


def test_the_text_of_several_parts_is_joined() -> None:
    assert TWO_PARTS.text == "Look at this: here."


def test_text_is_sent_as_a_string_and_pictures_as_parts() -> None:
    picture = PicturePart("cat.png", Path("cat"), "image/png", 85)
    shown = Message(Role.USER, (picture, TextPart("What is it?")))
    told = [Message(Role.SYSTEM, "Be brief."), TWO_PARTS, shown]

    body = request_body("gpt-x", told, None, NO_PARAMETERS, False)

    assert [message["content"] for message in body["messages"]] == [
        "Be brief.",
        "Look at this: here.",
        [{"type": "image_url", "image_url": {"url": picture}}, {"type": "text", "text": "What is it?"}],
    ]
    assert Message(Role.USER, (picture,)).parts == (picture,)
