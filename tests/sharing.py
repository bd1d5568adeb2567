"""Makes share links over a data folder, whether webchat runs on it or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from webchat.services.password_hashes import PasswordHashes
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Link, Sharing, Terms
from webchat.storage.engine import Database
from webchat.storage.location import DATABASE_FILE
from webchat.storage.queries import users
from webchat.storage.secrets import open_secrets
from webchat.storage.sqlite import sqlite_url


async def publish(data_dir: Path, conversation_id: str, choice: Choice | None = None, **terms: Any) -> Link:
    """Share a conversation of the owner there, as the dialog does."""
    database = Database(sqlite_url(data_dir / DATABASE_FILE))
    try:
        async with database.write() as session:
            owner = await users.ensure_local_owner(session, "You")
        sharing = Sharing(database, open_secrets(data_dir), PasswordHashes())
        values = {"title": "A shared conversation", "expiry": "week"} | terms
        return await sharing.publish(owner.id, conversation_id, choice or Choice(), Terms(**values))
    finally:
        await database.close()
