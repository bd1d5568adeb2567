"""Settings → Server, for administrators: what everybody used, the database, and the backups."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.services.server_facts import OTHER, Line
from webchat.services.usage import Price
from webchat.state.access import administrators_only
from webchat.state.account_rows import moment
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, update
from webchat.state.notice import warn
from webchat.state.owner import check_administrator, person_of, provider_owner
from webchat.state.rows import readable_model
from webchat.words.numbers import day, size
from webchat.words.text import localized, ngettext, t

MOST_SHOWN = 50
"""Lines of each table."""


@dataclass
class UseLine:
    """What one person, or one model, was used for, as text; `percent` is the share of the most used."""

    key: str
    name: str
    answers: str
    input: str
    output: str
    cost: str
    percent: int
    priced: bool
    """Whether it is a model whose price can be entered."""
    input_price: str = ""
    output_price: str = ""


@dataclass
class DayBar:
    """The answers of one day; `percent` is the share of the day with most."""

    label: str
    percent: int


@dataclass
class BackupRow:
    """One backup."""

    made: str
    size: str


class ServerState(rx.State):
    """The figures, which are read when the page is opened."""

    loaded: bool = False
    allowed: bool = False
    people: list[UseLine] = []
    models: list[UseLine] = []
    days: list[DayBar] = []
    summary: str = ""
    pricing: str = ""
    """The model whose price is being entered."""
    database: str = ""
    database_size: str = ""
    backups_folder: str = ""
    backups: list[BackupRow] = []
    makes_backups: bool = True
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.event
    async def load(self) -> None:
        """Open the page."""
        self.pricing = ""
        if not person_of(self).is_administrator:
            update(self, loaded=True, allowed=False)
            return
        await self._read()

    @rx.event
    @administrators_only
    def ask_price(self, model_id: str) -> None:
        """Show the fields for the price of a model; the empty id hides them."""
        check_administrator(self)
        known = {line.key for line in self.models if line.priced}
        self.pricing = model_id if isinstance(model_id, str) and model_id in known else ""

    @rx.event
    @administrators_only
    async def save_price(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Set the price of the model for everyone."""
        check_administrator(self)
        if not self.pricing:
            return
        try:
            await services().usage.set_price(
                await provider_owner(self),
                self.pricing,
                entry(form, "input") or "",
                entry(form, "output") or "",
            )
        except REFUSED as problem:
            yield warn(problem)
            return
        self.pricing = ""
        await self._read()

    async def _read(self) -> None:
        owner_id, facts = await provider_owner(self), services().server_facts
        prices = await services().usage.prices(owner_id)
        usage, storage = await facts.usage(owner_id, prices), await facts.storage()
        # Without accounts, the only person is whoever reads this.
        alone = not services().accounts.has_accounts
        people = [replace(line, name=t("You")) for line in usage.people] if alone else usage.people
        answers = sum(number for _, number in usage.days)
        most = max(number for _, number in usage.days) or 1
        update(
            self,
            loaded=True,
            allowed=True,
            people=_lines(people, {}),
            models=_lines(usage.models, prices, models=True),
            days=[
                DayBar(
                    f"{day(date)}: {ngettext('{count} answer', '{count} answers', number)}",
                    round(100 * number / most),
                )
                for date, number in usage.days
            ],
            summary=ngettext(
                "{count} answer in the last {days} days, by day in UTC.",
                "{count} answers in the last {days} days, by day in UTC.",
                answers,
                days=len(usage.days),
            ),
            database=str(storage.database),
            database_size=size(storage.database_size),
            backups_folder=str(storage.backups_folder),
            backups=[
                BackupRow(moment(each.made_at, self.time_zone, datetime.now(UTC)), size(each.size))
                for each in storage.backups
            ],
            makes_backups=storage.makes_backups,
        )


def _lines(lines: list[Line], prices: dict[str, Price], *, models: bool = False) -> list[UseLine]:
    """The first lines, which have most answers."""
    return [_line(line, lines[0].answers, prices, models) for line in lines[:MOST_SHOWN]]


def _line(line: Line, most: int, prices: dict[str, Price], model: bool) -> UseLine:
    price = prices.get(line.name)
    priced = model and line.name != OTHER
    return UseLine(
        line.name,
        readable_model(line.name) if priced else t(OTHER) if model else line.name,
        localized(f"{line.answers:,}"),
        _tokens(line.input_tokens),
        _tokens(line.output_tokens),
        "–" if line.cost is None else localized(f"{line.cost:,.2f}"),
        round(100 * line.answers / most),
        priced,
        f"{price.input:g}" if price else "",
        f"{price.output:g}" if price else "",
    )


def _tokens(number: int | None) -> str:
    return "–" if number is None else localized(f"{number:,}")
