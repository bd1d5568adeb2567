"""The process that parses a file to import, started by `services.transfer.parser_process`.

It writes the frames of the file to its output: for each the length in eight bytes, then a pickle. A
hostile file can only harm this process.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from webchat.services.transfer.parsers.files import OpenedFile
from webchat.services.transfer.parsers.frames import frames

MOST_MEMORY = 1024 * 1024 * 1024
"""Maximum bytes of address space; a file of 500 MB needs a fifth of it."""
LENGTH = struct.Struct(">Q")
_NICENESS = 5


def main() -> None:
    """Parse the file named by the argument, within the limits above."""
    with suppress(ImportError, OSError, ValueError):  # not available on Windows
        import resource

        os.nice(_NICENESS)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with suppress(BrokenPipeError):
        _write(OpenedFile(Path(sys.argv[1])), sys.stdout.buffer)


def _write(file: OpenedFile, output: BinaryIO) -> None:
    for frame in frames(file):
        data = pickle.dumps(frame, protocol=pickle.HIGHEST_PROTOCOL)
        output.write(LENGTH.pack(len(data)))
        output.write(data)
        output.flush()


if __name__ == "__main__":
    main()
