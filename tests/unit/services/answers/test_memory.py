"""What glibc is told, seen in a process of its own: it holds for all that comes after."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Frees a block of 16 MiB, takes one of 8, and prints what glibc has asked of the system for it alone.
_SCRIPT = """
import ctypes
from webchat.services.answers import memory

class Info(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

tell = ctypes.CDLL(None).mallinfo2
tell.restype = Info
if TOLD:
    memory.keep_large_blocks_apart()
bytearray(16 << 20)
before = tell().hblkhd
block = bytearray(8 << 20)
print(tell().hblkhd - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about glibc")
@pytest.mark.parametrize("told", [True, False])
def test_large_blocks_are_taken_from_the_system_one_by_one_once_glibc_is_told(told: bool) -> None:
    script = _SCRIPT.replace("TOLD", str(told))

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert (int(done.stdout) >= 8 << 20) is told
