"""The steps of the Dockerfile without Docker: installed by the same script, and run as it would be there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.integration.deploy.conftest import DEPLOY, let_everyone_in, needed
from tests.integration.deploy.started import started
from tests.running_app import clean_environment, free_port

pytestmark = pytest.mark.network

NOBODY = 65534


def test_it_runs_as_nobody_without_node_and_writes_only_its_data(installed: Path, tmp_path: Path) -> None:
    assert not list(installed.glob(".venv/bin/node"))
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    let_everyone_in(tmp_path)
    os.chown(data, NOBODY, NOBODY)
    before = files_of(installed)
    port = free_port()
    environment = clean_environment(WEBCHAT_DATA_DIR=str(data), HOME="/nonexistent", PATH="/usr/bin:/bin")
    environment |= {"WEBCHAT_PORT": str(port), "WEBCHAT_PUBLIC_URL": f"http://127.0.0.1:{port}/chat"}
    as_nobody = [needed("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    command = [*as_nobody, str(installed / ".venv/bin/webchat")]
    with started(command, environment, data) as (_, lines):
        assert lines[-1] == f"webchat is running at http://127.0.0.1:{port}/chat\n", "".join(lines)
        assert lines[-2].startswith(f"  http://127.0.0.1:{port}/chat/setup/"), "".join(lines)
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").text == "ready\n"
        assert 'data-testid="setup-form"' in httpx.get(lines[-2].strip()).text
        doctor = subprocess.run(
            [*command, "doctor"], env=environment, cwd=data, capture_output=True, text=True, timeout=120
        )
        assert doctor.returncode == 0, doctor.stdout
        assert "not needed: the pages are built" in doctor.stdout
    assert files_of(installed) == before


def files_of(folder: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def test_the_unit_is_valid_and_closed(installed: Path, tmp_path: Path) -> None:
    unit = tmp_path / "webchat.service"
    text = (DEPLOY / "webchat.service").read_text()
    unit.write_text(text.replace("/opt/webchat/.venv/bin/webchat", str(installed / ".venv/bin/webchat")))
    analyze = needed("systemd-analyze")

    verified = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, timeout=60)
    assert (verified.returncode, verified.stderr) == (0, "")
    exposure = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", str(unit)], capture_output=True, timeout=60
    )
    assert exposure.returncode == 0, "its exposure is above 2.0"
