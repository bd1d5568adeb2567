"""Dockerfile and compose.yaml without Docker: their own steps are run over the files of this machine.

What a step writes goes into memory and is gone with the test.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml

from tests.integration.deploy.conftest import DEPLOY, needed
from tests.integration.deploy.docker import Stage, stages
from tests.integration.deploy.started import started
from tests.running_app import clean_environment, free_port
from webchat.settings import Settings, variable_name

pytestmark = pytest.mark.network

PROJECT = DEPLOY.parent
TARGET = "/opt/webchat"
OF_THE_IMAGE = "pip install --no-cache-dir uv"
"""What the image does to get uv, which is here already."""

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


@pytest.fixture
def image() -> Stage:
    """What the image does after its pages were built."""
    return stages(PROJECT / "Dockerfile")[-1]


def test_the_image_is_built_by_the_steps_that_are_tried_here(image: Stage) -> None:
    build, _ = stages(PROJECT / "Dockerfile")
    source = build.one("COPY").split()[-1]

    assert build.all("RUN") == [OF_THE_IMAGE, f"{source}/deploy/install.sh {TARGET}"]
    assert image.one("COPY") == f"--from=build {TARGET} {TARGET}"
    assert {name for name, _ in image.steps} == {
        *("RUN", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD")
    }


def test_the_image_gets_all_that_is_installed() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().split()
    script = (DEPLOY / "install.sh").read_text()
    parts = script.partition("for part in ")[2].partition(";")[0].split()

    assert ignored[0] == "*"
    assert {f"!{part}" for part in [*parts, "deploy"]} <= set(ignored)
    assert all((PROJECT / part).exists() for part in parts)


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
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").text == "ready\n"
        owner = (Path(f"/proc/{pid}/root") / image.one("VOLUME").lstrip("/")).stat()
        status = Path(f"/proc/{pid}/status").read_text()
        assert f"Uid:\t{owner.st_uid}\t" in status
        assert owner.st_uid != 0
        assert owner.st_mode & 0o777 == 0o700
    assert not Path(image.one("VOLUME")).exists(), "this machine was changed"


def test_compose_fits_the_image_and_the_files_beside_it(image: Stage) -> None:
    compose = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    webchat, caddy = compose["services"]["webchat"], compose["services"]["caddy"]

    assert webchat["build"] == "."
    assert {name for name in webchat["environment"] if name.startswith("WEBCHAT_")} <= {
        variable_name(field) for field in Settings.model_fields
    }
    assert webchat["read_only"]
    assert webchat["tmpfs"] == ["/tmp"]
    mounted = dict(each.split(":")[:2] for each in webchat["volumes"])
    assert mounted == {"data": image.one("VOLUME")}
    assert caddy["environment"]["WEBCHAT_UPSTREAM"] == f"webchat:{image.one('EXPOSE')}"
    assert caddy["depends_on"] == {"webchat": {"condition": "service_healthy"}}
    assert image.health_check
    for each in caddy["volumes"]:
        place = each.split(":")[0]
        assert (PROJECT / place).is_file() if place.startswith(".") else place in compose["volumes"]
    used = re.findall(r"\{\$([A-Z_]+)", (DEPLOY / "Caddyfile").read_text())
    assert used
    assert set(used) == set(caddy["environment"])
