"""Where tests keep their files: in memory, where there is room.

On a disk, each of thousands of commits to a database waits until it is written.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")
_NEEDED = 4 * 1024**3
"""Bytes that must be free, of the folder and of the machine's memory; a run takes a quarter of it."""


def use_memory() -> None:
    """Let all temporary folders of this process, and of those it starts, be in memory.

    Nothing changes where `TMPDIR` is set, where memory is short, or where programs there cannot be run.
    """
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = str(_IN_MEMORY)
        tempfile.tempdir = None  # it was looked up already


def _has_room() -> bool:
    try:
        runs_programs = not os.statvfs(_IN_MEMORY).f_flag & os.ST_NOEXEC
        free = min(shutil.disk_usage(_IN_MEMORY).free, _available_memory())
    except OSError:  # not Linux
        return False
    return runs_programs and free >= _NEEDED and os.access(_IN_MEMORY, os.W_OK)


def _available_memory() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
