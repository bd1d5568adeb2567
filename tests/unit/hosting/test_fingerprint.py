from __future__ import annotations

from pathlib import Path

import pytest

from webchat.hosting import fingerprint


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("webchat/pages/chat.py", "webchat/providers/base.py", "webchat/cli.py", "assets/a.jsx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first")
    (tmp_path / "webchat/hosting").mkdir()
    (tmp_path / "webchat/hosting/same_origin.py").write_text("first")
    (tmp_path / "rxconfig.py").write_text("first")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["webchat/pages/chat.py", "assets/a.jsx", "rxconfig.py", "webchat/hosting/same_origin.py"]
)
def test_what_shapes_a_page_changes_it(project: Path, name: str) -> None:
    before = fingerprint.of_sources(project)
    (project / name).write_text("second")

    assert fingerprint.of_sources(project) != before


@pytest.mark.parametrize("name", ["webchat/state/new.py", "assets/new.css"])
def test_a_new_or_removed_file_changes_it(project: Path, name: str) -> None:
    before = fingerprint.of_sources(project)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).touch()
    with_new = fingerprint.of_sources(project)
    (project / name).unlink()

    assert with_new != before
    assert fingerprint.of_sources(project) == before


def test_what_shapes_no_page_does_not(project: Path) -> None:
    before = fingerprint.of_sources(project)
    (project / "webchat/providers/base.py").write_text("second")
    (project / "webchat/hosting/server.py").write_text("new")
    (project / "webchat/pages/chat.pyc").write_text("compiled")

    assert fingerprint.of_sources(project) == before


def test_content_moved_from_one_file_to_the_next_changes_it(project: Path) -> None:
    (project / "assets/a.jsx").write_text("ab")
    (project / "assets/b.jsx").write_text("c")
    before = fingerprint.of_sources(project)
    (project / "assets/a.jsx").write_text("a")
    (project / "assets/b.jsx").write_text("bc")

    assert fingerprint.of_sources(project) != before


def test_the_lock_files_change_the_build(tmp_path: Path) -> None:
    none = fingerprint.of_build("sources", tmp_path)
    (tmp_path / "package.json").write_text("{}")

    assert (
        len({none, fingerprint.of_build("sources", tmp_path), fingerprint.of_build("others", tmp_path)}) == 3
    )
