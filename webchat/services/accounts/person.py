"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking. `id` is the owner of everything that is read or written for them.

    `session` is the id of the session they have signed in with; empty for the local owner.
    """

    id: str
    is_administrator: bool = False
    session: str = ""
