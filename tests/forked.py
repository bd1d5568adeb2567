"""Python processes that start at once: copies of one that has imported the libraries already.

Importing them takes two seconds, which is most of the time of a start. Each process has an environment,
arguments and output of its own, and can be signalled and killed like any other.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import IO, Self

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.preloaded"])


class ForkedProcess:
    """A process that runs a script, with the methods of `subprocess.Popen` that tests need.

    Args:
        script: Python source.
        arguments: Follow the name of the script in `sys.argv`.
        env: The whole environment of the process.
        errors_apart: Whether `stderr` is a stream of its own; else it goes to `stdout`.
    """

    def __init__(
        self, script: str, arguments: Sequence[str], env: Mapping[str, str], *, errors_apart: bool = False
    ) -> None:
        output, write_output = Pipe(duplex=False)
        errors, write_errors = Pipe(duplex=False) if errors_apart else (None, None)
        self._process = _CONTEXT.Process(
            target=_run, args=(script, list(arguments), dict(env), write_output, write_errors), daemon=True
        )
        self._process.start()
        for end in (write_output, write_errors):
            if end is not None:
                end.close()
        self.stdout = _file(output)
        self.stderr = None if errors is None else _file(errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while the process runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("forked process", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, if the process still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process as a crash would."""
        self.send_signal(signal.SIGKILL)


def run_forked(
    script: str, arguments: Sequence[str], env: Mapping[str, str], timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a script to its end and return its exit code and what it wrote."""
    process = ForkedProcess(script, arguments, env, errors_apart=True)
    written: dict[str, str] = {}
    readers = [
        threading.Thread(target=_read, args=(written, name, stream))
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr))
    ]
    for reader in readers:
        reader.start()
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    finally:
        for reader in readers:
            reader.join()
    return subprocess.CompletedProcess([*arguments], code, **written)


def _file(end: Connection) -> IO[bytes]:
    with end:
        return os.fdopen(os.dup(end.fileno()), "rb")


def _read(written: dict[str, str], name: str, stream: IO[bytes]) -> None:
    with stream:
        written[name] = stream.read().decode()


def _run(
    script: str,
    arguments: list[str],
    env: dict[str, str],
    output: Connection,
    errors: Connection | None,
) -> None:
    os.dup2(output.fileno(), 1)
    os.dup2((errors or output).fileno(), 2)
    for end in (output, errors):
        if end is not None:
            end.close()
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["-c", *arguments]
    exec(compile(script, "<script>", "exec"), {"__name__": "__main__"})
