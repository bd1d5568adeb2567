from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.empty_database import make_empty_database
from webchat.hosting import build, doctor, node
from webchat.hosting.doctor import examine
from webchat.hosting.errors import NodeMissing
from webchat.hosting.findings import Finding, Verdict
from webchat.hosting.folder_lock import lock_data
from webchat.settings import load_settings


@pytest.fixture(autouse=True)
def sound_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "version", lambda: "24.0.0")
    monkeypatch.setattr(build, "current_release", lambda: Path("/releases/abc"))


def of(findings: list[Finding], subject: str) -> Finding:
    return next(finding for finding in findings if finding.subject == subject)


def test_before_the_first_start_nothing_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "current_release", lambda: None)
    findings = examine(load_settings(data_dir=tmp_path))

    assert not any(finding.is_fault for finding in findings)
    assert of(findings, "Build").verdict is Verdict.NOTE
    assert of(findings, "Database").verdict is Verdict.NOTE


def test_a_database_up_to_date_is_good(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    make_empty_database(settings.data_dir)

    assert of(examine(settings), "Database").verdict is Verdict.GOOD


def test_a_database_that_needs_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(data_dir=tmp_path)
    for revision, verdict in (("0000", Verdict.NOTE), ("9999", Verdict.FAULT)):
        monkeypatch.setattr(doctor, "current_revision", lambda _url, revision=revision: revision)

        assert of(examine(settings), "Database").verdict is verdict


def test_missing_node_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise NodeMissing("Node is missing")

    monkeypatch.setattr(node, "version", missing)

    assert of(examine(load_settings(data_dir=tmp_path)), "Node").is_fault


def test_address_says_who_can_use_it(tmp_path: Path) -> None:
    others = of(examine(load_settings(data_dir=tmp_path, host="0.0.0.0")), "Address")

    assert "people with an account" in others.words


def test_a_data_folder_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert of(examine(load_settings(data_dir=tmp_path / "file" / "data")), "Data folder").is_fault


def test_a_finding_is_one_line() -> None:
    assert Finding(Verdict.FAULT, "Build", "it\n  failed").line() == "FAULT Build        it failed"


def test_a_damaged_page_is_a_fault(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    make_empty_database(settings.data_dir)
    file = tmp_path / "webchat.db"
    # One that nothing reads before it is looked for.
    with closing(sqlite3.connect(file)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'message'")
        start = (found.fetchone()[0] - 1) * size
    contents = bytearray(file.read_bytes())
    contents[start : start + size] = b"\xff" * size
    file.write_bytes(contents)

    finding = of(examine(settings), "Database")
    assert finding.is_fault
    assert "damaged" in finding.words


def test_files_readable_by_others_are_a_fault_until_restart(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    make_empty_database(settings.data_dir)
    assert of(examine(settings), "Data folder").verdict is Verdict.GOOD

    (tmp_path / "webchat.db").chmod(0o644)
    finding = of(examine(settings), "Data folder")

    assert finding.is_fault
    assert "webchat.db" in finding.words
    assert (tmp_path / "webchat.db").stat().st_mode & 0o777 == 0o644  # it only looks


def test_who_uses_the_folder_is_said(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    (lock,) = lock_data(settings)

    assert (
        f"in use (process {os.getpid()}, http://127.0.0.1:3000)" in of(examine(settings), "Data folder").words
    )
    lock.release()


@pytest.mark.parametrize(
    ("version", "verdict"),
    [((3, 40, 1), Verdict.NOTE), ((3, 51, 3), Verdict.GOOD), ((4, 0, 0), Verdict.GOOD)],
)
def test_the_version_of_sqlite_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], verdict: Verdict
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, version)))
    finding = of(examine(load_settings(data_dir=tmp_path)), "SQLite")

    assert finding.verdict is verdict
    assert finding.words.startswith(".".join(map(str, version)))
