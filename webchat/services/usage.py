"""A person's own figures: answers, tokens and, where prices are set, cost by month and model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from webchat.services.errors import ParameterInvalid
from webchat.storage.engine import Database, Session
from webchat.storage.queries import settings, usage, users
from webchat.storage.queries.settings import PRICES
from webchat.storage.queries.usage import ModelMonth

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
            prices = await _prices(session, owner_id)
        return [
            UsageLine(
                month, cost(prices, month.provider, month.model, month.input_tokens, month.output_tokens)
            )
            for month in months
        ]

    async def prices(self, owner_id: str) -> dict[str, Price]:
        """The prices that the owner has set, and for other models those of everyone, by `Provider:model`."""
        async with self._database.read() as session:
            return await _prices(session, owner_id)

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


async def prices_of_everyone(session: Session) -> dict[str, Price]:
    """The prices that the first administrator has set, whose providers are everyone's."""
    host = await users.host(session)
    return {} if host is None else _read(await settings.get_value(session, host.id, PRICES))


async def _prices(session: Session, owner_id: str) -> dict[str, Price]:
    own = _read(await settings.get_value(session, owner_id, PRICES))
    return await prices_of_everyone(session) | own


def cost(
    prices: Mapping[str, Price],
    provider: str,
    model: str,
    input_tokens: int | None,
    output_tokens: int | None,
) -> float | None:
    """The cost of tokens; None without a price or without token counts."""
    price = prices.get(f"{provider}:{model}")
    if price is None or (input_tokens is None and output_tokens is None):
        return None
    return ((input_tokens or 0) * price.input + (output_tokens or 0) * price.output) / 1_000_000
