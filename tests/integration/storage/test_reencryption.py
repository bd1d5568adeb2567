"""Every secret in the database is encrypted with the first key, or nothing is changed."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from webchat.storage.engine import Database
from webchat.storage.errors import SecretUnreadable
from webchat.storage.queries import conversations, providers
from webchat.storage.queries.maintenance import reencrypt_secrets
from webchat.storage.queries.providers import HEADERS, PARAMETERS, PROXY
from webchat.storage.secrets import Secrets
from webchat.storage.tables import Conversation, ProviderSetting, Share

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


async def plant(db: Database, owner: str, link: str) -> None:
    box = Secrets([OLD])
    async with db.write() as session:
        options = {PROXY: box.encrypt("proxy"), PARAMETERS: {HEADERS: {"X-A": box.encrypt("a")}, "seed": 1}}
        await providers.add(
            session, owner, kind="OpenAICompatible", name="One", secret=box.encrypt("key"), options=options
        )
        await providers.add(session, owner, kind="OpenAICompatible", name="Two")
        talk = await conversations.create(session, owner, title="Shared")
        talk.parameters = {HEADERS: {"X-B": box.encrypt("b")}, "seed": 2}
        session.add(
            Share(
                owner_id=owner,
                conversation_id=talk.id,
                token_hash="0" * 64,
                sealed_token=link,
                title="Shared",
                snapshot="{}",
            )
        )


async def tokens(db: Database) -> dict[str, str]:
    async with db.read() as session:
        one = await session.scalar(select(ProviderSetting).where(ProviderSetting.name == "One"))  # type: ignore[arg-type]
        talk = await session.scalar(select(Conversation))
        link = await session.scalar(select(Share))
    assert one is not None
    assert talk is not None
    assert link is not None
    assert one.secret
    assert talk.parameters
    assert (one.options[PARAMETERS]["seed"], talk.parameters["seed"]) == (1, 2)
    return {
        "key": one.secret,
        "proxy": one.options[PROXY],
        "a": one.options[PARAMETERS][HEADERS]["X-A"],
        "b": talk.parameters[HEADERS]["X-B"],
        "link": link.sealed_token,
    }


async def test_everything_is_encrypted_with_the_first_key(db: Database, owner: str) -> None:
    await plant(db, owner, Secrets([OLD]).encrypt("link"))

    async with db.write() as session:
        assert await reencrypt_secrets(session, Secrets([NEW, OLD])) == 5

    box = Secrets([NEW])
    for secret, token in (await tokens(db)).items():
        assert box.decrypt(token, provider="") == secret


async def test_link_that_no_key_can_read_stays(db: Database, owner: str) -> None:
    await plant(db, owner, "not a token")

    async with db.write() as session:
        assert await reencrypt_secrets(session, Secrets([NEW, OLD])) == 4

    assert (await tokens(db))["link"] == "not a token"


async def test_key_that_cannot_be_read_changes_nothing(db: Database, owner: str) -> None:
    await plant(db, owner, Secrets([OLD]).encrypt("link"))
    before = await tokens(db)

    with pytest.raises(SecretUnreadable):
        async with db.write() as session:
            await reencrypt_secrets(session, Secrets([NEW]))

    assert await tokens(db) == before
