"""Who is using webchat: accounts, their sessions, invitations to them, and the audit log."""

from webchat.services.accounts.accounts import Accounts
from webchat.services.accounts.person import Person

__all__ = ["Accounts", "Person"]
