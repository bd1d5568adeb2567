"""A file as its owner sees it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from webchat.services.files.names import UNNAMED
from webchat.storage.errors import SecretUnreadable
from webchat.storage.queries.files import OwnedFile
from webchat.storage.secrets import Secrets
from webchat.words.errors import message


@dataclass(frozen=True, slots=True)
class FileView:
    """What is known about a file.

    Args:
        kind: `picture` or `document`.
        tokens: what it costs in a model's context, before it is cut.
        cut: how many tokens of its text models get; None for all.
        state: `ready`, `failed`, or `reading` while a document is being turned into text.
        problem: why a document could not be read, or not all of it, as an error's code and arguments.
    """

    id: str
    name: str
    kind: str
    media_type: str
    size: int
    width: int
    height: int
    tokens: int
    cut: int | None
    state: str
    problem: dict[str, Any] | None


def view_of(found: OwnedFile, secrets: Secrets) -> FileView:
    """The view of a file."""
    file, stored = found.file, found.stored
    return FileView(
        id=file.id,
        name=name_of(file.sealed_name, secrets),
        kind=stored.kind,
        media_type=stored.media_type,
        size=stored.size,
        width=stored.width,
        height=stored.height,
        tokens=stored.tokens,
        cut=file.kept_tokens,
        state=stored.state,
        problem=stored.problem,
    )


def file_json(view: FileView) -> dict[str, Any]:
    """A file as pages read it."""
    problem = view.problem
    return asdict(view) | {"problem": message(problem["code"], problem["arguments"]) if problem else ""}


def name_of(sealed: str, secrets: Secrets) -> str:
    """The name of a file. One whose key is lost has none, but can still be opened."""
    try:
        return secrets.decrypt(sealed, provider="", what="name")
    except SecretUnreadable:
        return UNNAMED
