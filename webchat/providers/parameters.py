"""Further parameters of a request, in addition to the temperature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a request asks of the model; None and empty values are not sent.

    Args:
        effort: how much a model reasons, such as `low`.
        headers: further HTTP headers of the request. They may hold secrets.
        body: further fields of the request's body.

    >>> Parameters(seed=7, body={"a": 1}).over(Parameters(seed=1, top_p=0.5, body={"b": 2})).body
    {'b': 2, 'a': 1}
    """

    max_tokens: int | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    effort: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] = field(default_factory=dict)

    def names(self) -> list[str]:
        """The names of the parameters that are set.

        >>> Parameters(seed=0).names()
        ['seed']
        """
        return [name for name in self.__slots__ if getattr(self, name) not in (None, "", (), {})]

    def over(self, usual: Parameters) -> Parameters:
        """These parameters, and the `usual` ones where these have none. Headers and fields are joined."""
        named = {name.lower() for name in self.headers}
        others = {name: value for name, value in usual.headers.items() if name.lower() not in named}
        return Parameters(
            max_tokens=usual.max_tokens if self.max_tokens is None else self.max_tokens,
            top_p=usual.top_p if self.top_p is None else self.top_p,
            stop=self.stop or usual.stop,
            seed=usual.seed if self.seed is None else self.seed,
            effort=self.effort or usual.effort,
            headers={**others, **self.headers},
            body={**usual.body, **self.body},
        )


RESERVED_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "api-key",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that only the connection itself sets, in lower case."""

NO_PARAMETERS = Parameters()
TEMPERATURE = "temperature"
ALL_PARAMETERS = frozenset({TEMPERATURE, *Parameters.__slots__})
"""The names of the parameters that a provider can send at most."""
