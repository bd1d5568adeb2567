"""`webchat rotate-key` carries everything that is encrypted, and loses nothing when it ends half-way."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

import webchat
from tests.cheap_cryptography import REAL_HASHER
from tests.empty_database import make_empty_database
from tests.forked import run_forked
from tests.running_app import clean_environment, run_webchat
from webchat.hosting.errors import DatabaseFault, DataFolderInUse
from webchat.hosting.folder_lock import lock_data
from webchat.hosting.key_rotation import rotate_key
from webchat.services.password_hashes import PasswordHashes
from webchat.settings import Settings, load_settings
from webchat.storage.engine import Database
from webchat.storage.queries import assistants, conversations, files, providers, stored_files, users
from webchat.storage.queries.providers import HEADERS, PARAMETERS, PROXY
from webchat.storage.secrets import KEY_FILE, Secrets, open_secrets
from webchat.storage.tables import (
    Assistant,
    AssistantLink,
    Conversation,
    File,
    ProviderSetting,
    Share,
    StoredFile,
    Table,
)
from webchat.storage.types import utc_now

pytestmark = pytest.mark.network

SECRETS = {
    "key": "sk-one",
    "proxy": "http://me:word@proxy:3128",
    "removed": "sk-two",
    "link": "the-token",
    "header": "of the provider",
    "conversation": "of the conversation",
    "file": "name of a file",
    "assistant": "of the assistant",
    "assistant_link": "the-token-of-the-assistant",
}


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path) -> Settings:
    settings = load_settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    shutil.copy(empty_database, settings.data_dir)
    asyncio.run(plant(settings))
    return settings


async def plant(settings: Settings) -> None:
    """Store one secret of each kind."""
    box = open_secrets(settings.data_dir)
    database = Database(settings.database)
    async with database.write() as session:
        owner = await users.ensure_local_owner(session)
        await providers.add(
            session,
            owner.id,
            kind="OpenAICompatible",
            name="Kept",
            secret=box.encrypt(SECRETS["key"]),
            options={
                PROXY: box.encrypt(SECRETS["proxy"]),
                PARAMETERS: {HEADERS: {"X-A": box.encrypt(SECRETS["header"])}, "seed": 1},
                "context": 4096,
            },
        )
        removed = await providers.add(
            session, owner.id, kind="OpenAICompatible", name="Removed", secret=box.encrypt(SECRETS["removed"])
        )
        await providers.mark_removed(session, owner.id, removed.id, utc_now())
        conversation = await conversations.create(session, owner.id, title="Shared")
        conversation.parameters = {HEADERS: {"X-B": box.encrypt(SECRETS["conversation"])}, "seed": 2}
        stored = StoredFile(hash="0" * 64, kind="picture", media_type="image/png", size=1)
        await stored_files.add(session, stored)
        await files.add(session, owner.id, hash=stored.hash, sealed_name=box.encrypt(SECRETS["file"]))
        assistant = await assistants.add(
            session,
            owner.id,
            name="Cook",
            parameters={HEADERS: {"X-C": box.encrypt(SECRETS["assistant"])}, "seed": 3},
        )
        session.add(
            AssistantLink(
                owner_id=owner.id,
                assistant_id=assistant.id,
                token_hash="1" * 64,
                sealed_token=box.encrypt(SECRETS["assistant_link"]),
                copy_json="{}",
            )
        )
        session.add(
            Share(
                owner_id=owner.id,
                conversation_id=conversation.id,
                token_hash="0" * 64,
                sealed_token=box.encrypt(SECRETS["link"]),
                title="Shared",
                snapshot="{}",
            )
        )
    await database.close()


async def read(settings: Settings) -> dict[str, str]:
    """Every secret, with the key file as it is now."""
    box = open_secrets(settings.data_dir)
    database = Database(settings.database)
    async with database.read() as session:
        owner = await users.ensure_local_owner(session)
        (kept,) = await providers.list_all(session, owner.id)
        rows = {row.name: row for row in await session.scalars(select(ProviderSetting))}
        (link,) = await session.scalars(select(Share))
        (assistant,) = await session.scalars(select(Assistant))
        (assistant_link,) = await session.scalars(select(AssistantLink))
        (conversation,) = await session.scalars(select(Conversation))
        (file,) = await session.scalars(select(File))
    await database.close()
    assert kept.options["context"] == 4096
    assert (kept.options[PARAMETERS]["seed"], (conversation.parameters or {})["seed"]) == (1, 2)
    tokens = {
        "key": kept.secret,
        "proxy": kept.options[PROXY],
        "removed": rows["Removed"].secret,
        "link": link.sealed_token,
        "header": kept.options[PARAMETERS][HEADERS]["X-A"],
        "conversation": (conversation.parameters or {})[HEADERS]["X-B"],
        "file": file.sealed_name,
        "assistant": (assistant.parameters or {})[HEADERS]["X-C"],
        "assistant_link": assistant_link.sealed_token,
    }
    return {name: box.decrypt(token or "", provider=name) for name, token in tokens.items()}


def keys(settings: Settings) -> list[str]:
    return (settings.data_dir / KEY_FILE).read_text().split()


def test_s14_every_secret_is_carried_over_to_one_new_key(settings: Settings) -> None:
    before = keys(settings)

    assert rotate_key(settings) == len(SECRETS)

    assert asyncio.run(read(settings)) == SECRETS
    assert len(keys(settings)) == 1
    assert keys(settings) != before


# What is secret in the database.

ENCRYPTED = {
    ("provider_setting", "secret"),
    ("provider_setting", "options"),  # the proxy, and the values of headers in the parameters
    ("conversation", "parameters"),
    ("share", "sealed_token"),
    ("file", "sealed_name"),
    ("assistant", "parameters"),
    ("assistant_link", "sealed_token"),
}
"""The columns that hold encrypted values. `reencrypt_secrets` must carry each, and `plant` fill it."""
HASHED = {
    *(("share", "token_hash"), ("share", "passphrase_hash"), ("assistant_link", "token_hash")),
    *(("user", "password_hash"), ("session", "token_hash"), ("invitation", "token_hash")),
}
"""The columns that hold one-way hashes."""
HARMLESS = {
    *((table, f"{kind}_tokens") for table in ("generation", "usage_day") for kind in ("input", "output")),
    *(("file", "kept_tokens"), ("stored_file", "tokens"), ("file", "hash"), ("stored_file", "hash")),
    ("diagram", "hash"),
    *(("setting", "key"), ("server_setting", "key"), ("passkey", "public_key"), ("passkey", "credential_id")),
}
"""Columns that only have a name like one that holds secrets."""
SECRET_NAME = re.compile(r"secret|sealed|token|key|passw|hash|credential|cookie|private", re.IGNORECASE)
TOKEN = re.compile(r"gAAAA[\w-]{60,}=*")
"""A Fernet token: its version and the first bytes of its time never change."""
CALLS = {
    "webchat.services.assistants.assistants": 1,  # headers
    "webchat.services.assistants.links": 1,  # the token
    "webchat.services.catalogue.providers": 3,  # key, proxy, headers
    "webchat.services.files.saving": 1,  # the name
    "webchat.services.chat.conversation_settings": 2,  # headers of a conversation: new and changed
    "webchat.services.sharing.links": 1,  # the token
}
"""How often each module encrypts. What a new one stores must also be in `ENCRYPTED`."""


def test_s14_every_column_with_a_secret_is_known() -> None:
    named = {
        (table.name, column.name)
        for table in Table.metadata.tables.values()
        for column in table.columns
        if SECRET_NAME.search(column.name)
    }
    assert named <= ENCRYPTED | HASHED | HARMLESS


def test_s14_everything_that_encrypts_is_known() -> None:
    folder = Path(webchat.__file__).parent
    found: Counter[str] = Counter()
    for path in folder.rglob("*.py"):
        module = ".".join(("webchat", *path.relative_to(folder).with_suffix("").parts))
        if module != Secrets.__module__:
            nodes = ast.walk(ast.parse(path.read_text()))
            found[module] += sum(isinstance(node, ast.Attribute) and node.attr == "encrypt" for node in nodes)
    assert +found == CALLS


def tokens(settings: Settings) -> dict[tuple[str, str], list[str]]:
    """Every encrypted value in the database, by its table and column."""
    found: dict[tuple[str, str], list[str]] = {}
    with closing(sqlite3.connect(settings.data_dir / "webchat.db")) as database:
        plain = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        for (table,) in database.execute(plain).fetchall():
            rows = database.execute(f"SELECT * FROM {table}")
            for row in rows:
                for column, value in zip(rows.description, row, strict=True):
                    found.setdefault((table, column[0]), []).extend(TOKEN.findall(str(value)))
    return {place: each for place, each in found.items() if each}


def test_s14_no_value_is_left_with_the_old_key(settings: Settings) -> None:
    before = tokens(settings)
    assert set(before) == ENCRYPTED
    assert sum(map(len, before.values())) == len(SECRETS)

    rotate_key(settings)

    box = open_secrets(settings.data_dir)
    after = [each for place in tokens(settings).values() for each in place]
    assert sorted(box.decrypt(each, provider="") for each in after) == sorted(SECRETS.values())
    assert not set(after) & {each for place in before.values() for each in place}


def test_s14_no_secret_is_in_plain_text(settings: Settings) -> None:
    for path in settings.data_dir.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [each for each in SECRETS.values() if each.encode() in content], path.name


async def test_s14_passphrases_are_argon2id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.services.password_hashes._HASHER", REAL_HASHER)
    assert (await PasswordHashes().hash("correct horse")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


STEPS = ("add_key", "reencrypt_secrets", "drop_old_keys")
KILLED = """
import os, sys
from pathlib import Path
from webchat.hosting import key_rotation
from webchat.settings import load_settings

step, moment = sys.argv[2:]
work = getattr(key_rotation, step)

def die(*given):
    if moment == "after":
        work(*given)
    os._exit(9)

async def die_later(*given):
    if moment == "after":
        await work(*given)  # and before its commit
    os._exit(9)

setattr(key_rotation, step, die_later if step == "reencrypt_secrets" else die)
key_rotation.rotate_key(load_settings(data_dir=Path(sys.argv[1])))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_s14_rotation_killed_at_any_step_can_be_repeated(settings: Settings, step: str, moment: str) -> None:
    killed = run_forked(KILLED, [str(settings.data_dir), step, moment], clean_environment())
    assert killed.returncode == 9, killed.stderr
    assert asyncio.run(read(settings)) == SECRETS

    assert rotate_key(settings) == len(SECRETS)
    assert asyncio.run(read(settings)) == SECRETS
    assert len(keys(settings)) == 1
    assert sorted(os.listdir(settings.data_dir))[0] == KEY_FILE


def test_s14_unreadable_secret_is_named_and_the_old_key_stays(settings: Settings) -> None:
    async def spoil() -> None:
        database = Database(settings.database)
        async with database.write() as session:
            owner = await users.ensure_local_owner(session)
            (kept,) = await providers.list_all(session, owner.id)
            await providers.update(session, owner.id, kept.id, options={PROXY: "gone", "context": 4096})
        await database.close()

    asyncio.run(spoil())
    before = keys(settings)
    with pytest.raises(DatabaseFault, match="stored proxy of Kept cannot be read"):
        rotate_key(settings)
    assert keys(settings)[-1:] == before


def test_s14_while_webchat_runs_nothing_is_changed(settings: Settings) -> None:
    make_empty_database(settings.data_dir)
    open_secrets(settings.data_dir)
    key = (settings.data_dir / "secret.key").read_bytes()
    locks = lock_data(settings)

    with pytest.raises(DataFolderInUse, match="stop it first"):
        rotate_key(settings)

    assert (settings.data_dir / "secret.key").read_bytes() == key
    for lock in locks:
        lock.release()


def test_s14_the_command_says_what_it_did_and_what_is_wrong(settings: Settings, tmp_path: Path) -> None:
    done = run_webchat("--data-dir", str(settings.data_dir), "rotate-key")
    assert (done.returncode, "9 secrets" in done.stdout) == (0, True)
    wrong = run_webchat("--data-dir", str(tmp_path / "nothing"), "rotate-key")
    assert wrong.returncode == 1
    assert "Start webchat once" in wrong.stderr
