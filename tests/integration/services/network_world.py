"""A world whose providers use the network, for tests marked `network`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.services.world import World
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.registry import build_provider
from webchat.providers.wire.transport import shared_tls


class NetworkWorld(World):
    """All services over a real database and real providers."""

    def _build(self, kind: str, **options: Any) -> AsyncGeneratorProvider:
        return build_provider(kind, **options)


@pytest.fixture(scope="module", autouse=True)
def certificates_are_read() -> None:
    """Read the system's certificates, which takes longer than a callback may hold up the event loop."""
    shared_tls()
