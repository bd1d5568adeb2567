"""Database types that services pass on to the pages unchanged."""

from webchat.storage.errors import NotFound, StillAnswering, StorageError
from webchat.storage.ids import new_id
from webchat.storage.queries.messages import BranchMessage as ShownMessage
from webchat.storage.tables import Attempt, Generation
from webchat.storage.types import MessageStatus

__all__ = [
    "Attempt",
    "Generation",
    "MessageStatus",
    "NotFound",
    "ShownMessage",
    "StillAnswering",
    "StorageError",
    "new_id",
]
