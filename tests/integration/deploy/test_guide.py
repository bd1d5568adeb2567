"""The commands of docs/hosting.md: those that change a machine are named here, all others are run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.empty_database import make_empty_database
from tests.integration.deploy.conftest import DEPLOY
from tests.running_app import run_webchat
from webchat.settings import Settings, variable_name

pytestmark = pytest.mark.network

GUIDE = DEPLOY.parent / "docs" / "hosting.md"
AS_THE_SERVICE = "runuser --user webchat -- webchat --data-dir /var/lib/webchat "
OF_THE_MACHINE = {"apt-get", "pip", "ln", "useradd", "echo", "systemctl", "journalctl", "docker"}
"""What only a machine of one's own allows. `deploy/install.sh` is run by `test_install.py`."""
WITH_ACCOUNTS = "user"


def commands() -> list[str]:
    """Every line of the blocks of commands."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_each_command_is_run_or_known() -> None:
    for line in commands():
        words = shlex.split(line)
        program = words[1] if "=" in words[0] else words[0]
        known = program in {"deploy/install.sh", "cp", "sed", "runuser"} | OF_THE_MACHINE
        assert known, line
        for word in words:
            if word.startswith("deploy/"):
                assert (DEPLOY.parent / word).is_file(), word


def test_the_commands_of_the_service_work(tmp_path: Path) -> None:
    data = tmp_path / "data"
    make_empty_database(data)
    ran = []
    for line in commands():
        if not line.startswith(AS_THE_SERVICE):
            continue
        words = shlex.split(line.removeprefix(AS_THE_SERVICE).replace("/var/lib/webchat", str(tmp_path)))
        if words[0] == WITH_ACCOUNTS:
            continue
        done = run_webchat("--data-dir", str(data), *words)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        ran.append(words[0])

    assert ran == ["doctor", "backup", "restore"]


def test_each_variable_is_a_setting() -> None:
    named = set(re.findall(r"WEBCHAT_[A-Z_]+", GUIDE.read_text()))
    of_compose = set(re.findall(r"\$\{(WEBCHAT_[A-Z_]+)", (DEPLOY.parent / "compose.yaml").read_text()))

    assert named - of_compose <= {variable_name(field) for field in Settings.model_fields}
