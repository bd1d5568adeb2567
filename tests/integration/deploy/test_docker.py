"""What Dockerfile and compose.yaml say. What they install is run in `test_install.py`."""

from __future__ import annotations

import re

import yaml

from tests.integration.deploy.conftest import DEPLOY, PROJECT
from tests.integration.deploy.docker import TARGET, Stage, stages
from webchat.settings import Settings, variable_name

OF_THE_IMAGE = "pip install --no-cache-dir uv"
"""What the image does to get uv, which is here already."""


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
