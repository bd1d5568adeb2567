"""Imported once for all processes that tests start: what takes most of the time of a start.

Not `webchat.webchat`, which makes the app from the settings of its process.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil

import aiosqlite
import filelock
import reflex.app
import uvicorn.lifespan.on
import uvicorn.loops.uvloop
from sqlalchemy.orm import configure_mappers

import tests.forked
import webchat.cli
import webchat.hosting.build
import webchat.hosting.database
import webchat.hosting.logs
import webchat.hosting.page_languages
import webchat.hosting.server
import webchat.http
import webchat.pages.routes
import webchat.services.automatic_deletion
import webchat.services.chat.titles
import webchat.services.runtime
import webchat.storage.migrations.runner

__all__ = ["aiosqlite", "filelock", "reflex", "tests", "uvicorn", "webchat"]

for module in pkgutil.iter_modules(webchat.http.__path__):
    importlib.import_module(f"webchat.http.{module.name}")
configure_mappers()

# Each process looks through its own memory only.
gc.collect()
gc.freeze()
