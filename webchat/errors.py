"""The base class of webchat's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from webchat.words.errors import Arguments, message


class WebchatError(Exception):
    """An error as a code and arguments. Its words are made where it is shown; see `webchat.words.errors`.

    Args:
        reason: which of the code's messages applies; empty for the general one.
        arguments: what the message mentions, as values that JSON can hold.

    Both `code` and `arguments` are stable and may be stored. `str(error)` is the English message, for logs.
    """

    code: ClassVar[str] = "error"

    def __init__(self, reason: str = "", **arguments: Any) -> None:
        super().__init__(reason, arguments)
        self.reason = reason
        self.details: dict[str, Any] = arguments

    @property
    def arguments(self) -> Arguments:
        """What the message mentions, with the `reason` if there is one."""
        reason = {"reason": self.reason} if self.reason else {}
        return {**reason, **self.details}

    def __str__(self) -> str:
        return message(self.code, self.arguments)


def as_argument(error: WebchatError) -> Mapping[str, Any]:
    """An error in the form in which it can be an argument of another one."""
    return {"code": error.code, "arguments": error.arguments}
