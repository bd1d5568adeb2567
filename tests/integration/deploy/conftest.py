from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running_app import build_once
from tests.upstreams.openai import openai_process

DEPLOY = Path(__file__).parents[3] / "deploy"


def needed(program: str) -> str:
    """The path of a program from a Debian package; without it the test is skipped, but fails in CI."""
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{program} is not installed")
    return path


@pytest.fixture(scope="session")
def built() -> None:
    build_once()


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """The base URL of a loopback service in a process of its own."""
    with openai_process() as url:
        yield url
