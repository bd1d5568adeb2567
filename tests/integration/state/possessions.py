"""What one owner has, of every kind that an id leads to, for tests of what others can do with the ids."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.integration.services.world import World
from webchat.providers.errors import ProviderError
from webchat.services.accounts.provider_rights import MEMBERS_MAY_ADD_PROVIDERS
from webchat.services.catalogue.details import Details
from webchat.services.chat.sending import Draft
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Terms
from webchat.storage.ids import new_id
from webchat.storage.queries import passkeys, server_settings
from webchat.storage.queries import providers as provider_queries
from webchat.storage.tables import Passkey
from webchat.storage.types import utc_now

SECRET = "canaryofann"
"""In every text of the owner."""
PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP8AACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
"""One red pixel."""
_OWNED = """
SELECT t.name FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
WHERE t.type = 'table' AND c.name = 'owner_id'
"""


@dataclass
class Possessions:
    """The ids of what the owner has, one of each kind."""

    conversation: str
    question: str
    answer: str
    sent: str
    """The browser's id of the question."""
    binned: str
    folder: str
    link: str
    prompt: str
    provider: str
    generation: str
    passkey: str
    assistant: str
    assistant_link: str

    @property
    def all(self) -> dict[str, str]:
        """Each id by its kind."""
        return asdict(self)


def unknown_ids() -> Possessions:
    """Ids that nothing has."""
    return Possessions(*(new_id() for _ in range(13)))


@dataclass(frozen=True)
class Planted:
    """A data folder in which the owner has everything, to be copied; no world has it open."""

    folder: Path
    owner: str
    stranger: str
    ids: Possessions


async def everything(world: World) -> Possessions:
    """Give the owner something of every kind, and the stranger a model and a conversation of their own."""
    of = world.services
    first = await world.asked(f"Question {SECRET}")
    conversation_id = first.conversation_id
    client_id = new_id()
    second = await world.asked(f"More {SECRET}", conversation_id=conversation_id, client_id=client_id)
    binned = await world.asked(f"Binned {SECRET}")
    await of.trash.delete(world.owner, [binned.conversation_id])
    folder = await of.collections.create_folder(world.owner, f"Folder {SECRET}")
    await of.collections.set_labels(world.owner, conversation_id, folder.id, [f"tag {SECRET}"])
    await of.conversations.rename(world.owner, conversation_id, f"Title {SECRET}")
    link = await of.sharing.publish(
        world.owner, conversation_id, Choice(), Terms(title=f"Title {SECRET}", expiry="week")
    )
    await of.saved_prompts.save(world.owner, "", f"Prompt {SECRET}", f"Text {SECRET}")
    (prompt,) = await of.saved_prompts.all(world.owner)
    assistant = await of.assistants.save(
        world.owner,
        "",
        {
            "name": f"Assistant {SECRET}",
            "system_prompt": f"Prompt {SECRET}",
            "starters": [f"Ask {SECRET}"],
            "picture": PICTURE,
        },
    )
    assistant_link = await of.assistant_links.create(world.owner, assistant, "week", with_prompt=True)
    details = Details(f"Service {SECRET}", "http://127.0.0.1:9/v1", SECRET)
    provider = await of.providers.save(world.owner, None, details)
    own = await of.providers.save(world.stranger, None, Details("Fake", "https://fake.test/v1"))
    async with world.database.write() as session:
        await provider_queries.set_models(session, world.stranger, own, ["m"], utc_now())
        await server_settings.set_value(session, MEMBERS_MAY_ADD_PROVIDERS, True)
        passkey = Passkey(
            user_id=world.owner, credential_id=SECRET, public_key=b"", host="localhost", name=f"Key {SECRET}"
        )
        await passkeys.add(session, passkey)
    sent = await of.sending.send(world.stranger, Draft("Mine", new_id(), None, "Fake:m"))
    await finished(world, world.stranger, sent.messages[-1].message.id)
    generation = await world.generation(second.id)
    return Possessions(
        *(conversation_id, second.parent_id or "", second.id, client_id),
        binned.conversation_id,
        *(folder.id, link.id, prompt.id, provider, generation.id, passkey.id),
        *(assistant, assistant_link.id),
    )


@asynccontextmanager
async def copy_of(planted: Planted, folder: Path) -> AsyncIterator[World]:
    """A world of its own in which the owner has everything."""
    shutil.copytree(planted.folder, folder)
    copy = World(folder)
    await copy.open_again()
    copy.stranger = planted.stranger
    yield copy
    await copy.close()


async def finished(world: World, owner_id: str, message_id: str) -> None:
    """Wait until an answer is not being written any more."""
    live = await world.generations.find(owner_id, message_id)
    if live is not None:
        try:
            async for _ in live.follow(live.position, interval=lambda: 0):
                pass
        except ProviderError:
            pass


def rows_of(world: World, owner_id: str) -> dict[str, list[Any]]:
    """Every row that belongs to an owner, by its table."""
    with closing(sqlite3.connect(world.folder / "webchat.db")) as database:
        owned = [name for (name,) in database.execute(_OWNED)]
        assert len(owned) >= 16
        return {
            name: database.execute(f"SELECT * FROM {name} WHERE owner_id = ?", [owner_id]).fetchall()
            for name in owned
        }
