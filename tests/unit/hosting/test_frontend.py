"""The committed lock files and the change to Reflex's script, against the Reflex that is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reflex_base import constants

from webchat.hosting import lock_files, paths
from webchat.hosting.same_origin import (
    STATE_SCRIPT,
    SameOriginPlugin,
    UnknownReflex,
    changed_script,
    use_page_address,
)

SCRIPT = (constants.Templates.Dirs.WEB_TEMPLATE / STATE_SCRIPT).read_text()


def test_the_page_takes_its_own_port() -> None:
    changed = use_page_address(SCRIPT)

    assert "endpoint.port = window.location.port;" in changed
    assert 'endpoint.port = "";' not in changed
    assert changed_script("whatever an earlier build left") == changed


def test_a_replaced_address_keeps_the_page() -> None:
    changed = use_page_address(SCRIPT)

    assert "navigate(pathname, { replace: true })" not in changed
    assert 'history.replaceState(window.history.state, "", (window.' in changed
    assert "pathname: window.location.pathname.slice(" in changed


def test_a_script_that_looks_otherwise_is_not_guessed_at() -> None:
    with pytest.raises(UnknownReflex):
        use_page_address("export const getBackendURL = (url) => url;")


def test_the_plugin_registers_the_change() -> None:
    tasks = []
    SameOriginPlugin().pre_compile(add_modify_task=lambda *task: tasks.append(task))

    assert tasks == [(STATE_SCRIPT, changed_script)]


def test_the_lock_files_name_no_registry_and_no_bun() -> None:
    assert {path.name for path in paths.LOCK_FILES.iterdir()} == {"package.json", "package-lock.json"}
    assert '"resolved"' not in (paths.LOCK_FILES / "package-lock.json").read_text()


def test_the_lock_files_belong_together() -> None:
    wanted = json.loads((paths.LOCK_FILES / "package.json").read_text())
    locked = json.loads((paths.LOCK_FILES / "package-lock.json").read_text())["packages"][""]

    for section in ("dependencies", "devDependencies"):
        assert wanted[section] == locked[section]


def test_equal_locks_are_equal_files(tmp_path: Path) -> None:
    file = tmp_path / "package.json"
    written = set()
    for content in (
        {"name": "x", "dependencies": {"b": "1", "a": "2"}, "devDependencies": {}},
        {"devDependencies": {}, "name": "x", "dependencies": {"a": "2", "b": "1"}},
    ):
        file.write_text(json.dumps(content))
        lock_files.write_plainly(tmp_path)
        written.add(file.read_text())

    assert len(written) == 1
    assert json.loads(written.pop()) == content
