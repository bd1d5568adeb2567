"""Assistants as the pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from webchat.services.assistants.assistants import Listed


@dataclass
class AssistantRow:
    """One assistant. `picture` is the end of its picture's address, empty if it has none."""

    id: str = ""
    name: str = ""
    description: str = ""
    symbol: str = ""
    colour: str = ""
    picture: str = ""


def assistant_row(listed: Listed) -> AssistantRow:
    """The row of an assistant."""
    picture = f"{listed.id}/picture?v={listed.version}" if listed.has_picture else ""
    return AssistantRow(listed.id, listed.name, listed.description, listed.symbol, listed.colour, picture)
