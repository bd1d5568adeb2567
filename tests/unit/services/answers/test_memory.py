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


# Frees 32 MiB in blocks too small to be taken one by one, all but the last, which keeps glibc from letting go
# of the others, and prints by how many bytes the process has shrunk.
_SCATTERED = """
import ctypes
import os
from webchat.services.answers import memory

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
blocks = [library.malloc(64 << 10) for _ in range(513)]
for block in blocks:
    library.memset(block, 1, 64 << 10)
for block in blocks[:-1]:
    library.free(block)
before = resident()
if TOLD:
    memory.give_back()
print(before - resident())
"""

_about_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about glibc")


@_about_glibc
@pytest.mark.parametrize("told", [True, False])
def test_large_blocks_are_separate_once_glibc_is_configured(told: bool) -> None:
    script = _SCRIPT.replace("TOLD", str(told))

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert (int(done.stdout) >= 8 << 20) is told


@_about_glibc
@pytest.mark.parametrize("told", [True, False])
def test_what_is_free_goes_back_to_the_system_once_glibc_is_told(told: bool) -> None:
    script = _SCATTERED.replace("TOLD", str(told))

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert (int(done.stdout) >= 16 << 20) is told
