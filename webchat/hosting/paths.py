"""Where the project, its build and its lock files lie."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: the folder of rxconfig.py, and the working directory of Reflex."""

LOCK_FILES = PROJECT / "reflex.lock"
"""The npm lock files, committed."""

BUILD_FOLDER = PROJECT / ".web"
"""Where Reflex puts the frontend's sources and npm its packages; may be deleted at any time."""

RELEASES = PROJECT / ".build" / "releases"
"""Finished builds, one folder each, named by the fingerprint of what went in."""

BUILD_LOCK = PROJECT / ".build" / "lock"
BUILD_LOG = PROJECT / ".build" / "build.log"
UNFINISHED = PROJECT / ".build" / "unfinished"
"""There while a build runs; left behind by one that was interrupted or failed."""
