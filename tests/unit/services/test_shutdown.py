"""What is called when the server stops."""

from __future__ import annotations

import pytest

from webchat.services import shutdown


async def test_a_callback_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "_callbacks", [])
    called = []

    async def waits() -> None:
        called.append("waits")

    def fails() -> None:
        raise RuntimeError("on purpose")

    for callback in (fails, waits, lambda: called.append("returns")):
        shutdown.on_stopping(callback)
    await shutdown.announce_stop()

    assert called == ["waits", "returns"]
