from __future__ import annotations

from webchat.messages import Message, Role, TextPart
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


def test_single_text_is_sent_as_a_string_and_parts_as_a_list() -> None:
    body = request_body("gpt-x", [Message(Role.SYSTEM, "Be brief."), TWO_PARTS], None, NO_PARAMETERS, False)

    assert [message["content"] for message in body["messages"]] == [
        "Be brief.",
        [{"type": "text", "text": "Look at this: "}, {"type": "text", "text": "here."}],
    ]
