"""Settings → People: what members may use, for administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from webchat.services.member_limits import NONE, Limit, Limits, Use
from webchat.services.runtime import services
from webchat.state.access import administrators_only
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier, update
from webchat.state.notice import tell
from webchat.state.owner import check_administrator, person_of
from webchat.words.errors import shown
from webchat.words.text import gettext_noop, localized, t

EVERYONE = "everyone"
"""Stands for the limits of members who have none of their own, in place of an id."""


@dataclass
class MemberLimitsRow:
    """One member, or everyone, with the limits as their fields show them."""

    id: str
    name: str
    about: str
    messages: str
    tokens: str
    cost: str


@dataclass
class UseRow:
    """How much of a limit is used, as text, and as a percentage of it."""

    name: str
    used: str
    ends: str
    percent: int


class MemberLimitsState(rx.State):
    """The limits of members, and the one whose form is open."""

    rows: list[MemberLimitsRow] = []
    """Everyone first, then each member."""
    editing: str = ""
    problem: str = ""

    @rx.event
    async def load(self) -> None:
        """Open the page."""
        self.editing = self.problem = ""
        await self._list()

    @rx.event
    @administrators_only
    def edit(self, user_id: str) -> None:
        """Open the form of a member or of everyone; the empty id closes it."""
        check_administrator(self)
        self.editing, self.problem = identifier(user_id), ""

    @rx.event
    @administrators_only
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Set the limits of the open form."""
        check_administrator(self)
        person, of = person_of(self), services()
        by = await of.accounts.people.name_of(person.id)
        entered = {limit: entry(form, limit.value) for limit in Limit}
        whom = self.editing
        change: Awaitable[None]
        if whom == EVERYONE:
            change = of.member_limits.set_for_everyone(entered, by)
        else:
            change = of.member_limits.set_for(whom, entered, by)
        try:
            await change
        except REFUSED as problem:
            self.problem = shown(problem)
            return
        self.editing = self.problem = ""
        await self._list()
        yield tell(t("The limits were saved."))

    async def _list(self) -> None:
        if not person_of(self).is_administrator or not services().accounts.has_accounts:
            update(self, rows=[])
            return
        limits = services().member_limits
        everyone = await limits.of_everyone()
        rows = [_row(EVERYONE, t("All members"), everyone, t("No limits"))]
        rows += [_row(user.id, user.name, own, t("As all members")) for user, own in await limits.members()]
        update(self, rows=rows)


def _row(id_: str, name: str, limits: Limits, otherwise: str) -> MemberLimitsRow:
    about = " · ".join(limit_in_words(limit, most) for limit, most in limits.items())
    texts = {limit.value: _typed(limits[limit]) if limit in limits else "" for limit in Limit}
    return MemberLimitsRow(id_, name, about or otherwise, **texts)


_ANY = {
    Limit.MESSAGES: gettext_noop("any messages a day"),
    Limit.TOKENS: gettext_noop("any tokens a month"),
    Limit.COST: gettext_noop("any cost a month"),
}
_AT_MOST = {
    Limit.MESSAGES: gettext_noop("{number} messages a day"),
    Limit.TOKENS: gettext_noop("{number} tokens a month"),
    Limit.COST: gettext_noop("{number} cost a month"),
}


def limit_in_words(limit: Limit, most: float | None) -> str:
    """`5 messages a day`; None is no limit."""
    return t(_ANY[limit]) if most is None else t(_AT_MOST[limit], number=_number(limit, most))


def _typed(most: float | None) -> str:
    return NONE if most is None else f"{most:g}" if most < 1_000_000 else f"{most:.0f}"


def _number(limit: Limit, number: float) -> str:
    return localized(f"{number:,.2f}" if limit is Limit.COST else f"{number:,.0f}")


def use_row(use: Use) -> UseRow:
    """How much a member has used, for their own page."""
    name = {
        Limit.MESSAGES: t("Messages today"),
        Limit.TOKENS: t("Tokens this month"),
        Limit.COST: t("Cost this month"),
    }
    left = max(0.0, use.most - use.used)
    return UseRow(
        name[use.limit],
        t(
            "{used} of {most} used, {left} left",
            used=_number(use.limit, use.used),
            most=_number(use.limit, use.most),
            left=_number(use.limit, left),
        ),
        t("Starts again at 00:00 UTC")
        if use.limit is Limit.MESSAGES
        else t("Starts again on the first of the month, 00:00 UTC"),
        min(100, round(100 * use.used / use.most)),
    )
