"""`webchat user`, while webchat runs and while it does not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.hosting.test_accounts import PASSWORD, posted
from tests.running_app import RunningApp, run_webchat

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("built")]


@pytest.fixture(scope="module")
def app(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A webchat with the administrator `ann`."""
    with RunningApp(tmp_path_factory.mktemp("users") / "data", {"WEBCHAT_HOST": "0.0.0.0"}) as running:
        link = running.setup_link().removeprefix(running.url)
        assert posted(running, link, username="ann", password=PASSWORD).status_code == 303
        yield running


def run_user(app: RunningApp, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = run_webchat("--data-dir", str(app.data_dir), "user", *arguments)
    assert "Traceback" not in done.stderr
    return done


def link_in(output: str) -> str:
    return "/invite/" + output.rpartition("/invite/")[2].split()[0]


def signs_in(app: RunningApp, username: str, password: str = PASSWORD) -> bool:
    return posted(app, "/sign-in", username=username, password=password).status_code == 303


def test_account_is_added_disabled_enabled_reset_and_deleted(app: RunningApp, tmp_path: Path) -> None:
    added = run_user(app, "add", "bob")
    assert added.returncode == 0
    assert not signs_in(app, "bob", "")
    cookies = posted(app, link_in(added.stdout), username="bob", password=PASSWORD).cookies
    assert httpx.get(f"{app.url}/api/prompts", cookies=cookies).status_code == 200
    assert "bob" in run_user(app, "list").stdout

    assert run_user(app, "disable", "bob").returncode == 0
    assert not signs_in(app, "bob")
    assert run_user(app, "enable", "bob").returncode == 0
    assert signs_in(app, "bob")

    link = link_in(run_user(app, "reset", "bob").stdout)
    assert posted(app, link, username="bob", password="another password").status_code == 303
    assert not signs_in(app, "bob")

    file = tmp_path / "bob.json"
    assert run_user(app, "delete", "bob", "--yes", "--export", str(file)).returncode == 0
    assert json.loads(file.read_text())["conversations"] == []
    assert not signs_in(app, "bob", "another password")
    assert "bob" not in run_user(app, "list").stdout


def test_what_cannot_be_done_is_said(app: RunningApp) -> None:
    for arguments, words in (
        (("add", "ann"), "already an account"),
        (("reset", "nobody"), "no longer exists"),
        (("disable", "ann"), "only administrator"),
        (("delete", "ann", "--yes"), "only administrator"),
    ):
        refused = run_user(app, *arguments)
        assert refused.returncode == 1, arguments
        assert words in refused.stderr, arguments
    assert signs_in(app, "ann")


def test_delete_asks_first_and_offers_an_export(app: RunningApp) -> None:
    asked = run_user(app, "delete", "ann")

    assert asked.returncode == 1
    assert "--export FILE" in asked.stdout
    assert signs_in(app, "ann")
