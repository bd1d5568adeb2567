"""The composition root of the services: creates each of them and gives it the others that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webchat.providers.failover import Failover
from webchat.services.accounts import Accounts
from webchat.services.accounts.configured_issuer import configured_admission, configured_issuer
from webchat.services.answers.generations import Generations
from webchat.services.answers.records import AnswerRecords
from webchat.services.answers.router import ProviderRouter
from webchat.services.assistants.assistants import Assistants
from webchat.services.assistants.links import AssistantLinks
from webchat.services.assistants.transfer import AssistantTransfer
from webchat.services.automatic_deletion import AutomaticDeletion
from webchat.services.catalogue.builder import Build
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.catalogue.health import ProviderHealth
from webchat.services.catalogue.host_defaults import host_defaults
from webchat.services.catalogue.providers import BuiltIn, FindServers, Providers
from webchat.services.catalogue.refresh import ModelRefresh
from webchat.services.change_feed import ANSWERS, MODELS, InProcessChangeFeed
from webchat.services.chat.after_answer import AfterAnswer
from webchat.services.chat.answer_start import AnswerStart
from webchat.services.chat.branches import Branches
from webchat.services.chat.collections import Collections
from webchat.services.chat.comparing import Comparing
from webchat.services.chat.conversation_settings import ConversationSettings
from webchat.services.chat.conversations import Conversations
from webchat.services.chat.further_answers import FurtherAnswers
from webchat.services.chat.message_texts import MessageTexts
from webchat.services.chat.queued_messages import QueuedMessages
from webchat.services.chat.recording import Recording
from webchat.services.chat.repeats import Repeats
from webchat.services.chat.sending import Sending
from webchat.services.chat.sent_answers import LONGEST_WAIT, SentAnswers
from webchat.services.chat.temporary import TemporaryChats
from webchat.services.chat.titles import Titles
from webchat.services.chat.trash import Trash
from webchat.services.daily_backups import DailyBackups
from webchat.services.diagrams import Diagrams
from webchat.services.files.files import Files
from webchat.services.files.limits import MEGABYTE
from webchat.services.member_limits import MemberLimits
from webchat.services.password_hashes import PasswordHashes
from webchat.services.preferences import PreferenceService
from webchat.services.purge import Purge, steps_with
from webchat.services.rate_limits import RateLimits
from webchat.services.readiness import Readiness
from webchat.services.runtime import Services
from webchat.services.saved_prompts import SavedPrompts
from webchat.services.search.search import Search
from webchat.services.server_facts import ServerFacts
from webchat.services.sharing.copies import SharedCopies
from webchat.services.sharing.links import Sharing
from webchat.services.transfer.exports import Exports
from webchat.services.transfer.imports import Imports
from webchat.services.usage import Usage
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.secrets import Secrets

if TYPE_CHECKING:
    from webchat.services.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Wired:
    """All services, and beside them what only starts and stops with the server."""

    services: Services
    generations: Generations
    """The running answers of `services`."""
    answer_start: AnswerStart
    titles: Titles
    purge: Purge
    backups: DailyBackups


def wire(
    settings: Settings,
    database: Database,
    secrets: Secrets,
    *,
    failover: Failover,
    build: Build,
    find_servers: FindServers,
    built_in: Sequence[BuiltIn],
    sent_wait: float = LONGEST_WAIT,
) -> Wired:
    """Create all services. Nothing is opened, started or asked yet.

    Args:
        failover: asks providers; its health is that of all of them.
        build: creates a provider of a kind.
        find_servers: finds the model servers on this machine.
        built_in: the free services.
        sent_wait: seconds to wait for a message that was not sent yet; see `SentAnswers`.
    """
    host = host_defaults(settings)
    passwords = PasswordHashes()
    accounts = Accounts(
        database,
        passwords,
        needs_accounts=settings.needs_accounts,
        secure=settings.is_behind_tls,
        issuer=configured_issuer(settings),
        admission=configured_admission(settings),
    )
    changes = InProcessChangeFeed()
    generations = Generations(AnswerRecords(database))
    catalogue = Catalogue(database, secrets, build, accounts.is_administrator, host)
    providers = Providers(
        database,
        secrets,
        catalogue,
        find_servers,
        failover.health,
        built_in=built_in,
        environment=host.openai,
    )
    # Everyone uses the providers of administrators.
    providers.on_models_changed = lambda _owner_id: changes.publish_to_all(MODELS)
    member_limits = MemberLimits(database, accounts.audit)
    files = Files(
        database,
        secrets,
        per_person=settings.files_per_person * MEGABYTE,
        per_server=settings.files * MEGABYTE,
    )
    rate_limits = RateLimits(on=settings.rate_limits)
    answer_start = AnswerStart(
        ProviderRouter(catalogue, failover), generations, secrets, member_limits, files
    )
    sent_answers = SentAnswers(database, sent_wait)
    recording = Recording(answer_start, sent_answers)
    queued_messages = QueuedMessages(database, answer_start, rate_limits, recording)
    sending = Sending(database, answer_start, rate_limits, recording)
    further_answers = FurtherAnswers(database, answer_start, rate_limits)
    preferences = PreferenceService(database)
    titles = Titles(database, catalogue, preferences, member_limits, changes.publish)
    repeats = Repeats(database, catalogue, sending, further_answers, changes.publish)
    generations.after_answer = AfterAnswer(
        generations, titles if settings.write_titles else None, queued_messages, repeats, changes.publish
    )
    generations.on_picture = files.saving.keep_picture
    generations.on_running_changed = lambda owner_id: changes.publish(owner_id, ANSWERS)

    async def stop_answers(user_id: str) -> None:
        for conversation_id in await generations.running_conversations(user_id):
            await generations.stop_conversation(user_id, conversation_id)

    trash = Trash(database, generations)
    temporary_chats = TemporaryChats(database, generations)
    purge = Purge(
        database,
        before_each=AutomaticDeletion(database, changes).round,
        steps=steps_with(files.unused.purge_step),
    )
    trash.on_deleted_forever = temporary_chats.on_deleted_forever = purge.soon
    accounts.people.stop_answers = stop_answers
    accounts.people.on_deleted = purge.soon
    backups = DailyBackups(database, settings.data_dir, settings.backups)
    services = Services(
        accounts=accounts,
        assistant_transfer=AssistantTransfer(database, catalogue, files),
        assistant_links=AssistantLinks(database, secrets, catalogue, files),
        assistants=Assistants(database, secrets, catalogue, preferences, files),
        catalogue=catalogue,
        changes=changes,
        collections=Collections(database),
        comparing=Comparing(database, catalogue, generations),
        conversations=Conversations(database, catalogue, generations, files),
        conversation_settings=ConversationSettings(database, secrets, catalogue),
        diagrams=Diagrams(database),
        answers=generations,
        branches=Branches(database, generations),
        exports=Exports(database, files),
        files=files,
        imports=Imports(database, settings.data_dir, files, changes.publish),
        further_answers=further_answers,
        member_limits=member_limits,
        message_texts=MessageTexts(database, generations, files),
        metrics=_metrics(database, generations, changes) if settings.metrics_token else None,
        model_refresh=ModelRefresh(providers, find_local=settings.find_local_servers),
        preferences=preferences,
        provider_health=ProviderHealth(database, failover.health),
        providers=providers,
        rate_limits=rate_limits,
        readiness=Readiness(database),
        repeats=repeats,
        saved_prompts=SavedPrompts(database),
        search=Search(database),
        queued_messages=queued_messages,
        sending=sending,
        sent_answers=sent_answers,
        shared_copies=SharedCopies(database, secrets, passwords, catalogue, files),
        server_facts=ServerFacts(database, backups),
        sharing=Sharing(database, secrets, passwords, settings.public_address),
        usage=Usage(database),
        temporary_chats=temporary_chats,
        trash=trash,
    )
    return Wired(services, generations, answer_start, titles, purge, backups)


def _metrics(database: Database, generations: Generations, changes: InProcessChangeFeed) -> Metrics:
    """The metrics, connected to what they measure."""
    # Imported only where it is wanted, because it takes 8 MB.
    from webchat.services.metrics import Metrics

    metrics = Metrics()
    generations.on_ended = metrics.answer_ended
    database.on_used = metrics.database_used
    for name, help, value in (
        ("webchat_answers_running", "Answers being written.", lambda: len(generations.running())),
        ("webchat_answer_streams", "Readers that follow an answer.", generations.readers),
        ("webchat_tabs", "Open tabs that listen for changes.", changes.tabs),
        ("webchat_database_queue", "Writers that wait for their turn.", lambda: database.waiting),
    ):
        metrics.watch(name, help, value)
    return metrics
