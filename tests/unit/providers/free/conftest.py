from __future__ import annotations

import pytest

from webchat.providers import FreeGpt
from webchat.providers.free.mirrors import Mirrors
from webchat.providers.free.nonces import NonceCache


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the nonces and mirrors that another one remembered."""
    monkeypatch.setattr("webchat.providers.free.wordpress.WordPressService.nonces", NonceCache())
    monkeypatch.setattr(FreeGpt, "mirror_memory", Mirrors())
