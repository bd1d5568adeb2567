"""The person's own figures on the settings page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import reflex as rx

from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.services.usage import UsageLine
from webchat.state.events import entry
from webchat.state.notice import warn
from webchat.state.owner import owner_of
from webchat.state.rows import readable_model
from webchat.words.text import localized


@dataclass
class UsageRow:
    """One line of the table, as text."""

    key: str
    month: str
    """On the first line of each month; empty on the others."""
    model: str
    answers: str
    input: str
    output: str
    cost: str
    input_price: str
    output_price: str


class UsageState(rx.State):
    """The table, which is read when it is asked for."""

    rows: list[UsageRow] = []
    loaded: bool = False
    pricing: str = ""
    """The model whose price is being entered."""

    @rx.event
    async def load(self) -> None:
        """Read the figures."""
        usage, owner_id = services().usage, owner_of(self)
        lines, prices = await usage.lines(owner_id), await usage.prices(owner_id)
        rows, last = [], ""
        for line in lines:
            price = prices.get(line.model_id)
            rows.append(
                _row(line, last, f"{price.input:g}" if price else "", f"{price.output:g}" if price else "")
            )
            last = line.month.month
        self.rows, self.loaded, self.pricing = rows, True, ""

    @rx.event
    def ask_price(self, model_id: str) -> None:
        """Show the fields for a model's price; empty hides them."""
        self.pricing = model_id if isinstance(model_id, str) else ""

    @rx.event
    async def save_price(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Set the price of the model."""
        try:
            await services().usage.set_price(
                owner_of(self), self.pricing, entry(form, "input") or "", entry(form, "output") or ""
            )
        except ServiceError as problem:
            yield warn(problem)
            return
        await self.load()


def _row(line: UsageLine, last_month: str, input_price: str, output_price: str) -> UsageRow:
    month = line.month
    return UsageRow(
        key=line.model_id,
        month=month.month if month.month != last_month else "",
        model=readable_model(line.model_id),
        answers=localized(f"{month.answers:,}"),
        input=_tokens(month.input_tokens),
        output=_tokens(month.output_tokens),
        cost="–" if line.cost is None else localized(f"{line.cost:,.2f}"),
        input_price=input_price,
        output_price=output_price,
    )


def _tokens(number: int | None) -> str:
    return "–" if number is None else localized(f"{number:,}")
