"""The key under which the health of a provider is kept."""

from __future__ import annotations


def health_key(owner_id: str, provider: str) -> str:
    """The key of a provider's health: one owner's provider says nothing of another's."""
    return f"{owner_id}/{provider}"
