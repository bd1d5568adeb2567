"""`webchat user`: accounts from the command line, whether or not webchat is running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from webchat.errors import as_argument
from webchat.hosting.errors import DatabaseFault
from webchat.services.accounts import Accounts
from webchat.services.accounts.people import Account
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import NotFound, StorageError, UsernameTaken
from webchat.storage.migrations import current_revision, head_revision

BY = "webchat user"
"""Who did it, in the audit log."""
Done = TypeVar("Done")


def with_accounts(settings: Settings, work: Callable[[Accounts], Awaitable[Done]]) -> Done:
    """Do something with the accounts in the database.

    Raises:
        DatabaseFault: it belongs to another version or cannot be used.
        ServiceError, NotFound, UsernameTaken: from `work`; nothing was changed.
    """
    try:
        if current_revision(settings.database) != head_revision():
            raise DatabaseFault("other_version")
        return asyncio.run(_with_accounts(settings, work))
    except (NotFound, UsernameTaken):
        raise
    except StorageError as error:
        raise DatabaseFault(cause=as_argument(error)) from error


async def _with_accounts(settings: Settings, work: Callable[[Accounts], Awaitable[Done]]) -> Done:
    database = Database(settings.database)
    accounts = Accounts(database, needs_accounts=settings.needs_accounts)
    try:
        return await work(accounts)
    finally:
        await accounts.close()
        await database.close()


async def added(accounts: Accounts, username: str, role: str) -> str:
    """Make an account; returns the token of the link that sets its password."""
    user_id = await accounts.people.add(username, role, BY)
    return await accounts.invitations.reset(user_id, BY)


async def reset(accounts: Accounts, username: str) -> str:
    """Make a link for a new password; returns its token."""
    return await accounts.invitations.reset((await accounts.people.named(username)).id, BY)


async def set_disabled(accounts: Accounts, username: str, disabled: bool) -> None:
    """Disable or enable an account."""
    await accounts.people.set_disabled((await accounts.people.named(username)).id, disabled, BY)


async def delete(accounts: Accounts, username: str) -> None:
    """Delete an account with its conversations, which the server removes."""
    await accounts.people.delete((await accounts.people.named(username)).id, BY)


def line_of(account: Account) -> str:
    """An account on one line."""
    seen = f"{account.last_seen_at:%Y-%m-%d %H:%M}" if account.last_seen_at else "never"
    notes = [
        note
        for note, applies in (
            ("disabled", account.disabled),
            ("cannot sign in yet", not account.can_sign_in),
        )
        if applies
    ]
    after = f" ({', '.join(notes)})" if notes else ""
    return (
        f"{account.username:<24} {account.role:<14} last seen {seen:<17} {account.messages:,} messages{after}"
    )
