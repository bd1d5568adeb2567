"""A conversation as one text, for services that take no list of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from webchat.messages import Message


def format_prompt(messages: Sequence[Message]) -> str:
    """Return the prompt: a single message as it is, several as `Role: content` lines that ask for the next.

    >>> from webchat.messages import Role
    >>> format_prompt([Message(Role.SYSTEM, "S"), Message(Role.USER, "Hi")])
    'System: S\\nUser: Hi\\nAssistant:'
    """
    if len(messages) == 1:
        return messages[0].content
    lines = [f"{message.role.value.capitalize()}: {message.content}" for message in messages]
    return "\n".join([*lines, "Assistant:"])


def sendable(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with what UTF-8 cannot carry (lone surrogates) replaced by `?`.

    What is signed and what is sent must be the same bytes.
    """
    return [
        replace(message, content=message.content.encode("utf-8", "replace").decode()) for message in messages
    ]
