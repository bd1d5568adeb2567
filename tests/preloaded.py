"""Imported once for all processes that tests start: what takes most of the time of a start.

Not `webchat.webchat`, which makes the app from the settings of its process.
"""

from __future__ import annotations

import reflex.app
import uvicorn

import tests.forked
import webchat.cli
import webchat.hosting.database
import webchat.hosting.server
import webchat.services.runtime
import webchat.storage.migrations.runner

__all__ = ["reflex", "tests", "uvicorn", "webchat"]
