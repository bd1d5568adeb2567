"""Limits how often one person and one address may do costly things: enough for people, not for programs.

Counted in memory, over a moving window. People can share an address, so it may do more than a person. This
machine's own address stands for everyone behind a reverse proxy, and is not counted.
"""

from __future__ import annotations

import time
from enum import StrEnum
from functools import cached_property

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from webchat.hosts import is_loopback, network_of
from webchat.services.errors import TooOften

PEOPLE_AT_AN_ADDRESS = 5
"""How many times as often as one person an address may do something."""


class Action(StrEnum):
    """What is counted; also the reason of `TooOften`."""

    SEND = "send"
    SHARE = "share"
    IMPORT = "import"
    EXPORT = "export"
    CONTINUE = "continue"
    TEST = "test"
    SEARCH = "search"
    PASSKEY = "passkey"
    UPLOAD = "upload"
    DIAGRAM = "diagram"


LIMITS: dict[Action, str] = {
    Action.SEND: "60/minute",
    Action.SHARE: "60/hour",
    Action.IMPORT: "30/hour",
    Action.EXPORT: "60/hour",
    Action.CONTINUE: "30/hour",
    Action.TEST: "30/minute",
    Action.SEARCH: "20/minute",
    Action.PASSKEY: "30/hour",
    Action.UPLOAD: "600/hour",
    Action.DIAGRAM: "300/hour",
}
"""How often one person may do it."""


class Counters:
    """Counts events in moving windows."""

    @cached_property
    def _counted(self) -> MovingWindowRateLimiter:
        return MovingWindowRateLimiter(MemoryStorage())  # starts a thread

    def wait(self, *limits: tuple[RateLimitItem, tuple[str, ...]]) -> float:
        """Count one event against all limits and return 0, or count nothing and return the seconds to wait.

        Args:
            limits: each limit with the names of what it is counted for.
        """
        for limit, names in limits:
            if not self._counted.test(limit, *names):
                return max(0.1, self._counted.get_window_stats(limit, *names).reset_time - time.time())
        for limit, names in limits:
            self._counted.hit(limit, *names)
        return 0.0


class RateLimits:
    """Counts what people do.

    Args:
        on: whether anything is refused.
    """

    def __init__(self, *, on: bool = True) -> None:
        self._on = on
        self._counters = Counters()
        self._person = {action: parse(text) for action, text in LIMITS.items()}
        self._address = {action: _several(limit) for action, limit in self._person.items()}

    def note(self, action: Action, person_id: str, address: str = "") -> None:
        """Count that a person does something, before it is done.

        Args:
            address: the network address of the request, as far as known.

        Raises:
            TooOften: it was done too often and must not be done now.
        """
        if not self._on:
            return
        counted = [(self._person[action], (action.value, "person", person_id))]
        if address and not is_loopback(address):
            counted.append((self._address[action], (action.value, "address", network_of(address) or address)))
        if wait := self._counters.wait(*counted):
            raise TooOften(action.value, wait)


def _several(limit: RateLimitItem) -> RateLimitItem:
    return type(limit)(limit.amount * PEOPLE_AT_AN_ADDRESS, limit.multiples)
