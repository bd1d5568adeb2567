from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.deploy.docker import Stage, stages

PROJECT = Path(__file__).parents[3]
DEPLOY = PROJECT / "deploy"


def needed(program: str) -> str:
    """The path of a program from a Debian package; without it the test is skipped, but fails in CI."""
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{program} is not installed")
    return path


def let_everyone_in(folder: Path) -> None:
    """Let every user into a folder and those of the tests around it."""
    while folder != Path(tempfile.gettempdir()):
        folder.chmod(0o755)
        folder = folder.parent


@pytest.fixture
def image() -> Stage:
    """What the image does after its pages were built."""
    return stages(PROJECT / "Dockerfile")[-1]


@pytest.fixture(scope="module")
def installed(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where `deploy/install.sh` has put webchat."""
    folder = tmp_path_factory.mktemp("installed") / "webchat"
    done = subprocess.run(
        [str(DEPLOY / "install.sh"), str(folder)], capture_output=True, text=True, timeout=600, umask=0o022
    )
    assert done.returncode == 0, done.stderr
    assert "webchat is installed" in done.stdout
    let_everyone_in(folder)
    yield folder
    shutil.rmtree(folder)
