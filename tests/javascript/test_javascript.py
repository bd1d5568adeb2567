"""The scripts of the pages, checked and tested with the Node that builds them."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
from pathlib import Path

import pytest

from webchat.hosting import node

HERE = Path(__file__).parent
LOCK_FILE = HERE / "package-lock.json"
ASSETS = HERE.parents[1] / "assets"
MAY_IMPORT: dict[str, set[str]] = {"ui": set(), "markdown": {"ui"}, "chat": {"ui", "markdown"}}
"""For every folder of scripts, the folders it may import from besides itself."""
INSTALLED = HERE / "node_modules" / ".package-lock.json"
"""What npm writes once all packages are there."""


def run(*command: str) -> None:
    """Run one of Node's commands, or one of a package; its output is the message of a failure."""
    folders = [str(node.commands_folder()), str(HERE / "node_modules" / ".bin"), os.environ["PATH"]]
    done = subprocess.run(
        command,
        cwd=HERE,
        env=os.environ | {"PATH": os.pathsep.join(folders), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}", pytrace=False)


def is_current() -> bool:
    return INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK_FILE.stat().st_mtime


@pytest.fixture(scope="session")
def packages() -> None:
    """The packages of package-lock.json, fetched where they are missing or older than it."""
    with (HERE / ".npm-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current():
            run("npm", "ci", "--no-audit", "--no-fund", "--no-update-notifier")
            INSTALLED.touch()


@pytest.mark.usefixtures("packages")
def test_the_style_of_scripts_and_of_their_tests() -> None:
    run("biome", "check", "--error-on-warnings", ".", "../../assets")


@pytest.mark.usefixtures("packages")
def test_the_types_of_scripts() -> None:
    # Only what has changed since the last time is checked again, and what uses it.
    run("tsc", "--project", ".", "--incremental", "--tsBuildInfoFile", "node_modules/.types")


@pytest.mark.usefixtures("packages")
def test_the_logic_of_the_pages() -> None:
    loaded = ("--import", "./browser.js", "--import", "./packages.js")
    run("node", *loaded, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--test")


def imports(script: Path) -> set[str]:
    return set(re.findall(r'(?:from|import\(|import) ?"([^"]+)"', script.read_text()))


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_scripts_import_downward_only(folder: str) -> None:
    imported = {
        name
        for script in (ASSETS / folder).iterdir()
        for target in imports(script)
        if target.startswith("../")
        for name in [target.split("/")[1]]
    }

    assert imported <= MAY_IMPORT[folder]


def test_the_logic_of_the_pages_knows_no_react() -> None:
    logic = {script for script in ASSETS.rglob("*/*.js") if not script.name.startswith("use_")}

    assert {script.name for script in logic if "react" in imports(script)} == set()
    assert {"message_store.js", "answer_stream.js", "outbox.js"} <= {script.name for script in logic}
