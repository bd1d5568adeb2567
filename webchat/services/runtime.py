"""Access to the running services for Reflex states and HTTP routes.

States are pickled and routes are built before the server starts, so neither can hold a reference to a
service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webchat.services.accounts import Accounts
from webchat.services.answers.running import RunningAnswers
from webchat.services.assistants.assistants import Assistants
from webchat.services.assistants.links import AssistantLinks
from webchat.services.assistants.transfer import AssistantTransfer
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.catalogue.health import ProviderHealth
from webchat.services.catalogue.providers import Providers
from webchat.services.catalogue.refresh import ModelRefresh
from webchat.services.change_feed import ChangeFeed
from webchat.services.chat.branches import Branches
from webchat.services.chat.collections import Collections
from webchat.services.chat.comparing import Comparing
from webchat.services.chat.conversation_settings import ConversationSettings
from webchat.services.chat.conversations import Conversations
from webchat.services.chat.further_answers import FurtherAnswers
from webchat.services.chat.message_texts import MessageTexts
from webchat.services.chat.queued_messages import QueuedMessages
from webchat.services.chat.repeats import Repeats
from webchat.services.chat.sending import Sending
from webchat.services.chat.sent_answers import SentAnswers
from webchat.services.chat.temporary import TemporaryChats
from webchat.services.chat.trash import Trash
from webchat.services.diagrams import Diagrams
from webchat.services.files.files import Files
from webchat.services.member_limits import MemberLimits
from webchat.services.preferences import PreferenceService
from webchat.services.rate_limits import RateLimits
from webchat.services.readiness import Readiness
from webchat.services.saved_prompts import SavedPrompts
from webchat.services.search.search import Search
from webchat.services.server_facts import ServerFacts
from webchat.services.sharing.copies import SharedCopies
from webchat.services.sharing.links import Sharing
from webchat.services.transfer.exports import Exports
from webchat.services.transfer.imports import Imports
from webchat.services.usage import Usage

if TYPE_CHECKING:
    from webchat.services.metrics import Metrics


@dataclass(frozen=True)
class Services:
    """All services, wired together by `webchat.services.wiring`."""

    accounts: Accounts
    assistant_transfer: AssistantTransfer
    assistant_links: AssistantLinks
    assistants: Assistants
    catalogue: Catalogue
    changes: ChangeFeed
    collections: Collections
    comparing: Comparing
    conversation_settings: ConversationSettings
    conversations: Conversations
    diagrams: Diagrams
    answers: RunningAnswers
    branches: Branches
    exports: Exports
    files: Files
    imports: Imports
    further_answers: FurtherAnswers
    member_limits: MemberLimits
    message_texts: MessageTexts
    metrics: Metrics | None
    """None unless the host has turned them on."""
    model_refresh: ModelRefresh
    preferences: PreferenceService
    provider_health: ProviderHealth
    providers: Providers
    rate_limits: RateLimits
    readiness: Readiness
    repeats: Repeats
    saved_prompts: SavedPrompts
    search: Search
    queued_messages: QueuedMessages
    sending: Sending
    sent_answers: SentAnswers
    server_facts: ServerFacts
    shared_copies: SharedCopies
    sharing: Sharing
    usage: Usage
    temporary_chats: TemporaryChats
    trash: Trash


_running: Services | None = None


def install(services: Services | None) -> None:
    """Set the running services; None once the server has stopped."""
    global _running
    _running = services


def running_services() -> Services | None:
    """The running services; None before the server has started and after it has stopped."""
    return _running


def services() -> Services:
    """The running services.

    Raises:
        RuntimeError: the server has not started or has stopped.
    """
    if _running is None:
        raise RuntimeError("webchat's services are not running")
    return _running
