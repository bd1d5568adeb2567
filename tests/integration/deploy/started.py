"""Starts webchat by a command of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None
) -> Iterator[tuple[int, list[str]]]:
    """The process id of the webchat that `command` starts, and the lines it has said until it runs.

    Afterwards it is asked to stop, which it must do in good order.
    """
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("webchat is running at"):
                break
        try:
            assert lines, "it said nothing"
            assert lines[-1].startswith("webchat is running at"), "".join(lines)
            yield process.pid, lines
        finally:
            process.terminate()
            process.communicate()
    assert process.returncode == 0
