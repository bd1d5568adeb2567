"""The copy of a conversation that a share link shows. Later messages do not change it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from webchat.messages import Role

_VERSION = 2
"""Since version 2 a message has parts; in version 1 it had one text."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file of a message. A stored snapshot has its id alone; the rest is added when it is shown."""

    id: str
    name: str = ""
    is_picture: bool = False
    size: int = 0
    address: str = ""
    """Where it can be read; empty if it is only named."""


@dataclass(frozen=True, slots=True)
class SharedDiagram:
    """A diagram of an answer as it was drawn in the chat."""

    source: str
    svg: str


@dataclass(frozen=True, slots=True)
class SharedMessage:
    """One message of a snapshot.

    Raises:
        ValueError: its role is never shared, or it is redacted but has text.
    """

    role: Role
    text: str
    """Empty if redacted."""
    model: str = ""
    """The model's name without its provider; answers only."""
    redacted: bool = False
    files: tuple[SharedFile, ...] = ()
    diagrams: tuple[SharedDiagram, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in (Role.USER, Role.ASSISTANT):
            raise ValueError(f"a message of the role {self.role} is not shared")
        if self.redacted and (self.text or self.files or self.diagrams):
            raise ValueError("a redacted message keeps no text, no files and no diagrams")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A conversation as it was shared."""

    title: str
    shared_on: date
    messages: tuple[SharedMessage, ...]

    def to_json(self) -> str:
        """Serialize it for `from_json`."""
        return json.dumps(
            {
                "version": _VERSION,
                "title": self.title,
                "shared_on": self.shared_on.isoformat(),
                "messages": [
                    {
                        "role": message.role.value,
                        "parts": [
                            {"type": "text", "text": message.text},
                            *({"type": "file", **asdict(file)} for file in message.files),
                            *({"type": "diagram", **asdict(each)} for each in message.diagrams),
                        ],
                        "model": message.model,
                        "redacted": message.redacted,
                    }
                    for message in self.messages
                ],
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse the output of `to_json`.

        Raises:
            ValueError: the text is not a snapshot, or its version is unknown.
        """
        found = json.loads(text)
        if not isinstance(found, dict) or found.get("version") not in (1, _VERSION):
            raise ValueError("this is no snapshot of a known version")
        try:
            return cls(
                title=_typed(found["title"], str),
                shared_on=date.fromisoformat(_typed(found["shared_on"], str)),
                messages=tuple(
                    SharedMessage(
                        role=Role(message["role"]),
                        text=_text(message) if found["version"] > 1 else _typed(message["text"], str),
                        model=_typed(message["model"], str),
                        redacted=_typed(message["redacted"], bool),
                        files=_files(message) if found["version"] > 1 else (),
                        diagrams=_diagrams(message) if found["version"] > 1 else (),
                    )
                    for message in _typed(found["messages"], list)
                ),
            )
        except (KeyError, TypeError) as problem:
            raise ValueError(f"a part of the snapshot is missing or of another type: {problem}") from None


def _text(message: dict[str, Any]) -> str:
    parts = _typed(message["parts"], list)
    if any(part["type"] not in ("text", "file", "diagram") for part in parts):
        raise ValueError("the snapshot holds a kind of content this version does not know")
    return "".join(_typed(part["text"], str) for part in parts if part["type"] == "text")


def _files(message: dict[str, Any]) -> tuple[SharedFile, ...]:
    return tuple(
        SharedFile(
            _typed(part["id"], str),
            _typed(part["name"], str),
            _typed(part["is_picture"], bool),
            _typed(part["size"], int),
            _typed(part["address"], str),
        )
        for part in _typed(message["parts"], list)
        if part["type"] == "file"
    )


def _diagrams(message: dict[str, Any]) -> tuple[SharedDiagram, ...]:
    return tuple(
        SharedDiagram(_typed(part["source"], str), _typed(part["svg"], str))
        for part in _typed(message["parts"], list)
        if part["type"] == "diagram"
    )


def _typed(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value
