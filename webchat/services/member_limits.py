"""How much members may use: messages a day, tokens and cost a month, both in UTC.

Administrators and the local owner have no limits. Every answer that is asked for counts as a message: also an
edited question, another answer, and the rest of one that was cut off, whether or not the provider answers.
Tokens are those that providers report, also for titles; an answer that has begun is finished.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from webchat.messages import Usage
from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.invitations import MOST_PEOPLE
from webchat.services.errors import LimitInvalid, LimitReached
from webchat.services.usage import cost, prices_of_everyone
from webchat.storage.engine import Database, Session
from webchat.storage.errors import UserNotFound
from webchat.storage.queries import server_settings, usage, users
from webchat.storage.tables import User
from webchat.storage.types import UserRole, utc_now

MEMBER_LIMITS = "member_limits"
"""Key of the server setting with the limits of everyone."""
MOST = 1_000_000_000
"""The highest limit."""
NONE = "none"
"""What is entered for no limit, where an empty text stands for that of everyone."""


class Limit(StrEnum):
    """What is limited; also the reason of `LimitReached`."""

    MESSAGES = "messages"
    TOKENS = "tokens"
    COST = "cost"


Limits = Mapping[Limit, float | None]
"""The limits that are set; None is no limit."""
_BY_TOKENS = {Limit.TOKENS, Limit.COST}
_LEAST = {Limit.MESSAGES: 1.0, Limit.TOKENS: 1.0, Limit.COST: 0.01}


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit a member has used."""

    limit: Limit
    used: float
    most: float


class MemberLimits:
    """Sets limits, counts answers as they start, and refuses those above a limit. `by` is who sets them."""

    def __init__(self, database: Database, audit: Audit, clock: Callable[[], datetime] = utc_now) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    async def of_everyone(self) -> Limits:
        """The limits of members without individual limits."""
        async with self._database.read() as session:
            return await _of_everyone(session)

    async def set_for_everyone(self, entered: Mapping[Limit, object], by: str) -> None:
        """Set the limits of members without individual limits; an empty text or `NONE` is no limit.

        Raises:
            LimitInvalid: nothing was changed.
        """
        read = _read(entered)
        limits = {limit: most for limit, most in read.items() if most is not None}
        async with self._database.write() as session:
            await server_settings.set_value(session, MEMBER_LIMITS, limits)
            await self._note(session, "members", limits, by)

    async def set_for(self, user_id: str, entered: Mapping[Limit, object], by: str) -> None:
        """Set the limits of one member: an empty text stands for that of everyone, `NONE` is no limit.

        Raises:
            LimitInvalid: nothing was changed.
            UserNotFound: there is no such account.
        """
        limits = _read(entered)
        async with self._database.write() as session:
            user = await users.set_limits(
                session, user_id, {str(limit): most for limit, most in limits.items()}
            )
            if user.role is UserRole.ADMINISTRATOR:
                raise LimitInvalid("administrator")
            await self._note(session, user.name, limits, by)

    async def members(self) -> list[tuple[User, Limits]]:
        """All members, by username, each with the limits that apply to them alone."""
        async with self._database.read() as session:
            everybody = await users.people(session, MOST_PEOPLE)
        return [(user, _own(user)) for user in everybody if user.role is UserRole.MEMBER]

    async def use(self, owner_id: str) -> list[Use]:
        """How much of each of their limits somebody has used; nothing for those who have none."""
        async with self._database.read() as session:
            return await self._use(session, owner_id)

    async def check(self, session: Session, owner_id: str) -> None:
        """Refuse if no further answer may start.

        Raises:
            LimitReached: a limit is used up.
        """
        for each in await self._use(session, owner_id):
            if each.used >= each.most:
                raise LimitReached(each.limit, used=each.used, limit=each.most, ends=self._next_month())

    async def has_tokens(self, owner_id: str) -> bool:
        """Whether somebody may use more tokens this month, for what is no message."""
        return all(each.used < each.most for each in await self.use(owner_id) if each.limit in _BY_TOKENS)

    async def count_tokens(self, owner_id: str, provider: str, model: str, used: Usage) -> None:
        """Count the tokens of what is no message, such as a title."""
        async with self._database.write() as session:
            await usage.count_tokens(session, owner_id, provider, model, used, now=self._clock())

    async def take(
        self, session: Session, owner_id: str, provider: str, model: str, *, is_administrator: bool = False
    ) -> None:
        """Count that an answer starts, in the transaction that writes its rows.

        Such transactions run one at a time, so that two sends never both take the last message.

        Raises:
            LimitReached: a limit is used up. Administrators have none.
        """
        if not is_administrator:
            await self.check(session, owner_id)
        await usage.count_start(session, owner_id, provider, model, now=self._clock())

    async def _use(self, session: Session, owner_id: str) -> list[Use]:
        set_ones = await _limits_of(session, owner_id)
        limits = {limit: set_ones[limit] for limit in Limit if set_ones.get(limit)}
        if not limits:
            return []
        now = self._clock()
        used: dict[Limit, float] = {Limit.MESSAGES: await usage.started_on(session, owner_id, now)}
        if limits.keys() & _BY_TOKENS:
            models = await usage.tokens_of_month(session, owner_id, now)
            prices = await prices_of_everyone(session)
            used[Limit.TOKENS] = sum(each.input_tokens + each.output_tokens for each in models)
            costs = (
                cost(prices, each.provider, each.model, each.input_tokens, each.output_tokens)
                for each in models
            )
            used[Limit.COST] = math.fsum(each or 0.0 for each in costs)
        return [Use(limit, used[limit], most or 0.0) for limit, most in limits.items()]

    def _next_month(self) -> str:
        now = self._clock()
        return f"{date(now.year + now.month // 12, now.month % 12 + 1, 1)}"

    async def _note(self, session: Session, whom: str, limits: Limits, by: str) -> None:
        said = [f"{limit} {NONE if most is None else f'{most:,}'}" for limit, most in limits.items()]
        subject = f"{whom}: {', '.join(said) or 'the default'}"
        await self._audit.note(What.LIMITS_CHANGED, actor=by, subject=subject, session=session)


async def _of_everyone(session: Session) -> Limits:
    return _stored(await server_settings.get_value(session, MEMBER_LIMITS))


async def _limits_of(session: Session, owner_id: str) -> Limits:
    try:
        user = await users.get(session, owner_id)
    except UserNotFound:  # the local owner
        return {}
    if user.role is UserRole.ADMINISTRATOR:
        return {}
    return {**await _of_everyone(session), **_own(user)}


def _own(user: User) -> Limits:
    return _stored(user.limits)


def _stored(value: object) -> Limits:
    return {Limit(name): most for name, most in value.items()} if isinstance(value, Mapping) else {}


def _read(entered: Mapping[Limit, object]) -> Limits:
    """What was entered and is not empty."""
    typed = {limit: text.strip() if isinstance(text, str) else text for limit, text in entered.items()}
    return {limit: _number(limit, text) for limit, text in typed.items() if text != ""}


def _number(limit: Limit, text: object) -> float | None:
    typed = text if isinstance(text, str) else ""
    if typed.casefold() == NONE:
        return None
    try:
        number = float(typed.replace(",", ".")) if limit is Limit.COST else int(typed.replace(",", ""))
    except ValueError:
        number = math.nan
    if not _LEAST[limit] <= number <= MOST:
        raise LimitInvalid("cost" if limit is Limit.COST else "number", limit=MOST)
    return number
