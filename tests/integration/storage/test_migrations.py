import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.forked import run_forked
from webchat.storage import migrations, search_index
from webchat.storage.errors import (
    DatabaseDamaged,
    DatabaseTooNew,
    DatabaseUnavailable,
    DatabaseUnsupported,
    MigrationFailed,
)
from webchat.storage.folding import FoldingConnection
from webchat.storage.migrations import current_revision, head_revision, migration_engine, runner, upgrade
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import Table
from webchat.storage.triggers import TRIGGERS

SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("user") as batch:
        batch.add_column(sa.Column("email", sa.Text(), nullable=True))
    {more}


def downgrade():
    with op.batch_alter_table("user") as batch:
        batch.drop_column("email")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a 100% new?folder" / "webchat.db"


@pytest.fixture
def url(path: Path) -> str:
    return sqlite_url(path)


@pytest.fixture
def current(path: Path, empty_database: Path) -> None:
    """There is an empty database of today."""
    copied(empty_database, path)


@pytest.fixture(scope="module")
def made_at_0002(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = copied(empty_database, tmp_path_factory.mktemp("0002") / "webchat.db")
    plant_at_0002(path)
    return path


@pytest.fixture(scope="module")
def made_at_0006(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = copied(empty_database, tmp_path_factory.mktemp("0006") / "webchat.db")
    plant_at_0006(path)
    return path


@pytest.fixture
def planted_at_0002(path: Path, made_at_0002: Path) -> None:
    """A database of the version before models were kept, with two conversations and some answers."""
    copied(made_at_0002, path)


@pytest.fixture
def planted_at_0006(path: Path, made_at_0006: Path) -> None:
    """A database of the version before client ids had a table."""
    copied(made_at_0006, path)


def copied(database: Path, path: Path) -> Path:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(database, path)
    return path


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, factory=FoldingConnection)) as connection:
        found = connection.execute(statement).fetchall()
        connection.commit()
        return found


def triggers_of(path: Path) -> set[object]:
    return {name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'trigger'")}


def tables(path: Path) -> set[object]:
    return {name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


SEARCH_TABLES = {
    f"{name}{suffix}" for name in search_index.TABLES for suffix in ("", "_config", "_data", "_idx")
}


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a name is not one of the search index, which SQLAlchemy does not know."""
    return kind != "table" or name not in SEARCH_TABLES


def a_second_revision(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: str = "") -> None:
    scripts = tmp_path / "scripts"
    shutil.copytree(runner.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "next.py").write_text(SECOND.format(more=more, head=head_revision()))
    monkeypatch.setattr(runner, "SCRIPTS", scripts)
    monkeypatch.setattr(migrations, "HEAD", "next")


def test_head_is_the_newest_script() -> None:
    assert ScriptDirectory.from_config(runner.alembic_config()).get_heads() == [head_revision()]


def test_up_down_and_up_again(path: Path, url: str) -> None:
    assert current_revision(url) is None
    upgrade(url)
    assert current_revision(url) == head_revision()
    assert tables(path) == set(Table.metadata.tables) | {"alembic_version"} | SEARCH_TABLES

    runner.downgrade(path, "base")
    assert current_revision(url) is None
    assert tables(path) == {"alembic_version"}

    upgrade(url)
    assert current_revision(url) == head_revision()
    assert tables(path) == set(Table.metadata.tables) | {"alembic_version"} | SEARCH_TABLES


def test_tables_match_the_migrations(path: Path, url: str) -> None:
    upgrade(url)
    engine = migration_engine(path, begin="BEGIN")
    with engine.connect() as connection:
        options = {"compare_server_default": True, "include_name": is_ours}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_a_current_database_needs_no_alembic(path: Path, url: str) -> None:
    upgrade(url)
    code = f"""
import sys
from webchat.storage.migrations import upgrade
upgrade({url!r})
assert "alembic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.usefixtures("current")
def test_a_newer_database_is_refused_and_left_alone(path: Path, url: str) -> None:
    rows(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew, match="newer version of webchat"):
        upgrade(url)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.usefixtures("current")
def test_an_upgrade_keeps_the_rows_and_a_copy_from_before(
    path: Path, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows(path, "INSERT INTO user (id, name, created_at) VALUES ('u', 'Ann', '2025-01-01 00:00:00.000000')")
    rows(path, "INSERT INTO setting VALUES ('u', 'theme', '1')")
    before = head_revision()
    a_second_revision(monkeypatch, tmp_path)
    upgrade(url)

    assert current_revision(url) == "next"
    assert rows(path, "SELECT id, name, email FROM user") == [("u", "Ann", None)]
    assert rows(path, "SELECT owner_id FROM setting") == [("u",)]
    backup = path.with_name(f"webchat.db.before-upgrade-from-{before}")
    assert rows(backup, "SELECT version_num FROM alembic_version") == [(before,)]
    assert rows(backup, "SELECT id, name FROM user") == [("u", "Ann")]
    assert backup.stat().st_mode & 0o777 == 0o600

    runner.downgrade(path, before)
    assert rows(path, "SELECT id, name, created_at FROM user") == [("u", "Ann", "2025-01-01 00:00:00.000000")]


@pytest.mark.parametrize(
    "more",
    [
        "op.execute('INSERT INTO nowhere VALUES (1)')",
        "op.execute(\"INSERT INTO setting VALUES ('x', 'k', '1')\")",
    ],
    ids=["broken statement", "row without its owner"],
)
@pytest.mark.usefixtures("current")
def test_a_failed_upgrade_changes_nothing(
    path: Path, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: str
) -> None:
    before = head_revision()
    schema = rows(path, "SELECT sql FROM sqlite_master ORDER BY name")
    a_second_revision(monkeypatch, tmp_path, more)
    with pytest.raises(MigrationFailed, match="was rolled back"):
        upgrade(url)
    assert current_revision(url) == before
    assert rows(path, "SELECT sql FROM sqlite_master ORDER BY name") == schema
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_file_that_is_no_database_is_named(path: Path, url: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is a letter, not a database" * 200)
    with pytest.raises(DatabaseDamaged, match="not a database") as caught:
        upgrade(url)
    assert str(path) in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseUnavailable, match="cannot be created"):
        upgrade(sqlite_url(tmp_path / "file" / "webchat.db"))


@pytest.mark.parametrize(
    "url", ["postgresql://ann:secret@host/db", "sqlite://", "sqlite:///:memory:", "nonsense"]
)
def test_other_addresses_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(DatabaseUnsupported) as caught:
        upgrade(url)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("current")
def test_ten_thousand_messages_are_upgraded(
    path: Path, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = "2025-01-01 00:00:00.000000"
    with closing(sqlite3.connect(path, factory=FoldingConnection)) as connection:
        connection.execute("INSERT INTO user (id, name, created_at) VALUES ('u', 'Ann', ?)", [now])
        connection.execute(
            "INSERT INTO conversation (id, owner_id, title, title_is_manual, system_prompt,"
            " created_at, updated_at) VALUES ('c', 'u', '', 0, '', ?, ?)",
            [now, now],
        )
        connection.executemany(
            "INSERT INTO message (id, conversation_id, owner_id, parent_id, depth, role, content, reasoning,"
            " model, status, created_at)"
            " VALUES (?, 'c', 'u', ?, ?, 'user', ?, '', 'A:' || (? % 3), 'complete', ?)",
            ((f"{n:06}", f"{n - 1:06}" if n else None, n, f"message {n}", n, now) for n in range(10_000)),
        )
        connection.commit()
    before = rows(path, "SELECT * FROM message ORDER BY id")
    a_second_revision(
        monkeypatch,
        tmp_path,
        "with op.batch_alter_table('message', recreate='always') as batch:\n"
        "        batch.add_column(sa.Column('colour', sa.Text(), nullable=True))",
    )
    upgrade(url)
    after = rows(path, "SELECT * FROM message ORDER BY id")
    assert [row[:-1] for row in after] == before
    assert rows(path, "SELECT model, uses FROM conversation_model ORDER BY model") == [
        ("A:0", 3_334),
        ("A:1", 3_333),
        ("A:2", 3_333),
    ]
    assert triggers_of(path) == set(TRIGGERS)
    assert len(after) == 10_000
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


BEFORE_MODELS_WERE_KEPT = "0002"


def plant_at_0002(path: Path) -> None:
    """A database of the version before, with two conversations and some answers; `gone` is deleted."""
    runner.downgrade(path, BEFORE_MODELS_WERE_KEPT)
    now = "2025-01-01 00:00:00.000000"
    rows(path, f"INSERT INTO user (id, name, created_at) VALUES ('u', 'Ann', '{now}')")
    for id_, model, deleted in (("c", "'A:set'", "NULL"), ("gone", "NULL", f"'{now}'")):
        rows(
            path,
            "INSERT INTO conversation (id, owner_id, title, title_folded, title_is_manual, model,"
            f" system_prompt, created_at, updated_at, deleted_at) VALUES ('{id_}', 'u', 'T', 't', 0,"
            f" {model}, '', '{now}', '{now}', {deleted})",
        )
    for id_, conversation, model, deleted in (
        ("1", "c", "NULL", "NULL"),
        ("2", "c", "'A:one'", "NULL"),
        ("3", "c", "'A:one'", "NULL"),
        ("4", "c", "'A:two'", f"'{now}'"),
        ("5", "gone", "'A:one'", "NULL"),
    ):
        rows(
            path,
            "INSERT INTO message (id, conversation_id, owner_id, depth, role, content, reasoning,"
            f" model, status, created_at, deleted_at) VALUES ('{id_}', '{conversation}', 'u', 0, 'assistant',"
            f" 'x', '', {model}, 'complete', '{now}', {deleted})",
        )


@pytest.mark.usefixtures("planted_at_0002")
def test_the_models_of_an_older_database_are_collected(path: Path, url: str) -> None:
    upgrade(url)
    found = rows(
        path, "SELECT conversation_id, model, uses, listed_at IS NULL FROM conversation_model ORDER BY 1, 2"
    )
    assert found == [("c", "A:one", 2, 0), ("c", "A:set", 1, 0), ("gone", "A:one", 1, 1)]
    assert triggers_of(path) == set(TRIGGERS)


@pytest.mark.usefixtures("planted_at_0002")
def test_an_upgrade_killed_in_the_middle_starts_over(path: Path, url: str) -> None:
    """Killed with the new tables made and filled, before the commit."""
    messages = rows(path, "SELECT * FROM message ORDER BY id")
    code = f"""
import os, signal
from webchat.storage import triggers
from webchat.storage.migrations import upgrade
set_up = triggers.set_up
def killed(connection):
    set_up(connection)
    os.kill(os.getpid(), signal.SIGKILL)
triggers.set_up = killed
upgrade({url!r})
"""
    killed = run_forked(code, [], os.environ)
    assert killed.returncode == -signal.SIGKILL
    assert current_revision(url) == BEFORE_MODELS_WERE_KEPT
    assert "conversation_model" not in tables(path)
    assert rows(path, "SELECT * FROM message ORDER BY id") == messages
    upgrade(url)
    assert rows(path, "SELECT count(*) FROM conversation_model") == [(3,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.usefixtures("current")
def test_providers_of_an_older_database_are_kept(path: Path, url: str) -> None:
    runner.downgrade(path, "0002")
    rows(path, "INSERT INTO user (id, name, created_at) VALUES ('u', 'Ann', '2025-01-01 00:00:00.000000')")
    rows(
        path,
        "INSERT INTO provider_setting VALUES "
        "('p', 'u', 'OpenAICompatible', 'Mine', 'http://host/v1', 'sealed', 1, 3, '[\"m\"]', NULL, 'person', "
        "'{\"context\": 4096}')",
    )
    before = rows(path, "SELECT * FROM provider_setting")
    upgrade(url)

    wanted = "former_names, model_facts, model_choice, deleted_at, models, options, secret"
    assert rows(path, f"SELECT {wanted} FROM provider_setting") == [
        ("[]", "{}", "{}", None, '["m"]', '{"context": 4096}', "sealed")
    ]
    rows(path, "UPDATE provider_setting SET deleted_at = '2025-01-01 00:00:00.000000'")
    rows(path, "UPDATE provider_setting SET id = 'removed'")
    rows(
        path,
        "INSERT INTO provider_setting (id, owner_id, kind, name, base_url, secret, enabled, position, "
        "models, origin, options, former_names, model_facts, model_choice) "
        "SELECT 'p', owner_id, kind, name, base_url, secret, enabled, position, models, origin, options, "
        "former_names, model_facts, model_choice FROM provider_setting",
    )
    runner.downgrade(path, "0002")
    assert rows(path, "SELECT * FROM provider_setting") == before


@pytest.mark.usefixtures("planted_at_0002")
def test_error_messages_of_an_older_database_are_kept(path: Path, url: str) -> None:
    upgrade(url)
    runner.downgrade(path, "0006")
    now = "2025-01-01 00:00:00.000000"
    for id_, message, code, text in (("g", "1", "'timeout'", "'It was “slow”.'"), ("h", "2", "NULL", "NULL")):
        rows(
            path,
            "INSERT INTO generation (id, message_id, conversation_id, owner_id, status, provider, model,"
            " system_prompt, started_at, left_out, error_code, error_message) VALUES"
            f" ('{id_}', '{message}', 'c', 'u', 'error', 'A', 'one', '', '{now}', 0, {code}, {text})",
        )
    rows(
        path,
        "INSERT INTO attempt VALUES"
        f" ('a', 'g', 'u', 1, 'A', 'one', '{now}', NULL, NULL, 'timeout', 'It was “slow”.', 'busy')",
    )
    before = rows(path, "SELECT id, error_code, error_message FROM generation ORDER BY id")

    upgrade(url)

    for table in ("generation", "attempt"):
        stored = "SELECT json_extract(error_arguments, '$.message') FROM " + table
        assert rows(path, f"{stored} WHERE error_code IS NOT NULL") == [("It was “slow”.",)]
    rows(path, 'UPDATE attempt SET error_arguments = \'{"provider": "A"}\'')
    runner.downgrade(path, "0006")
    assert rows(path, "SELECT id, error_code, error_message FROM generation ORDER BY id") == before
    assert rows(path, "SELECT error_message FROM attempt") == [
        ("A did not answer in time. Try again, or choose another model.",)
    ]


BEFORE_CLIENT_IDS_HAD_A_TABLE = "0006"


def plant_at_0006(path: Path) -> None:
    """Two owners with messages sent one at a time, joined, and written without an id."""
    runner.downgrade(path, BEFORE_CLIENT_IDS_HAD_A_TABLE)
    now = "2025-01-01 00:00:00.000000"
    for owner in ("u", "v"):
        rows(path, f"INSERT INTO user (id, name, created_at) VALUES ('{owner}', 'Ann', '{now}')")
        rows(
            path,
            "INSERT INTO conversation (id, owner_id, title, title_folded, title_is_manual, system_prompt,"
            f" created_at, updated_at) VALUES ('of-{owner}', '{owner}', '', '', 0, '', '{now}', '{now}')",
        )
    for id_, owner, client_id in (
        ("1", "u", "'single-1'"),
        ("2", "u", "NULL"),
        ("3", "u", "'part-z part-a part-\"\\é'"),
        ("4", "v", "'single-1'"),
    ):
        rows(
            path,
            "INSERT INTO message (id, conversation_id, owner_id, depth, role, content, reasoning, status,"
            f" client_id, created_at) VALUES ('{id_}', 'of-{owner}', '{owner}', 0, 'user', 'x', '',"
            f" 'complete', {client_id}, '{now}')",
        )


STORED = "SELECT owner_id, message_id, position, id FROM client_id ORDER BY 1, 2, 3"


@pytest.mark.usefixtures("planted_at_0006")
def test_client_ids_move_to_a_table_and_back(path: Path, url: str) -> None:
    before = rows(path, "SELECT id, owner_id, content, client_id FROM message ORDER BY id")
    upgrade(url)
    assert rows(path, STORED) == [
        ("u", "1", 0, "single-1"),
        ("u", "3", 0, "part-z"),
        ("u", "3", 1, "part-a"),
        ("u", "3", 2, 'part-"\\é'),
        ("v", "4", 0, "single-1"),
    ]
    indexes = rows(path, "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'message'")
    assert any("WHERE deleted_at IS NOT NULL AND erased_at IS NULL" in str(sql) for (sql,) in indexes)
    assert triggers_of(path) == set(TRIGGERS)

    runner.downgrade(path, BEFORE_CLIENT_IDS_HAD_A_TABLE)
    assert rows(path, "SELECT id, owner_id, content, client_id FROM message ORDER BY id") == before
    with pytest.raises(sqlite3.IntegrityError, match=r"message\.owner_id, message\.client_id"):
        rows(path, "UPDATE message SET client_id = 'single-1' WHERE id = '2'")


@pytest.mark.usefixtures("planted_at_0006")
def test_an_id_known_twice_stays_with_the_message_that_was_found(path: Path, url: str) -> None:
    """It was searched among whole messages first."""
    rows(path, "UPDATE message SET client_id = 'other single-1' WHERE id = '2'")
    upgrade(url)
    assert rows(path, "SELECT id, message_id FROM client_id WHERE owner_id = 'u' AND message_id < 3") == [
        ("other", "2"),
        ("single-1", "1"),
    ]


@pytest.mark.parametrize("version", ["0001", "0002", "0003", "0004", "0005", "0006"])
@pytest.mark.usefixtures("planted_at_0006")
def test_client_ids_of_every_older_database_are_kept(path: Path, url: str, version: str) -> None:
    runner.downgrade(path, version)
    upgrade(url)
    assert len(rows(path, STORED)) == 5


@pytest.mark.usefixtures("planted_at_0006")
def test_client_ids_go_with_their_message(path: Path, url: str) -> None:
    upgrade(url)
    with closing(sqlite3.connect(path, factory=FoldingConnection)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM conversation WHERE id = 'of-u'")
        connection.commit()
    assert rows(path, STORED) == [("v", "4", 0, "single-1")]


@pytest.mark.usefixtures("current")
def test_answers_of_an_older_database_are_counted(path: Path, url: str) -> None:
    runner.downgrade(path, "0015")
    now = "2025-01-31 23:59:59.000000"
    rows(path, f"INSERT INTO user (id, name, created_at) VALUES ('u', 'Ann', '{now}')")
    rows(
        path,
        "INSERT INTO conversation (id, owner_id, title, title_is_manual, system_prompt, temporary,"
        f" created_at, updated_at) VALUES ('c', 'u', 'T', 0, '', 0, '{now}', '{now}')",
    )
    for id_, status, tokens in (("1", "complete", "7"), ("2", "error", "NULL"), ("3", "stopped", "5")):
        rows(
            path,
            "INSERT INTO message (id, conversation_id, owner_id, depth, role, content, reasoning, status,"
            f" created_at) VALUES ('{id_}', 'c', 'u', 0, 'assistant', 'x', '', 'complete', '{now}')",
        )
        rows(
            path,
            "INSERT INTO generation (id, message_id, conversation_id, owner_id, status, provider, model,"
            " system_prompt, started_at, input_tokens, left_out)"
            f" VALUES ('{id_}', '{id_}', 'c', 'u', '{status}', 'A', 'one', '', '{now}', {tokens}, 0)",
        )

    upgrade(url)

    assert rows(path, "SELECT * FROM usage_day") == [("u", "2025-01-31", "A", "one", 3, 2, 12, None)]
    runner.downgrade(path, "0015")
    upgrade(url)
    assert rows(path, "SELECT count(*) FROM usage_day") == [(1,)]
