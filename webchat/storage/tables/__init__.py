"""The tables. Every row that belongs to somebody has its owner's id, by which every query filters."""

from webchat.storage.tables.assistants import Assistant, AssistantLink
from webchat.storage.tables.base import Table
from webchat.storage.tables.conversations import (
    Conversation,
    ConversationFilter,
    ConversationModel,
    ConversationTag,
    Folder,
)
from webchat.storage.tables.files import (
    AssistantFile,
    AssistantLinkFile,
    Attachment,
    ConversationFile,
    File,
    SharedFile,
    StoredFile,
)
from webchat.storage.tables.generations import Attempt, Generation
from webchat.storage.tables.messages import Checkpoint, ClientId, Diagram, Message
from webchat.storage.tables.people import (
    AuditEvent,
    Identity,
    Invitation,
    Passkey,
    SavedPrompt,
    ServerSetting,
    Setting,
    User,
    UserSession,
)
from webchat.storage.tables.providers import ProviderSetting
from webchat.storage.tables.sharing import Share, WrongPassphrase
from webchat.storage.tables.usage import UsageDay

__all__ = [
    "Assistant",
    "AssistantFile",
    "AssistantLink",
    "AssistantLinkFile",
    "Attachment",
    "Attempt",
    "AuditEvent",
    "Checkpoint",
    "ClientId",
    "Conversation",
    "ConversationFile",
    "ConversationFilter",
    "ConversationModel",
    "ConversationTag",
    "Diagram",
    "File",
    "Folder",
    "Generation",
    "Identity",
    "Invitation",
    "Message",
    "Passkey",
    "ProviderSetting",
    "SavedPrompt",
    "ServerSetting",
    "Setting",
    "Share",
    "SharedFile",
    "StoredFile",
    "Table",
    "UsageDay",
    "User",
    "UserSession",
    "WrongPassphrase",
]
