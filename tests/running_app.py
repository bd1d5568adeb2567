"""The real `webchat` command as a process on a free loopback port, for tests that need the whole app."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.empty_database import make_empty_database
from tests.forked import ForkedProcess, run_forked
from tests.streaming_rows import check_server, check_streaming_rows
from webchat.hosting.build import ensure_built
from webchat.storage.location import DATABASE_FILE

_MAIN = "from webchat.cli import main; main()"
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 20


def build_once() -> None:
    """Build the pages now where they changed, so that no test waits for it with a timeout of its own."""
    ensure_built(lambda line: print(line, file=sys.__stderr__))


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**env: str) -> dict[str, str]:
    """Return this process's environment without any setting of webchat, and `env` on top."""
    settings = ("WEBCHAT_", "OPENAI_", "REFLEX_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    # As in `tests/conftest.py`; benchmarks start servers too.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    # No test may find a model server that happens to run on this machine, and tests send faster than people.
    off = ("WEBCHAT_FIND_LOCAL_SERVERS", "WEBCHAT_RATE_LIMITS", "WEBCHAT_WRITE_TITLES")
    return kept | dict.fromkeys(off, "false") | env


def run_webchat(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end and return its exit code and what it wrote."""
    return run_forked(_MAIN, arguments, clean_environment(**env))


class RunningApp:
    """One webchat with a data folder and a port of its own.

    with RunningApp(tmp_path) as app:      # started, answering
        httpx.get(app.url)
        app.kill(); app.start()            # a crash and a restart on the same data and port

    Args:
        before: Python that the process runs before the command, to shorten a time nobody can set.
        forked: Whether it starts as a copy of a process that has imported the libraries, which saves two
            seconds; else as the command itself, whose memory can be measured.
        first_start: Whether it makes its database itself. Else a forked one finds an empty database in a new
            folder, which saves a tenth of a second.
    """

    def __init__(
        self,
        data_dir: Path,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        before: str = "",
        forked: bool = True,
        first_start: bool = False,
    ) -> None:
        self.data_dir = data_dir
        self.env = dict(env or {})
        self.port = port or free_port()
        self._forked = forked
        self._first_start = first_start
        self._process: ForkedProcess | subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._answers = False
        self._script = f"{before}\n{_MAIN}"
        self._log = data_dir.parent / f"{data_dir.name}-{self.port}.log"

    @property
    def url(self) -> str:
        """The address of the app, without a slash at the end; also its origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether it was started and neither stopped nor killed."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The process id of the server."""
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def log(self) -> str:
        """Everything the app has written so far, over all its starts."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self, env: Mapping[str, str] | None = None) -> Self:
        """Start the app and return once it answers; `env` is added to the environment from now on."""
        assert self._process is None, "already running"
        self.env.update(env or {})
        if self._forked and not self._first_start and not self.data_dir.exists():
            make_empty_database(self.data_dir)
        arguments = ["--port", str(self.port), "--data-dir", str(self.data_dir)]
        environment = clean_environment(**self.env)
        if self._forked:
            self._process = ForkedProcess(self._script, arguments, environment)
        else:
            self._process = subprocess.Popen(
                [sys.executable, "-c", self._script, *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        assert self._process.stdout is not None
        spoken = threading.Event()
        self._reader = threading.Thread(target=self._write_log, args=(self._process.stdout, spoken))
        self._reader.start()
        spoken.wait(_SECONDS_TO_START)
        if not self._answers:
            self._process.kill()
            code = self._ended()
            raise AssertionError(f"webchat did not start (exit code {code}):\n{self.log}")
        self.check_answers()
        return self

    def setup_link(self) -> str:
        """The link that makes the administrator, as the app has printed it."""
        before, setup, after = self.log.rpartition("/setup/")
        link = before.split()[-1] + setup + after.split()[0]
        return link.replace("0.0.0.0", "127.0.0.1")

    def check_answers(self) -> None:
        """Fail if a message is being written that this server does not write."""
        check_server(self.data_dir / DATABASE_FILE, self.url)

    def _write_log(self, output: IO[bytes], spoken: threading.Event) -> None:
        self._answers = False
        with output, self._log.open("ab", buffering=0) as log:
            for line in output:
                log.write(line)
                if line.startswith(b"webchat is running at"):
                    self._answers = True
                    spoken.set()
        spoken.set()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the app in good order with a signal and return its exit code; no answer is left running."""
        assert self._process is not None, "not started"
        self._process.send_signal(number)
        code = self._ended()
        if (database := self.data_dir / DATABASE_FILE).exists():
            check_streaming_rows(database)
        return code

    def kill(self) -> None:
        """End the app at once, as a crash would."""
        assert self._process is not None, "not started"
        self._process.kill()
        self._ended()

    def _ended(self) -> int:
        assert self._process is not None
        try:
            return self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"webchat did not end within {_SECONDS_TO_STOP} s:\n{self.log}") from None
        finally:
            self._process = None
            if self._reader is not None:
                self._reader.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.stop()
