from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from webchat.storage.engine import Database
from webchat.storage.errors import ProviderNameTaken, ProviderNotFound, SecretUnreadable
from webchat.storage.queries import maintenance, providers, settings, users
from webchat.storage.secrets import add_key, drop_old_keys, open_secrets
from webchat.storage.tables import ProviderSetting, User
from webchat.storage.types import Origin


async def names(db: Database, owner: str) -> list[str]:
    async with db.read() as session:
        found = await providers.list_all(session, owner)
    return [provider.name for provider in found]


async def add_three(db: Database, owner: str) -> list[str]:
    async with db.write() as session:
        return [(await providers.add(session, owner, kind="guide", name=name)).id for name in "ABC"]


async def test_a_provider_comes_back_as_it_was_added(db: Database, owner: str) -> None:
    async with db.write() as session:
        made = await providers.add(
            session, owner, kind="openai_compatible", name="Mine", base_url="http://127.0.0.1:1/v1",
            secret="token", enabled=False, origin=Origin.FOUND, options={"proxy": None, "n": [1]},
        )  # fmt: skip
    async with db.read() as session:
        found = await providers.get(session, owner, made.id)
        assert found is not None
        by_name = await providers.get_by_name(session, owner, "Mine")
        assert by_name is found
    assert found.model_dump() == made.model_dump()
    assert (found.base_url, found.secret, found.enabled) == ("http://127.0.0.1:1/v1", "token", False)
    assert (found.origin, found.options, found.models) == (Origin.FOUND, {"proxy": None, "n": [1]}, [])


async def test_providers_keep_the_order_they_are_given(db: Database, owner: str) -> None:
    a, b, c = await add_three(db, owner)
    assert await names(db, owner) == ["A", "B", "C"]
    async with db.write() as session:
        await providers.reorder(session, owner, [c, "unknown", a])
    assert await names(db, owner) == ["C", "A", "B"]
    async with db.write() as session:
        assert await providers.remove(session, owner, c)
        assert not await providers.remove(session, owner, c)
        await providers.add(session, owner, kind="guide", name="D")
        await providers.update(session, owner, b, enabled=False)
    assert await names(db, owner) == ["A", "B", "D"]


async def test_those_of_the_host_are_listed_on_demand(db: Database, owner: str, stranger: str) -> None:
    await add_three(db, owner)
    async with db.write() as session:
        await providers.add(session, stranger, kind="guide", name="Theirs")
    async with db.read() as session:
        found = await providers.list_all(session, stranger, host_id=owner)

    assert {(row.owner_id, row.name) for row in found} == {
        (stranger, "Theirs"), (owner, "A"), (owner, "B"), (owner, "C")
    }  # fmt: skip


async def test_a_change_leaves_the_rest(db: Database, owner: str) -> None:
    a, *_ = await add_three(db, owner)
    refreshed = datetime(2025, 1, 1, tzinfo=UTC)
    async with db.write() as session:
        await providers.update(session, owner, a, secret="token", options={"n": 1})
        await providers.set_models(session, owner, a, ("one", "two"), refreshed)
        changed = await providers.update(session, owner, a, name="A2", base_url="http://host")
    assert changed.name == "A2"
    async with db.read() as session:
        found = await providers.get(session, owner, a)
    assert found is not None
    assert (found.kind, found.name, found.base_url, found.secret, found.options) == (
        "guide", "A2", "http://host", "token", {"n": 1},
    )  # fmt: skip
    assert (found.models, found.models_refreshed_at) == (["one", "two"], refreshed)
    async with db.write() as session:
        assert (await providers.update(session, owner, a, secret=None)).secret is None


async def test_a_name_is_given_once_for_an_owner(db: Database, owner: str, stranger: str) -> None:
    a, *_ = await add_three(db, owner)
    await add_three(db, stranger)
    async with db.write() as session:
        with pytest.raises(ProviderNameTaken, match="“B”"):
            await providers.add(session, owner, kind="guide", name="B")
        with pytest.raises(ProviderNameTaken, match="“B”"):
            await providers.update(session, owner, a, name="B")
        await providers.update(session, owner, a, name="A")
        with pytest.raises(ProviderNotFound):
            await providers.update(session, owner, "unknown", name="Z")
    assert await names(db, owner) == ["A", "B", "C"]


async def test_stored_keys_are_encrypted_anew(
    db: Database, owner: str, stranger: str, tmp_path: Path
) -> None:
    box = open_secrets(tmp_path)
    async with db.write() as session:
        await providers.add(session, owner, kind="k", name="A", secret=box.encrypt("sk-a"))
        await providers.add(session, stranger, kind="k", name="B", secret=box.encrypt("sk-b"))
        await providers.add(session, owner, kind="k", name="keyless")
    async with db.write() as session:
        assert await maintenance.reencrypt_secrets(session, add_key(tmp_path)) == 2
    only_new = drop_old_keys(tmp_path)
    async with db.read() as session:
        rows = await session.scalars(select(ProviderSetting).order_by("name"))
        secrets = [row.secret and only_new.decrypt(row.secret, provider=row.name) for row in rows]
    assert secrets == ["sk-a", "sk-b", None]


async def test_one_unreadable_key_stops_the_renewal_of_all(db: Database, owner: str, tmp_path: Path) -> None:
    box = open_secrets(tmp_path)
    kept = box.encrypt("sk-a")
    async with db.write() as session:
        await providers.add(session, owner, kind="k", name="A", secret=kept)
        await providers.add(session, owner, kind="k", name="Lost", secret="gone")
    with pytest.raises(SecretUnreadable, match="Lost"):
        async with db.write() as session:
            await maintenance.reencrypt_secrets(session, add_key(tmp_path))
    async with db.read() as session:
        found = await providers.get_by_name(session, owner, "A")
    assert found is not None
    assert found.secret == kept


async def test_no_key_stands_in_the_database_files(db: Database, owner: str, tmp_path: Path) -> None:
    async with db.write() as session:
        token = open_secrets(tmp_path).encrypt("sk-very-secret")
        await providers.add(session, owner, kind="k", name="A", secret=token)
    files = [db.path, db.path.with_name("webchat.db-wal")]
    content = b"".join(file.read_bytes() for file in files)
    assert token.encode() in content
    assert b"sk-very-secret" not in content


@pytest.mark.parametrize("value", [None, False, 0, "", "é", 1.5, [1, {"a": None}], {"theme": "dark"}])
async def test_a_setting_is_any_json_value(db: Database, owner: str, value: object) -> None:
    async with db.write() as session:
        assert await settings.get_value(session, owner, "key", "default") == "default"
        await settings.set_value(session, owner, "key", "old")
    async with db.write() as session:
        await settings.set_value(session, owner, "key", value)
    async with db.read() as session:
        assert await settings.get_value(session, owner, "key", "default") == value
        assert await settings.get_all(session, owner) == {"key": value}


async def test_the_local_owner_is_made_once(db: Database) -> None:
    async with db.write() as session:
        first = await users.ensure_local_owner(session, "me")
    async with db.write() as session:
        session.add(User(name="later"))
        again = await users.ensure_local_owner(session, "other")
        assert (again.id, again.name) == (first.id, "me")
