"""A person's own figures: answers, tokens and, where prices are set, cost by month and model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from webchat.services.errors import ParameterInvalid
from webchat.storage.engine import Database
from webchat.storage.queries import settings, usage
from webchat.storage.queries.usage import ModelMonth

PRICES = "prices"
"""Key of the preference: for each `Provider:model` the price of a million input and output tokens."""
LINES = 200
"""Maximum lines of the table."""
MAX_PRICES = 500
MOST = 100_000.0
"""The highest price of a million tokens."""


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a million tokens, in the person's own currency."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What one model wrote in one month; `cost` is None without a price or without token counts."""

    month: ModelMonth
    cost: float | None

    @property
    def model_id(self) -> str:
        """`Provider:model`."""
        return f"{self.month.provider}:{self.month.model}"


class Usage:
    """Sums up an owner's answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lines(self, owner_id: str) -> list[UsageLine]:
        """The newest lines, by month and model."""
        async with self._database.read() as session:
            months = await usage.by_month_and_model(session, owner_id, limit=LINES)
            prices = _read(await settings.get_value(session, owner_id, PRICES))
        return [UsageLine(month, _cost(month, prices)) for month in months]

    async def prices(self, owner_id: str) -> dict[str, Price]:
        """The prices that the owner has set, by `Provider:model`."""
        async with self._database.read() as session:
            return _read(await settings.get_value(session, owner_id, PRICES))

    async def set_price(self, owner_id: str, model_id: object, input: object, output: object) -> None:
        """Set the price of a model; two empty texts remove it.

        Raises:
            ParameterInvalid: a price is not a number from 0 to `MOST`, or there are too many.
        """
        if not isinstance(model_id, str) or not model_id or len(model_id) > 1_000:
            raise ParameterInvalid("not_text")
        empty = [isinstance(each, str) and not each.strip() for each in (input, output)]
        price = None if all(empty) else Price(_number(input), _number(output))
        async with self._database.write() as session:
            known = _read(await settings.get_value(session, owner_id, PRICES))
            known.pop(model_id, None)
            if price is not None:
                known[model_id] = price
            if len(known) > MAX_PRICES:
                raise ParameterInvalid("prices", limit=MAX_PRICES)
            value = {model: [each.input, each.output] for model, each in known.items()}
            await settings.set_value(session, owner_id, PRICES, value)


def _number(text: object) -> float:
    try:
        number = float(text.replace(",", ".")) if isinstance(text, str) and text.strip() else 0.0
    except ValueError:
        number = math.nan
    if not isinstance(text, str) or not 0 <= number <= MOST:
        raise ParameterInvalid("price", limit=MOST)
    return number


def _read(value: object) -> dict[str, Price]:
    stored: Mapping[str, list[float]] = value if isinstance(value, Mapping) else {}
    return {model: Price(*each) for model, each in stored.items()}


def _cost(month: ModelMonth, prices: Mapping[str, Price]) -> float | None:
    price = prices.get(f"{month.provider}:{month.model}")
    if price is None or (month.input_tokens is None and month.output_tokens is None):
        return None
    tokens = (month.input_tokens or 0) * price.input + (month.output_tokens or 0) * price.output
    return tokens / 1_000_000
