"""What stands on the disk after `kill -9`."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.forked import ForkedProcess, run_forked
from webchat.storage.engine import Database
from webchat.storage.migrations import current_revision, head_revision, runner, upgrade
from webchat.storage.queries import client_ids, maintenance, messages
from webchat.storage.sqlite import sqlite_url
from webchat.storage.types import MessageStatus

WRITER = """
import asyncio, sys
from webchat.storage.engine import Database
from webchat.storage.queries import generations, maintenance
from webchat.storage.queries.sending import Send, record_send
from webchat.storage.types import GenerationStatus

async def chat(db, owner, name):
    conversation = None
    for number in range(1_000_000):
        async with db.write() as session:
            send = Send((f"{name}-{number}",), f"{name}-{number}", "Guide", "help", conversation)
            record = await record_send(session, owner, send)
        print("sent", send.client_ids[0], flush=True)
        conversation = record.conversation.id if number % 2 else None
        async with db.write() as session:
            await maintenance.checkpoint(
                session, [maintenance.Snapshot(owner, record.assistant_message.id, "half " * 200)]
            )
        print("kept", send.client_ids[0], flush=True)
        if number % 2:
            async with db.write() as session:
                ending = generations.Ending(GenerationStatus.COMPLETE, "whole " * 200)
                await generations.finish(session, owner, record.generation.id, ending)
            print("done", send.client_ids[0], flush=True)

async def main(url, owner, name):
    db = Database(url)
    await asyncio.gather(*(chat(db, owner, f"{name}-{task}") for task in range(5)))

asyncio.run(main(*sys.argv[1:]))
"""

MIGRATION = """
import os, signal
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "HEAD"


def upgrade():
    with op.batch_alter_table("message") as batch:
        batch.add_column(sa.Column("colour", sa.Text(), nullable=True))
    op.execute("UPDATE message SET colour = 'red'")
    os.kill(os.getpid(), signal.SIGKILL)
"""

UPGRADER = """
import sys
from pathlib import Path
from webchat.storage import migrations
from webchat.storage.migrations import runner
runner.SCRIPTS, migrations.HEAD = Path(sys.argv[2]), "next"
migrations.upgrade(sys.argv[1])
"""


def write_until_killed(db: Database, owner: str, name: str, lines: int) -> dict[str, str]:
    """Let a process write until it has said `lines` things, kill it; its last word on each send."""
    with ForkedProcess(WRITER, [sqlite_url(db.path), owner, name], os.environ) as process:
        said = [process.stdout.readline().decode() for _ in range(lines)]
        process.kill()
        said += process.stdout.read().decode().splitlines(keepends=True)
    assert process.wait(30) == -signal.SIGKILL
    # The last line may be broken off: what was not said whole was not acknowledged.
    words = [line.split() for line in said if line.endswith("\n")]
    assert len(words) >= lines
    return {client_id: word for word, client_id in words}


async def test_a_killed_writer_loses_and_doubles_nothing(db: Database, owner: str) -> None:
    chance = random.Random(4)
    acknowledged: dict[str, str] = {}
    for run in range(4):
        said = await asyncio.to_thread(write_until_killed, db, owner, f"run-{run}", chance.randrange(20, 300))
        acknowledged |= said
        with closing(sqlite3.connect(db.path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        async with db.write() as session:
            assert await maintenance.interrupt_running(session) > 0

    # How far a send must have come by the last word on it; the kill may have swallowed the next word.
    half, whole = "half " * 200, "whole " * 200
    allowed = {
        "sent": {("", MessageStatus.INTERRUPTED), (half, MessageStatus.INTERRUPTED)},
        "kept": {(half, MessageStatus.INTERRUPTED), (whole, MessageStatus.COMPLETE)},
        "done": {(whole, MessageStatus.COMPLETE)},
    }
    async with db.read() as session:
        for client_id, word in acknowledged.items():
            sent = await client_ids.find_message(session, owner, [client_id])
            assert sent is not None, f"{client_id} was acknowledged and is lost"
            assert sent.content == client_id
            [answer] = await messages.children(session, owner, sent.conversation_id, sent.id)
            assert (answer.content, answer.status) in allowed[word]


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, those of the search index included."""
    with closing(sqlite3.connect(path)) as connection:
        made = "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
        tables = connection.execute(made).fetchall()
        rows = {
            name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}")))
            for name, sql in tables
            if not sql.startswith("CREATE VIRTUAL")
        }
        return {"": tables, **rows}


async def test_a_process_killed_while_migrating_changes_nothing(
    db: Database, owner: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(write_until_killed, db, owner, "run", 20)
    await db.close()
    url = sqlite_url(db.path)
    scripts = tmp_path / "scripts"
    shutil.copytree(runner.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "next.py").write_text(MIGRATION.replace("HEAD", head_revision()))
    before = dump(db.path)

    killed = await asyncio.to_thread(run_forked, UPGRADER, [url, str(scripts)], os.environ)
    assert killed.returncode == -signal.SIGKILL
    assert current_revision(url) == head_revision()
    with closing(sqlite3.connect(db.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert dump(db.path) == before
    upgrade(url)
