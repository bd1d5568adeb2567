"""The command as a person uses it: start, a second start, the ways it says no, the ways it ends."""

from __future__ import annotations

import re
import signal
import sqlite3
from pathlib import Path

import httpx
import pytest

from tests.running_app import RunningApp, free_port, run_webchat
from webchat.providers.registry import FREE_SERVICES
from webchat.storage.sqlite import FIXED_IN

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("built")]


def test_says_where_it_is_and_serves_the_page(app: RunningApp) -> None:
    page = httpx.get(app.url)

    assert f"webchat is running at {app.url}\n" in app.log
    assert page.status_code == 200
    assert "<title>webchat" in page.text
    assert (app.data_dir / "webchat.db").is_file()


def test_a_start_with_nothing_changed_builds_nothing(app: RunningApp) -> None:
    assert "Building" not in app.log


def test_pages_are_asked_for_again_and_their_files_kept_forever(app: RunningApp) -> None:
    page = httpx.get(app.url, headers={"Accept-Encoding": "gzip"})
    script = httpx.get(app.url + page.text.split('modulepreload" href="')[1].split('"')[0])
    revisit = httpx.get(app.url, headers={"Accept-Encoding": "gzip", "If-None-Match": page.headers["ETag"]})
    smaller = httpx.get(app.url, headers={"Accept-Encoding": "gzip, br"})

    assert page.headers["Content-Encoding"] == "gzip"
    assert smaller.headers["Content-Encoding"] == "br"
    assert page.headers["Cache-Control"] == "no-cache"
    assert revisit.status_code == 304
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.headers["Content-Encoding"] == "gzip"


def test_pages_outside_the_app_name_typefaces_that_are_served(app: RunningApp) -> None:
    page = httpx.get(f"{app.url}/share/none")
    fonts = re.findall(r'url\("([^"]+[.]woff2)"\)', page.text)

    assert "font-src 'self'" in page.headers["Content-Security-Policy"]
    assert len(fonts) == 6
    for font in fonts:
        file = httpx.get(app.url + font)
        assert (file.status_code, file.headers["Content-Type"]) == (200, "font/woff2")
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_every_inline_script_of_the_page_is_named_in_its_policy(app: RunningApp) -> None:
    page = httpx.get(app.url)
    policy = page.headers["Content-Security-Policy"]

    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "'unsafe-eval'" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    running = RunningApp(tmp_path / "data", first_start=True).start()

    assert running.stop(number) == 0
    assert "Traceback" not in running.log


def test_it_ends_although_a_client_keeps_its_connection(tmp_path: Path) -> None:
    running = RunningApp(tmp_path / "data", first_start=True).start()
    with httpx.Client() as client:
        client.get(running.url)

        assert running.stop() == 0


def test_it_starts_again_on_the_same_data(tmp_path: Path) -> None:
    with RunningApp(tmp_path / "data", first_start=True) as running:
        running.kill()
        running.start()

        assert httpx.get(running.url).status_code == 200


def test_a_taken_port_is_said(app: RunningApp, tmp_path: Path) -> None:
    done = run_webchat("--port", str(app.port), "--data-dir", str(tmp_path))

    assert done.returncode == 1
    assert f"Port {app.port} on 127.0.0.1 is already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_webchat_on_the_same_data_does_not_start(app: RunningApp) -> None:
    done = run_webchat("--port", str(free_port()), "--data-dir", str(app.data_dir))

    assert done.returncode == 1
    assert (
        f"Another webchat is using the data folder {app.data_dir} (process {app.pid}, {app.url})"
        in done.stderr
    )
    assert "--data-dir" in done.stderr
    assert "Traceback" not in done.stderr
    assert httpx.get(app.url).status_code == 200


def test_files_in_a_shared_folder_are_readable_by_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    with RunningApp(folder):
        files = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}

    assert {"webchat.db", "webchat.db-wal", "webchat.db-shm", "webchat.lock"} <= set(files)
    assert set(files.values()) == {0o600}


def test_page_without_final_slash_is_found_behind_https_proxy(app: RunningApp) -> None:
    for path in ("/history", "/settings"):
        response = httpx.get(app.url + path)

        assert response.headers.get("Location", "/").startswith("/"), path


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = run_webchat("--data-dir", str(tmp_path / "file" / "data"))

    assert done.returncode == 1
    assert f"cannot write to the data folder {tmp_path / 'file' / 'data'}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_of_a_newer_webchat_is_said(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "webchat.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.close()

    done = run_webchat("--port", str(free_port()), "--data-dir", str(tmp_path))

    assert done.returncode == 1
    assert "created by a newer version of webchat" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_address_is_served_with_accounts_only(tmp_path: Path) -> None:
    with RunningApp(tmp_path / "data", {"WEBCHAT_HOST": "0.0.0.0"}, first_start=True) as running:
        link = running.setup_link()
        assert httpx.get(running.url, headers={"Host": "192.0.2.7:3000"}).status_code == 503
        assert httpx.get(running.url, headers={"Host": "rebound.example"}).status_code == 403
        assert httpx.get(link).status_code == 200
        made = httpx.post(
            link,
            data={"username": "ann", "password": "a long password"},
            headers={"Origin": running.url, "Sec-Fetch-Site": "same-origin"},
        )
        assert made.status_code == 303
        assert httpx.get(running.url, cookies=made.cookies).status_code == 200
        assert (
            httpx.get(running.url, headers={"Accept": "text/html"}).headers["Location"].startswith("/sign-in")
        )


def test_a_broken_setting_is_named(tmp_path: Path) -> None:
    done = run_webchat("--data-dir", str(tmp_path), WEBCHAT_IDLE_TIMEOUT="soon")

    assert done.returncode == 2
    assert "WEBCHAT_IDLE_TIMEOUT is 'soon'" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_finds_a_running_webchat_well(app: RunningApp) -> None:
    done = run_webchat("--data-dir", str(app.data_dir), "doctor")

    assert done.returncode == 0, done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    said_of_sqlite = "ok" if sqlite3.sqlite_version_info >= FIXED_IN else "note"
    assert [kind for kind, *_ in lines] == ["ok"] * 5 + [said_of_sqlite, "ok"] + ["note"] * 5
    assert f"in use (process {app.pid}, {app.url})" in done.stdout
    # The free services are not ours to try unasked.
    assert {line[2] for line in lines[7:]} == {f"{service.kind}:" for service in FREE_SERVICES}


def test_doctor_fails_on_a_fault(tmp_path: Path) -> None:
    (tmp_path / "webchat.db").write_text("this is no database, only a text that is long enough" * 99)

    done = run_webchat("--data-dir", str(tmp_path), "doctor")

    assert done.returncode == 1
    assert "FAULT Database" in done.stdout
