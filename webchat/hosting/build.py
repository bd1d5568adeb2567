"""Builds the pages if their sources have changed, at most one build at a time.

A finished build is a folder in `.build/releases`, named after its fingerprint and moved there atomically. An
interrupted build leaves nothing there, so the next start builds again. A running server keeps its own release
while a newer one is built.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from webchat.hosting import fingerprint, lock_files, node, paths
from webchat.hosting.base_path import CLIENT, PLACEHOLDER, TEMPLATES
from webchat.hosting.errors import BuildFailed

CONTENTS = "contents.json"
_RELEASES_KEPT = 3
_LOG_LINES_SHOWN = 15

Progress = Callable[[str], None]


def current_release() -> Path | None:
    """Return the finished build of the current sources, or None.

    Without Node it is the newest one, because there cannot be another.
    """
    if not node.is_installed():
        return next(filter(_is_whole, _newest_first()), None)
    folder = paths.RELEASES / fingerprint.of_build(fingerprint.of_sources())
    return folder if _is_whole(folder) else None


def ensure_built(progress: Progress) -> Path:
    """Return the release to serve, building it first if necessary.

    `progress` is called with one line for each step.

    Raises:
        NodeMissing: Node is not installed.
        BuildFailed: the pages could not be built; the message includes the end of the build's output.
    """
    if release := current_release():
        return release
    try:
        with _only_one_build(progress) as lock:
            return current_release() or _build(progress, lock)
    except OSError as error:
        raise BuildFailed(
            "disk",
            detail=str(error),
            releases=str(paths.RELEASES.parent),
            build=str(paths.BUILD_FOLDER),
        ) from error


def _build(progress: Progress, lock: IO[Any]) -> Path:
    sources = fingerprint.of_sources()
    commands = node.commands_folder()
    progress(
        f"Building the pages with Node {node.version()} (only after a change; the first build takes longest)"
    )
    if paths.UNFINISHED.exists():
        # npm treats a partially installed package as complete.
        shutil.rmtree(paths.BUILD_FOLDER, ignore_errors=True)
    paths.UNFINISHED.touch()
    _run_worker(build_environment(commands), progress, lock)
    paths.UNFINISHED.unlink()
    lock_files.write_plainly()
    return _publish(fingerprint.of_build(sources))


def build_environment(commands: Path) -> dict[str, str]:
    """Return the environment of the build: Node from `commands`, npm instead of Bun, no other downloads."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REFLEX_")}
    return inherited | {
        "PATH": os.pathsep.join([str(commands), inherited.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "REFLEX_DIR": str(paths.BUILD_FOLDER.parent / ".build" / "reflex"),
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_FRONTEND_PATH": PLACEHOLDER,
        "REFLEX_USE_NPM": "true",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        # Otherwise Reflex measures registries over the network and chooses one.
        "NPM_CONFIG_REGISTRY": node.npm_registry(),
        "npm_config_fetch_retries": "2",
        # The committed lock file must not name a registry, because everyone uses their own.
        "npm_config_omit_lockfile_registry_resolved": "true",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }


def _run_worker(environment: Mapping[str, str], progress: Progress, lock: IO[Any]) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as steps, paths.BUILD_LOG.open("wb") as log:
        try:
            worker = subprocess.Popen(
                [sys.executable, "-m", "webchat.hosting.build_worker", str(writing)],
                cwd=paths.PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # The worker also holds the lock, so that it stays locked if this process is killed.
                pass_fds=[writing, lock.fileno()],
                # A separate process group, so that npm and its children end with it.
                start_new_session=True,
            )
        finally:
            os.close(writing)
        try:
            for step in steps:
                progress(f"  {step.strip()} …")
            failed = worker.wait() != 0
        except BaseException:
            os.killpg(worker.pid, signal.SIGTERM)
            worker.wait()
            raise
    if failed:
        raise _failure(paths.BUILD_LOG.read_text(errors="replace"))


def _failure(log: str) -> BuildFailed:
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    network = any(sign in log for sign in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT"))
    shown = "\n".join(f"  {line}" for line in lines[-_LOG_LINES_SHOWN:])
    return BuildFailed("network" if network else "", log=str(paths.BUILD_LOG), lines=shown)


def _publish(name: str) -> Path:
    release, draft = paths.RELEASES / name, paths.RELEASES / f".draft-{os.getpid()}"
    shutil.rmtree(release, ignore_errors=True)
    shutil.rmtree(draft, ignore_errors=True)
    for part in (CLIENT, TEMPLATES):
        shutil.copytree(paths.BUILD_FOLDER / part, draft / part)
    shutil.copytree(paths.BUILD_FOLDER / "backend", draft / "backend")
    for file in ("reflex.json", "env.json"):
        shutil.copy2(paths.BUILD_FOLDER / file, draft / file)
    sizes = {path.relative_to(draft).as_posix(): path.stat().st_size for path in _files(draft)}
    (draft / CONTENTS).write_text(json.dumps(sizes))
    draft.rename(release)
    _forget_old_releases(keep=release)
    return release


def _is_whole(release: Path) -> bool:
    try:
        sizes = json.loads((release / CONTENTS).read_text())
        return all((release / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _forget_old_releases(keep: Path) -> None:
    others = [path for path in _newest_first() if path != keep]
    for path in others[_RELEASES_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _newest_first() -> list[Path]:
    """All releases, and drafts of them."""
    found = paths.RELEASES.iterdir() if paths.RELEASES.exists() else ()
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@contextmanager
def _only_one_build(progress: Progress) -> Iterator[IO[Any]]:
    paths.RELEASES.mkdir(parents=True, exist_ok=True)
    with paths.BUILD_LOCK.open("a") as lock:
        if not _try_lock(lock):
            progress("Another webchat is building the pages; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def _try_lock(lock: IO[Any]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
