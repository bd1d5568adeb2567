"""Words that rows are stored with. Without SQLAlchemy: processes that read files need them too."""

from __future__ import annotations

from enum import StrEnum


class MessageStatus(StrEnum):
    """The status of a message; a user message is always complete."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class GenerationStatus(StrEnum):
    """The status of a run of a provider for an assistant message."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class Origin(StrEnum):
    """The origin of a provider: entered by the user, configured by the environment, or found running."""

    PERSON = "person"
    ENVIRONMENT = "environment"
    FOUND = "found"


class UserRole(StrEnum):
    """What a user may do: an administrator also manages people and the providers of everyone."""

    ADMINISTRATOR = "administrator"
    MEMBER = "member"
