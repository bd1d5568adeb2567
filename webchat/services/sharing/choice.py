"""What a shared copy of a conversation contains, and the possible secrets in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webchat.messages import Role
from webchat.services.diagrams import shown_diagrams
from webchat.services.errors import ShareInvalid
from webchat.services.sharing.secret_scan import Finding, excerpt, find_secrets, hide
from webchat.snapshot import SharedFile, SharedMessage
from webchat.storage.tables import Diagram, Message

MAX_SNAPSHOT_BYTES = 2 * 1024 * 1024
MAX_SNAPSHOT_MESSAGES = 10_000
MAX_SEARCHED_BYTES = 2 * MAX_SNAPSHOT_BYTES
"""Bytes of one conversation to scan for secrets; each message beyond counts as a possible secret."""
MAX_DRAWN = 2 * 1024 * 1024
"""Characters of drawn diagrams in a copy; of further ones it has the source."""
MAX_SECRETS = 200
"""Maximum number of secrets listed per message; the last one covers all that follow."""
MAX_LISTED = 2_000
"""Maximum number of secrets listed per conversation."""
_EXCERPT = 160
_LONGEST_MODEL = 200


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A possible secret in a message. `key` identifies its position; `excerpt` shows part of it."""

    key: str
    kind: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class ShareableMessage:
    """A message as the dialog lists it: its beginning and its possible secrets."""

    id: str
    role: Role
    excerpt: str
    secrets: list[FoundSecret]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which part of a branch is published.

    `up_to` is the last message, empty for the newest. Messages in `left_out` are not in the copy, and those
    in `redacted` are there without their text. `hidden` has the keys of the secrets to redact.
    """

    up_to: str = ""
    left_out: Sequence[str] = ()
    redacted: Sequence[str] = ()
    hidden: Sequence[str] = ()
    include_files: bool = False
    """Whether the files of the messages are in the copy."""

    def stored(self) -> dict[str, Any]:
        """The part stored with a link, for `Choice(**stored)`."""
        lists = {"left_out": self.left_out, "redacted": self.redacted, "hidden": self.hidden}
        known = {"up_to": self.up_to, "include_files": self.include_files is True}
        return known | {name: list(ids) for name, ids in lists.items()}


def shareable(branch: Sequence[Message]) -> list[ShareableMessage]:
    """How the dialog lists the messages of a branch."""
    shown, searched, listed = [], 0, 0
    for message in branch:
        size = _size(message)
        # A message too large to share need not be scanned.
        if size > MAX_SNAPSHOT_BYTES:
            found = []
        elif searched + size > MAX_SEARCHED_BYTES or listed >= MAX_LISTED:
            found = [Finding("message, not searched", 0, len(message.content))]
        else:
            searched += size
            found = _joined(find_secrets(message.content))
        listed += len(found)
        shown.append(_shown(message, found))
    return shown


def _joined(found: list[Finding]) -> list[Finding]:
    """The findings in one message; if there are too many, the rest are merged into one."""
    if len(found) <= MAX_SECRETS:
        return found
    first, rest = found[: MAX_SECRETS - 1], found[MAX_SECRETS - 1 :]
    return [*first, Finding(f"section with {len(rest):,} more", rest[0].start, rest[-1].end)]


def _shown(message: Message, found: Sequence[Finding]) -> ShareableMessage:
    return ShareableMessage(
        id=message.id,
        role=message.role,
        excerpt=" ".join(message.content[: 4 * _EXCERPT].split())[:_EXCERPT],
        secrets=[
            FoundSecret(f"{message.id}:{each.start}:{each.end}", each.kind, excerpt(message.content, each))
            for each in found
        ],
    )


def _hidden(choice: Choice) -> dict[str, list[tuple[int, int]]]:
    """The ranges to redact, by message. Text never changes, so it need not be scanned again."""
    places: dict[str, list[tuple[int, int]]] = {}
    for key in choice.hidden:
        message_id, start, end = key.rsplit(":", 2)
        places.setdefault(message_id, []).append((int(start), int(end)))
    return places


def _chosen(branch: Sequence[Message], choice: Choice) -> list[Message]:
    """The messages in the copy, redacted or not."""
    if choice.up_to:
        ids = [message.id for message in branch]
        if choice.up_to not in ids:
            raise ShareInvalid("last_message")
        branch = branch[: ids.index(choice.up_to) + 1]
    left_out = set(choice.left_out)
    return [message for message in branch if message.id not in left_out]


def copied(
    branch: Sequence[Message],
    choice: Choice,
    files: Mapping[str, Sequence[str]],
    drawn: Mapping[str, Sequence[Diagram]],
) -> tuple[SharedMessage, ...]:
    """The chosen messages of a branch as they appear in the copy; `files` has the ids of their files, and
    `drawn` the drawings of their diagrams.

    Raises:
        ShareInvalid: nothing is left to share, or too much.
    """
    branch = _chosen(branch, choice)
    if not branch:
        raise ShareInvalid("nothing_left")
    if len(branch) > MAX_SNAPSHOT_MESSAGES:
        raise ShareInvalid("too_many", limit=MAX_SNAPSHOT_MESSAGES)
    redacted, hidden = set(choice.redacted), _hidden(choice)
    if sum(_size(message) for message in branch if message.id not in redacted) > MAX_SNAPSHOT_BYTES:
        raise ShareInvalid("too_large", limit=MAX_SNAPSHOT_BYTES)
    shared = []
    for message in branch:
        model = "" if message.role is Role.USER else _model_name(message.model or "")
        if message.id in redacted:
            shared.append(SharedMessage(message.role, "", model, redacted=True))
            continue
        out = [Finding("", start, end) for start, end in hidden.get(message.id, ())]
        attached = tuple(map(SharedFile, files.get(message.id, ()) if choice.include_files else ()))
        text = hide(message.content, out)
        diagrams = shown_diagrams(text, drawn.get(message.id, ()))
        shared.append(SharedMessage(message.role, text, model, files=attached, diagrams=diagrams))
    return tuple(shared)


def _size(message: Message) -> int:
    """The size in bytes of UTF-8."""
    return len(message.content.encode("utf-8", "replace"))


def _model_name(model: str) -> str:
    """The model's name without its provider and without the folders of a model file, which are private."""
    return model.partition(":")[2].replace("\\", "/").rsplit("/", 1)[-1][:_LONGEST_MODEL]
