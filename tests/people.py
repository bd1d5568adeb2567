"""Accounts for tests of what lies above them: people told apart by their cookie, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from webchat.services.accounts import Person
from webchat.services.errors import NotSignedIn


@dataclass
class People:
    """The person for each `Cookie` header; any other header is of nobody known."""

    ids: dict[str, str]
    administrators: set[str] = field(default_factory=set)
    watched: list[asyncio.Event] = field(default_factory=list)
    """Set one to end a session."""

    async def person_of(self, cookie: str) -> Person:
        if cookie not in self.ids:
            raise NotSignedIn
        id = self.ids[cookie]
        return Person(id, is_administrator=id in self.administrators)

    @contextmanager
    def watch(self, cookie: str) -> Iterator[asyncio.Event]:
        over = asyncio.Event()
        self.watched.append(over)
        yield over

    def binding(self, cookie: str) -> str:
        return cookie
