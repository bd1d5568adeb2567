"""What `deploy/install.sh` installs, run by another user, and as the Dockerfile runs it.

Docker is not needed: the steps of the image are run over the files of this machine. What they write goes into
memory and is gone with the test.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.integration.deploy.conftest import DEPLOY, let_everyone_in, needed
from tests.integration.deploy.docker import TARGET, Stage
from tests.integration.deploy.started import started
from tests.running_app import clean_environment, free_port

pytestmark = pytest.mark.network

NOBODY = 65534
ROOT = """set -e
mount -t tmpfs tmpfs "$WORK"
mkdir "$WORK/written" "$WORK/work" "$WORK/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$WORK/written,workdir=$WORK/work" "$WORK/root"
mount --rbind /dev "$WORK/root/dev"
mount --rbind /proc "$WORK/root/proc"
chroot "$WORK/root" sh -c "$RUN" >&2
mount -t tmpfs -o mode=1777 tmpfs "$WORK/root/tmp"
mkdir -p "$WORK/root$INSTALLED"
mount --bind "$INSTALLED" "$WORK/root$INSTALLED"
mount --bind "$WORK/root$VOLUME" "$WORK/root$VOLUME"
mount -o remount,bind,ro "$WORK/root"
if touch "$WORK/root/opt/written" 2>/dev/null; then echo "it can be written" >&2; exit 1; fi
"""
"""Makes a root folder of the machine's own files, runs the image's steps in it and makes it read-only."""


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
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).text == "ready\n"
        assert 'data-testid="setup-form"' in httpx.get(lines[-2].strip(), timeout=60).text
        doctor = subprocess.run(
            [*command, "doctor"], env=environment, cwd=data, capture_output=True, text=True, timeout=120
        )
        assert doctor.returncode == 0, doctor.stdout
        assert "not needed: the pages are built" in doctor.stdout
    assert files_of(installed) == before


def files_of(folder: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def test_the_image_runs_as_its_own_user_over_files_that_cannot_be_written(
    image: Stage, installed: Path, tmp_path: Path
) -> None:
    if subprocess.run([needed("unshare"), "--mount", "true"], capture_output=True, timeout=60).returncode:
        pytest.skip("this machine lets nobody mount anything")
    port = free_port()
    environment = clean_environment(WEBCHAT_PORT=str(port))
    path = image.environment["PATH"].replace(TARGET, str(installed)).replace("$PATH", "/usr/bin:/bin")
    environment |= image.environment | {"PATH": path}
    script = {
        "WORK": str(tmp_path),
        "INSTALLED": str(installed),
        "RUN": " && ".join(image.all("RUN")),
        "VOLUME": image.one("VOLUME"),
    }
    user = image.one("USER")
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    start = f'cd {image.one("WORKDIR")}; exec env PATH="{path}" {shlex.join(image.command)}'
    inside = ["chroot", f"{tmp_path}/root", *as_user, "sh", "-c", start]
    with started(
        [needed("unshare"), "--mount", "sh", "-c", f"{ROOT}exec {shlex.join(inside)}"],
        {**environment, **script, "PATH": f"{path}:/usr/sbin:/sbin"},
    ) as (pid, _):
        check = [word.replace(image.one("EXPOSE"), str(port)) for word in image.health_check]
        healthy = subprocess.run(check, env=environment, capture_output=True, text=True, timeout=60)
        assert (healthy.returncode, healthy.stderr) == (0, "")
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).text == "ready\n"
        owner = (Path(f"/proc/{pid}/root") / image.one("VOLUME").lstrip("/")).stat()
        status = Path(f"/proc/{pid}/status").read_text()
        assert f"Uid:\t{owner.st_uid}\t" in status
        assert owner.st_uid != 0
        assert owner.st_mode & 0o777 == 0o700
    assert not Path(image.one("VOLUME")).exists(), "this machine was changed"


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
