"""`webchat restore`: a backup brings everything back, and one that cannot be used changes nothing."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests import documents
from tests.empty_database import make_empty_database
from tests.running_app import RunningApp, run_webchat
from tests.tab import Tab, read_answer
from tests.upstreams.openai import openai_process
from webchat.hosting.backup import back_up
from webchat.hosting.errors import DataFolderInUse, RestoreFailed
from webchat.hosting.folder_lock import lock_data
from webchat.hosting.restore import restore
from webchat.settings import Settings, load_settings
from webchat.storage.engine import Database
from webchat.storage.migrations import current_revision, head_revision, runner
from webchat.storage.queries import assistants, conversations, file_lists, users
from webchat.storage.secrets import KEY_FILE, open_secrets

pytestmark = pytest.mark.network


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path) -> Settings:
    """A data folder with one conversation and a key."""
    settings = load_settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    shutil.copy(empty_database, settings.data_dir)
    open_secrets(settings.data_dir)
    asyncio.run(converse(settings, "Kept"))
    return settings


@pytest.fixture
def backup(settings: Settings, tmp_path: Path) -> Path:
    """A backup of it, before something was added."""
    file = tmp_path / "backup.zip"
    back_up(settings, file)
    asyncio.run(converse(settings, "Later"))
    return file


async def converse(settings: Settings, title: str) -> None:
    database = Database(settings.database)
    async with database.write() as session:
        owner = await users.ensure_local_owner(session)
        await conversations.create(session, owner.id, title=title)
    await database.close()


def titles(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [title for (title,) in connection.execute("SELECT title FROM conversation ORDER BY title")]


def of_the_version(database: Path) -> tuple[list[object], list[object]]:
    """The tables of a database and its users."""
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        return tables, connection.execute("SELECT * FROM user").fetchall()


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a data folder, apart from its locks and SQLite's files for open connections."""
    passing = ("webchat.lock", "webchat.running", "webchat.db-wal", "webchat.db-shm")
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.name not in passing}


def test_the_data_from_before_is_kept_aside(settings: Settings, backup: Path) -> None:
    key = (settings.data_dir / KEY_FILE).read_bytes()
    (settings.data_dir / KEY_FILE).unlink()
    other = open_secrets(settings.data_dir).encrypt("sk-other")

    done = restore(settings, backup)

    assert titles(settings.data_dir / "webchat.db") == ["Kept"]
    assert (settings.data_dir / KEY_FILE).read_bytes() == key
    assert done.aside is not None
    assert titles(done.aside / "webchat.db") == ["Kept", "Later"]
    assert open_secrets(done.aside).decrypt(other, provider="") == "sk-other"
    for file in (settings.data_dir / "webchat.db", settings.data_dir / KEY_FILE):
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_without_key_keeps_the_present_one(settings: Settings, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "backup.zip", with_key=False)
    key = (settings.data_dir / KEY_FILE).read_bytes()

    done = run_webchat("--data-dir", str(settings.data_dir), "restore", str(tmp_path / "backup.zip"))

    assert done.returncode == 0, done.stderr
    assert "It has no key, so the present key file stays." in done.stdout
    assert (settings.data_dir / KEY_FILE).read_bytes() == key


def test_a_new_machine_is_restored_into_an_empty_folder(backup: Path, tmp_path: Path) -> None:
    new = load_settings(data_dir=tmp_path / "new")

    assert restore(new, backup).aside is None
    assert titles(new.data_dir / "webchat.db") == ["Kept"]


def test_a_database_elsewhere_is_restored_there(backup: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "chat.sqlite"
    new = load_settings(data_dir=tmp_path / "new", database_url=f"sqlite:///{elsewhere}")
    for aside in (None, elsewhere.parent):
        done = restore(new, backup)
        assert (done.aside and done.aside.parent) == aside

    assert titles(elsewhere) == ["Kept"]
    assert (new.data_dir / KEY_FILE).exists()


def damaged(backup: Path) -> Iterator[tuple[str, bytes]]:
    """Files that are no backup, or were one."""
    whole = backup.read_bytes()
    yield "cut off", whole[: len(whole) // 2]
    yield "a byte changed", whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:]
    yield "empty", b""
    yield "a letter", b"Dear Ann, I hope this finds you well. " * 999
    with zipfile.ZipFile(backup) as archive:
        database = bytearray(archive.read("webchat.db"))
    yield "half a database", bytes(database[: len(database) // 2])
    other = backup.with_name("other.zip")
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("holiday.jpg", b"no database")
    yield "another archive", other.read_bytes()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("webchat.db", bytes(database))
        archive.writestr(KEY_FILE, b"not a key")
    yield "a broken key", other.read_bytes()
    with closing(sqlite3.connect(other.with_name("other.db"))) as connection:
        connection.execute("CREATE TABLE recipe (id)")
        connection.commit()
    yield "another database", other.with_name("other.db").read_bytes()


def test_what_is_no_whole_backup_changes_nothing(settings: Settings, backup: Path, tmp_path: Path) -> None:
    before = contents(settings.data_dir)
    for name, content in damaged(backup):
        file = tmp_path / f"{name}.zip"
        file.write_bytes(content)
        with pytest.raises(RestoreFailed) as caught:
            restore(settings, file)
        assert str(tmp_path) in str(caught.value), name
        assert contents(settings.data_dir) == before, name
    for missing in (tmp_path / "missing.zip", tmp_path):
        with pytest.raises(RestoreFailed, match=str(missing)):
            restore(settings, missing)


def test_a_backup_of_a_newer_webchat_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    before = contents(settings.data_dir)
    newer = load_settings(data_dir=tmp_path / "newer")
    make_empty_database(newer.data_dir)
    with closing(sqlite3.connect(newer.data_dir / "webchat.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    back_up(newer, tmp_path / "newer.zip")

    with pytest.raises(RestoreFailed, match="newer version of webchat"):
        restore(settings, tmp_path / "newer.zip")
    assert contents(settings.data_dir) == before


def test_nothing_is_restored_while_webchat_runs(settings: Settings, backup: Path) -> None:
    locks = lock_data(settings)
    try:
        with pytest.raises(DataFolderInUse):
            restore(settings, backup)
    finally:
        for lock in locks:
            lock.release()
    assert titles(settings.data_dir / "webchat.db") == ["Kept", "Later"]


def test_an_older_version_gets_its_data_back(tmp_path: Path, built: None) -> None:
    """The first start of a new version upgrades; the copy it names is what the older version had."""
    settings = load_settings(data_dir=tmp_path / "data")
    make_empty_database(settings.data_dir)
    database = settings.data_dir / "webchat.db"
    runner.downgrade(database, "0013")
    for copy in settings.data_dir.glob("*.before-upgrade-*"):
        copy.unlink()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO user VALUES ('u', 'Ann', '2025-01-01 00:00:00.000000')")
        connection.commit()
    before = of_the_version(database)
    with RunningApp(settings.data_dir) as app:
        pass
    (copy,) = settings.data_dir.glob("*.before-upgrade-from-0013")
    assert f"`webchat restore {copy}` brings it back" in app.log
    assert current_revision(settings.database) == head_revision()

    done = run_webchat("--data-dir", str(settings.data_dir), "restore", str(copy))

    assert done.returncode == 0, done.stderr
    assert current_revision(settings.database) == "0013"
    assert of_the_version(database) == before


async def test_a_conversation_continues_after_a_restore(tmp_path: Path, built: None) -> None:
    """The drill: back up while running, wreck everything, restore, continue the conversation."""
    data, backup = tmp_path / "data", tmp_path / "backup.zip"
    with openai_process() as upstream:
        env = {"OPENAI_BASE_URL": upstream, "OPENAI_API_KEY": "sk-drill"}
        with RunningApp(data, env) as app:
            async with httpx.AsyncClient(base_url=app.url, timeout=30) as client, Tab(app.url) as tab:
                await tab.choose_model("127.0.0.1:echo")
                first = await tab.send("Before the fire")
                assert await read_answer(client, first) == "Before the fire"
                conversation = tab.state["conversation_id"]
            written = await asyncio.to_thread(
                run_webchat, "--data-dir", str(data), "backup", str(backup), **env
            )
            assert written.returncode == 0, written.stderr
            await asyncio.to_thread(app.kill)
            for file in data.iterdir():
                file.write_bytes(b"ashes" * 2000)

            done = await asyncio.to_thread(
                run_webchat, "--data-dir", str(data), "restore", str(backup), **env
            )
            assert done.returncode == 0, done.stderr
            assert "The data from before is in" in done.stdout
            await asyncio.to_thread(app.start)
            async with httpx.AsyncClient(base_url=app.url, timeout=30) as client, Tab(app.url) as tab:
                await tab.open_conversation(conversation)
                assert await read_answer(client, first) == "Before the fire"
                second = await tab.send("And after it")
                assert await read_answer(client, second) == "And after it"


async def assistant_with(settings: Settings, file_id: str) -> str:
    """An assistant of the local owner that has this file."""
    database = Database(settings.database)
    async with database.write() as session:
        owner = await users.ensure_local_owner(session)
        cook = await assistants.add(session, owner.id, name="Cook")
        await file_lists.put(session, owner.id, file_lists.ASSISTANT, cook.id, [file_id])
    await database.close()
    return cook.id


async def files_of(settings: Settings, assistant_id: str) -> list[str]:
    database = Database(settings.database)
    async with database.write() as session:
        owner = await users.ensure_local_owner(session)
        found = await file_lists.get(session, owner.id, file_lists.ASSISTANT, assistant_id)
    await database.close()
    return [each.file.id for each in found]


async def test_the_command_restores_files(tmp_path: Path, built: None) -> None:
    """On a new machine, where nothing but the backup is left."""
    data, backup, elsewhere = tmp_path / "data", tmp_path / "backup.zip", tmp_path / "elsewhere"
    picture = documents.png(64, 48)
    with RunningApp(data) as app:
        async with httpx.AsyncClient(base_url=app.url, timeout=30) as client:
            id = (await client.post("/api/files?name=Sunset.png", content=picture)).json()["id"]
            recipe = (await client.post("/api/files?name=recipe.txt", content=b"Flour")).json()["id"]
        cook = await assistant_with(load_settings(data_dir=data), recipe)
        written = await asyncio.to_thread(run_webchat, "--data-dir", str(data), "backup", str(backup))
        assert written.returncode == 0, written.stderr

    done = await asyncio.to_thread(run_webchat, "--data-dir", str(elsewhere), "restore", str(backup))

    assert done.returncode == 0, done.stderr
    with RunningApp(elsewhere) as app:
        async with httpx.AsyncClient(base_url=app.url, timeout=30) as client:
            known = (await client.get(f"/api/files/{id}")).json()
            content = await client.get(f"/api/files/{id}/content")
            of_assistant = await client.get(f"/api/files/{recipe}/content")
            refused = await client.delete(f"/api/files/{recipe}")
        assert await files_of(load_settings(data_dir=elsewhere), cook) == [recipe]
    assert (of_assistant.content, refused.status_code) == (b"Flour", 409)
    assert known["name"] == "Sunset.png"
    assert content.content == picture
