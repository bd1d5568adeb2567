"""Accounts over a real database, with people who have signed in."""

from __future__ import annotations

from webchat.services.accounts import Accounts, Person

PASSWORD = "a long password"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"
FROM = {"address": "192.0.2.1", "user_agent": AGENT}


def cookie_of(accounts: Accounts, token: str) -> str:
    """The `Cookie` header of a session."""
    return f"theme=dark; {accounts.cookie.name}={token}"


async def set_up(accounts: Accounts, username: str = "ann", *, adopt: bool = True) -> str:
    """Make the administrator; returns the header of their session."""
    assert accounts.setup_token is not None
    token = await accounts.set_up(accounts.setup_token, username, PASSWORD, adopt=adopt, **FROM)
    return cookie_of(accounts, token)


async def join(accounts: Accounts, username: str, role: str = "member") -> str:
    """Invite somebody who accepts; returns the header of their session."""
    link = await accounts.invitations.invite(role, "ann")
    return cookie_of(accounts, await accounts.invitations.accept(link, username, PASSWORD, **FROM))


async def who(accounts: Accounts, cookie: str) -> Person:
    return await accounts.person_of(cookie)
