from __future__ import annotations

from tests.loop_monitor import loop_stays_free

__all__ = ["loop_stays_free"]
