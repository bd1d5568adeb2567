"""A request to a provider, and the conversation in the form library users write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webchat.messages import Message, Role
from webchat.providers.errors import BadRequest
from webchat.providers.parameters import NO_PARAMETERS, Parameters

Messages = Sequence[Message | Mapping[str, object]]
"""A conversation, oldest message first: `Message` values or `{"role", "content"}` dicts."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request to a provider. `model` is the provider's own name for the model, without `Provider:`.

    >>> ChatRequest("gpt-4o", [Message(Role.USER, "Hello")]).temperature is None
    True
    """

    model: str
    messages: Sequence[Message]
    temperature: float | None = None
    parameters: Parameters = NO_PARAMETERS


def as_messages(provider: str, messages: Messages) -> list[Message]:
    """Return the conversation as `Message` values; dicts must be `{"role", "content"}`.

    Raises:
        BadRequest: there is no message, a role is unknown, or a content is not text.
    """
    if not messages:
        raise BadRequest(provider, "no_message")
    result: list[Message] = []
    for message in messages:
        if not isinstance(message, Message):
            role, content = message.get("role"), message.get("content")
            if not isinstance(role, str) or role not in Role._value2member_map_:
                raise BadRequest(provider, "role", role=repr(role))
            if not isinstance(content, str):
                raise BadRequest(provider, "content", type=type(content).__name__)
            message = Message(Role(role), content)
        result.append(message)
    return result
