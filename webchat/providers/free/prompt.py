"""A conversation as one text, for services that do not accept a list of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from webchat.messages import Message


def format_prompt(messages: Sequence[Message]) -> str:
    """Return the prompt: a single message unchanged, several as `Role: content` lines.

    >>> from webchat.messages import Role
    >>> format_prompt([Message(Role.SYSTEM, "S"), Message(Role.USER, "Hi")])
    'System: S\\nUser: Hi\\nAssistant:'
    """
    if len(messages) == 1:
        return messages[0].text
    lines = [f"{message.role.value.capitalize()}: {message.text}" for message in messages]
    return "\n".join([*lines, "Assistant:"])


def sendable(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with lone surrogates, which UTF-8 cannot encode, replaced by `?`.

    The signed bytes and the sent bytes must be the same.
    """
    return [
        replace(message, content=message.text.encode("utf-8", "replace").decode()) for message in messages
    ]
