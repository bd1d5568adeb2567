"""Paths of the project, its builds and its lock files."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout, which contains rxconfig.py and is Reflex's working directory."""

LOCK_FILES = PROJECT / "reflex.lock"
"""The committed npm lock files."""

BUILD_FOLDER = PROJECT / ".web"
"""The frontend's sources from Reflex and packages from npm; can be deleted at any time."""

RELEASES = PROJECT / ".build" / "releases"
"""Finished builds, one folder each, named after the fingerprint of their sources."""

BUILD_LOCK = PROJECT / ".build" / "lock"
BUILD_LOG = PROJECT / ".build" / "build.log"
UNFINISHED = PROJECT / ".build" / "unfinished"
"""Exists during a build, and after an interrupted or failed one."""
