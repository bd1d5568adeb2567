"""The health of each provider, measured from real attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from webchat.providers.health import Condition, Health
from webchat.services.catalogue.usable import usable
from webchat.storage.engine import Database
from webchat.storage.queries import providers as queries
from webchat.storage.queries.attempts import recent_attempts
from webchat.storage.tables import Attempt

MEASURED = 50
"""Number of recent attempts to consider."""


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The health of one provider. Times are None if nothing was measured.

    Args:
        open_for: seconds until `Auto` may ask it again.
        share: fraction of the measured attempts that succeeded, 0 to 1.
        first_text: median seconds from the request to the first text.
    """

    condition: Condition
    open_for: float
    attempts: int
    share: float | None
    first_text: float | None
    last_success: datetime | None
    last_failure: Attempt | None


class ProviderHealth:
    """Combines the attempts of an owner's providers with the state of the circuit breaker."""

    def __init__(self, database: Database, health: Health) -> None:
        self._database = database
        self._health = health

    async def all(self, owner_id: str) -> dict[str, HealthReport]:
        """The health of every configured provider, by name."""
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id)
            measured = {
                row.name: _newest(
                    [
                        await recent_attempts(session, owner_id, name, limit=MEASURED)
                        for name in (row.name, *row.former_names)
                    ]
                )
                for row in rows
            }
        return {row.name: self._standing(row.id, measured[row.name]) for row in rows}

    async def paused(self, owner_id: str) -> dict[str, float]:
        """The seconds that each paused provider the owner can use is left alone for, by name."""
        async with self._database.read() as session:
            rows = (await usable(session, owner_id)).rows(enabled_only=True)
        waits = {row.name: self._health.open_for(row.id) for row in rows}
        return {name: seconds for name, seconds in waits.items() if seconds > 0}

    def _standing(self, key: str, attempts: Sequence[Attempt]) -> HealthReport:
        # An attempt stopped before its first text says nothing about the provider.
        attempts = [
            each for each in attempts if each.error_code is not None or each.first_text_at is not None
        ]
        good = [attempt for attempt in attempts if attempt.error_code is None]
        bad = [attempt for attempt in attempts if attempt.error_code is not None]
        waits = [
            (attempt.first_text_at - attempt.started_at).total_seconds()
            for attempt in attempts
            if attempt.first_text_at is not None
        ]
        return HealthReport(
            condition=self._condition(key, attempts),
            open_for=self._health.open_for(key),
            attempts=len(attempts),
            share=len(good) / len(attempts) if attempts else None,
            first_text=median(waits) if waits else None,
            last_success=good[0].ended_at if good else None,
            last_failure=bad[0] if bad else None,
        )

    def _condition(self, key: str, attempts: Sequence[Attempt]) -> Condition:
        """The breaker's state, or the last attempt's result if the breaker knows nothing since a restart."""
        condition = self._health.condition(key)
        if condition is not Condition.UNKNOWN or not attempts:
            return condition
        return Condition.HEALTHY if attempts[0].error_code is None else Condition.FAILING


def _newest(groups: Sequence[Sequence[Attempt]]) -> list[Attempt]:
    """The newest attempts under all names that a provider has had, newest first."""
    attempts = [attempt for group in groups for attempt in group]
    return sorted(attempts, key=lambda attempt: attempt.id, reverse=True)[:MEASURED]
