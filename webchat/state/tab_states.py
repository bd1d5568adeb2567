"""Keeps the state of every tab in memory while it is connected, and for a little longer.

The state is only a cache of what a page shows. A tab that reconnects later gets a new one, and its page loads
from the database again (Reflex's `hydrate_and_load`, the first event of every connection).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import StateToken

SECONDS_KEPT = 300
"""How long the state of a disconnected tab is kept, in case the connection was only interrupted."""
MAX_GONE = 100
"""Maximum number of disconnected tabs whose state is kept; the oldest are dropped first."""


@dataclass
class TabStates(StateManagerMemory):
    """Reflex's memory state manager with a limit: it drops disconnected tabs, never connected ones.

    Args:
        is_connected: whether the tab with this token is connected.
        on_gone: called with the token of a tab whose state is dropped.
    """

    token_expiration: int = SECONDS_KEPT
    is_connected: Callable[[str], bool] = lambda token: False
    on_gone: Callable[[str], None] = lambda token: None

    def _track_token(self, token: StateToken) -> None:
        # Moved to the end, so that the order is that of last use.
        new = self._token_expires_at.pop(token.cache_key, None) is None
        super()._track_token(token)
        if new:
            self._forget_longest_gone()

    def _purge_expired_tokens(self) -> float | None:
        now = time.time()
        for key, (expires_at, token) in list(self._token_expires_at.items()):
            if expires_at <= now and self.is_connected(token.ident):
                self._token_expires_at[key] = (now + self.token_expiration, token)
        return super()._purge_expired_tokens()

    def _purge_token(self, token: StateToken) -> None:
        super()._purge_token(token)
        self.on_gone(token.ident)

    def _forget_longest_gone(self) -> None:
        gone = [
            token
            for _, token in self._token_expires_at.values()
            if not self.is_connected(token.ident) and not self._is_busy(token)
        ]
        for token in gone[: max(0, len(gone) - MAX_GONE)]:
            self._purge_token(token)

    def _is_busy(self, token: StateToken) -> bool:
        lock = self._states_locks.get(token.lock_key)
        return lock is not None and lock.locked()
