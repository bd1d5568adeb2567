"""Composition root: the only module that wires settings, database, providers, services, pages and routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import reflex as rx
from reflex.state import FrontendEventExceptionState
from starlette.applications import Starlette

from webchat.components.base_path import served
from webchat.components.error_page import error_boundary
from webchat.components.first_script import first_script
from webchat.components.skeleton import page_skeleton
from webchat.components.typeface import typeface
from webchat.components.words import t, words_script
from webchat.http import (
    answers,
    assistants,
    branch_tree,
    changes,
    export,
    failures,
    files,
    imports,
    languages,
    pictures,
    prompts,
    search,
)
from webchat.http.accounts import account_routes
from webchat.http.openid import openid_routes
from webchat.http.passkeys import passkey_routes
from webchat.http.share import share_routes
from webchat.pages import settings as settings_pages
from webchat.pages.chat import conversation_page, new_chat_page
from webchat.pages.history import history_page
from webchat.pages.not_found import not_found_page
from webchat.pages.trash import trash_page
from webchat.providers.discovery import find_local_servers
from webchat.providers.failover import Failover
from webchat.providers.health import Health
from webchat.providers.registry import FREE_SERVICES, build_provider
from webchat.services.accounts import Accounts
from webchat.services.accounts.configured_issuer import configured_admission, configured_issuer
from webchat.services.answers.generations import Generations
from webchat.services.answers.records import AnswerRecords
from webchat.services.answers.router import ProviderRouter
from webchat.services.assistants.assistants import Assistants
from webchat.services.assistants.links import AssistantLinks
from webchat.services.assistants.transfer import AssistantTransfer
from webchat.services.automatic_deletion import AutomaticDeletion
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.catalogue.health import ProviderHealth
from webchat.services.catalogue.host_defaults import host_defaults
from webchat.services.catalogue.providers import BuiltIn, Providers
from webchat.services.catalogue.refresh import ModelRefresh
from webchat.services.change_feed import ANSWERS, MODELS, InProcessChangeFeed
from webchat.services.chat.after_answer import AfterAnswer
from webchat.services.chat.answer_start import AnswerStart
from webchat.services.chat.branches import Branches
from webchat.services.chat.collections import Collections
from webchat.services.chat.comparing import Comparing
from webchat.services.chat.conversations import Conversations
from webchat.services.chat.further_answers import FurtherAnswers
from webchat.services.chat.repeats import Repeats
from webchat.services.chat.sending import Sending
from webchat.services.chat.sent_answers import SentAnswers
from webchat.services.chat.temporary import TemporaryChats
from webchat.services.chat.titles import Titles
from webchat.services.chat.trash import Trash
from webchat.services.daily_backups import DailyBackups
from webchat.services.files.files import MEGABYTE, Files
from webchat.services.member_limits import MemberLimits
from webchat.services.password_hashes import PasswordHashes
from webchat.services.preferences import PreferenceService
from webchat.services.purge import Purge, steps_with
from webchat.services.rate_limits import RateLimits
from webchat.services.readiness import Readiness
from webchat.services.runtime import Services, install
from webchat.services.saved_prompts import SavedPrompts
from webchat.services.search.search import Search
from webchat.services.server_facts import ServerFacts
from webchat.services.sharing.copies import SharedCopies
from webchat.services.sharing.links import Sharing
from webchat.services.shutdown import on_stopping
from webchat.services.transfer.exports import Exports
from webchat.services.transfer.imports import Imports
from webchat.services.usage import Usage
from webchat.settings import Settings, get_settings
from webchat.state.account import AccountState
from webchat.state.assistants import AssistantsState
from webchat.state.chat import ChatState
from webchat.state.connection import guard
from webchat.state.deletion import DeletionState
from webchat.state.failure import on_backend_exception
from webchat.state.history import HistoryState
from webchat.state.imports import ImportsState
from webchat.state.limits import MemberLimitsState
from webchat.state.links import LinksState
from webchat.state.models import ModelsState
from webchat.state.passkeys import PasskeysState
from webchat.state.people import PeopleState
from webchat.state.preferences import PreferencesState
from webchat.state.prompts import PromptsState
from webchat.state.provider_models import ProviderModelsState
from webchat.state.providers import ProvidersState
from webchat.state.search import SearchState
from webchat.state.server import ServerState
from webchat.state.shortcuts import ShortcutsState
from webchat.state.sidebar import SidebarState
from webchat.state.trash import TrashState
from webchat.storage.engine import Database
from webchat.storage.secrets import open_secrets

if TYPE_CHECKING:
    from webchat.services.metrics import Metrics

MAX_RETRY_WAIT = 8.0
"""Seconds an answer may wait for retries before the user is asked what to do."""


def _public_url(settings: Settings) -> str | None:
    """The public address; None to use the address of the request."""
    return next((url.rstrip("/") for url in settings.public_urls), None)


@asynccontextmanager
async def services_lifespan() -> AsyncIterator[None]:
    """Open the services when the server starts and close them, answers first, when it stops."""
    settings = get_settings()
    async with AsyncExitStack() as closing:
        await _open_services(settings, closing)
        yield


async def _open_services(settings: Settings, closing: AsyncExitStack) -> None:
    """Open all services and install them. `closing` closes what was opened, even if a step fails."""
    around = host_defaults(settings)
    database = Database(settings.database)
    closing.push_async_callback(database.close)
    closing.callback(install, None)
    secrets = open_secrets(settings.data_dir)
    health = Health()
    passwords = PasswordHashes()
    accounts = Accounts(
        database,
        passwords,
        needs_accounts=settings.needs_accounts,
        secure=settings.is_behind_tls,
        issuer=configured_issuer(settings),
        admission=configured_admission(settings),
    )
    generations = Generations(AnswerRecords(database))
    catalogue = Catalogue(database, secrets, build_provider, accounts.is_administrator, around)
    providers = Providers(
        database,
        secrets,
        catalogue,
        find_local_servers,
        health,
        built_in=[
            BuiltIn(
                service.kind,
                service().models,
                " ".join(around.service_urls[service.kind]) or service.url,
            )
            for service in FREE_SERVICES
        ],
        environment=around.openai,
    )
    changes = InProcessChangeFeed()
    # Everyone uses the providers of administrators.
    providers.on_models_changed = lambda _owner_id: changes.publish_to_all(MODELS)
    router = ProviderRouter(catalogue, Failover(health, max_retry_wait=MAX_RETRY_WAIT))
    member_limits = MemberLimits(database, accounts.audit)
    attached = Files(
        database,
        secrets,
        per_person=settings.files_per_person * MEGABYTE,
        per_server=settings.files * MEGABYTE,
    )
    answer_start = AnswerStart(router, generations, secrets, member_limits, attached)
    rate_limits = RateLimits(on=settings.rate_limits)
    sent_answers = SentAnswers(database)
    sending = Sending(database, answer_start, rate_limits, sent_answers)
    further_answers = FurtherAnswers(database, answer_start, rate_limits)

    preferences = PreferenceService(database)
    titles = Titles(database, catalogue, preferences, member_limits, changes.publish)

    repeats = Repeats(database, catalogue, sending, further_answers, changes.publish)

    generations.after_answer = AfterAnswer(
        generations, titles if settings.write_titles else None, sending, repeats, changes.publish
    )
    generations.on_picture = attached.keep_picture
    generations.on_running_changed = lambda owner_id: changes.publish(owner_id, ANSWERS)
    metrics = await _open_metrics(settings, database, generations, changes, closing)
    readiness = Readiness(database)
    shared_copies = SharedCopies(database, secrets, passwords, catalogue, attached)
    exports = Exports(database, attached)
    importing = Imports(database, settings.data_dir, attached, changes.publish)
    trash = Trash(database, generations)
    temporary_chats = TemporaryChats(database, generations)
    purge = Purge(
        database,
        before_each=AutomaticDeletion(database, changes).round,
        steps=steps_with(attached.purge_step),
    )
    trash.on_deleted_forever = temporary_chats.on_deleted_forever = purge.soon
    backups = DailyBackups(database, settings.data_dir, settings.backups)
    refresh = ModelRefresh(providers, find_local=settings.find_local_servers)
    for each in (
        accounts,
        shared_copies,
        exports,
        attached,
        importing,
        generations,
        answer_start,
        titles,
        purge,
        backups,
        refresh,
    ):
        closing.push_async_callback(each.close)
    owner_id = (await accounts.open()).id

    async def stop_answers(user_id: str) -> None:
        for conversation_id in await generations.running_conversations(user_id):
            await generations.stop_conversation(user_id, conversation_id)

    accounts.people.stop_answers = stop_answers
    accounts.people.on_deleted = purge.soon
    await generations.open()
    await importing.open()
    await attached.open()
    await providers.open(owner_id)
    await temporary_chats.open()
    install(
        Services(
            accounts=accounts,
            assistant_transfer=AssistantTransfer(database, catalogue, attached),
            assistant_links=AssistantLinks(database, secrets, catalogue, attached),
            assistants=Assistants(database, secrets, catalogue, preferences, attached),
            catalogue=catalogue,
            changes=changes,
            collections=Collections(database),
            comparing=Comparing(database, catalogue, generations),
            conversations=Conversations(database, secrets, catalogue, generations, attached),
            answers=generations,
            branches=Branches(database, generations),
            exports=exports,
            files=attached,
            imports=importing,
            further_answers=further_answers,
            member_limits=member_limits,
            metrics=metrics,
            model_refresh=refresh,
            preferences=preferences,
            provider_health=ProviderHealth(database, health),
            providers=providers,
            rate_limits=rate_limits,
            readiness=readiness,
            repeats=repeats,
            saved_prompts=SavedPrompts(database),
            search=Search(database),
            sending=sending,
            sent_answers=sent_answers,
            shared_copies=shared_copies,
            server_facts=ServerFacts(database, backups),
            sharing=Sharing(database, secrets, passwords, _public_url(settings)),
            usage=Usage(database),
            temporary_chats=temporary_chats,
            trash=trash,
        )
    )
    refresh.start(owner_id)
    purge.start()
    backups.start()
    on_stopping(readiness.stop)
    on_stopping(generations.close)


async def _open_metrics(
    settings: Settings,
    database: Database,
    generations: Generations,
    changes: InProcessChangeFeed,
    closing: AsyncExitStack,
) -> Metrics | None:
    """Connect the metrics to what they measure; None if the host has not turned them on."""
    if settings.metrics_token is None:
        return None
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
    metrics.start()
    closing.push_async_callback(metrics.close)
    return metrics


# Reflex would reload the page on some errors by evaluating a string, which the CSP forbids.
FrontendEventExceptionState.auto_reload_on_errors = []

app = rx.App(
    stylesheets=["/tokens.css", "/fonts.css", "/styles.css", "/markdown/answer.css"],
    head_components=[
        words_script(),
        first_script(),
        rx.el.script(src=served("/early_text.js"), type="module", custom_attrs={"async": True}),
        typeface(),
        rx.el.link(rel="icon", href=served("/favicon.svg"), type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href=served("/icons/apple-180.png")),
        rx.el.link(rel="manifest", href=served("/manifest.json")),
    ],
    html_lang="en",
    hydrate_fallback=page_skeleton,
    toaster=None,
    app_wraps={(55, "ErrorBoundary"): lambda stateful: error_boundary()},
    backend_exception_handler=on_backend_exception,
    api_transformer=Starlette(
        routes=[
            *answers.routes,
            *assistants.routes,
            *branch_tree.routes,
            *changes.routes,
            *export.routes,
            *files.routes,
            *imports.routes,
            *languages.routes,
            *pictures.routes,
            *prompts.routes,
            *search.routes,
            *account_routes(get_settings().public_origins),
            *passkey_routes(get_settings().public_origins),
            *openid_routes(get_settings().public_urls, get_settings().public_origins),
            *share_routes(_public_url(get_settings())),
        ],
        exception_handlers={Exception: failures.failed},
    ),
)
guard(app)
app.register_lifespan_task(services_lifespan)

_APP = " · webchat"
_EVERY_PAGE = [SidebarState.load, ModelsState.open, ShortcutsState.load, DeletionState.open_page]
app.add_page(new_chat_page, route="/", title=ChatState.page_title, on_load=[ChatState.open_new, *_EVERY_PAGE])
app.add_page(
    conversation_page,
    route="/c/[conversation]",
    title=ChatState.page_title,
    on_load=[ChatState.open_conversation, *_EVERY_PAGE],
)
app.add_page(
    history_page,
    route="/history",
    title=t("History") + _APP,
    on_load=[HistoryState.open, SearchState.open, ImportsState.follow, *_EVERY_PAGE],
)
app.add_page(trash_page, route="/trash", title=t("Trash") + _APP, on_load=[TrashState.open, *_EVERY_PAGE])
for page, route, title, on_load in (
    (settings_pages.general_page, "", None, [PreferencesState.load]),
    (
        settings_pages.models_page,
        "/models",
        t("Models and providers"),
        [ProvidersState.open, ProviderModelsState.close],
    ),
    (settings_pages.sharing_page, "/sharing", t("Sharing"), [LinksState.load]),
    (settings_pages.assistants_page, "/assistants", t("Assistants"), [AssistantsState.open]),
    (settings_pages.prompts_page, "/prompts", t("Prompts"), [PromptsState.load]),
    (settings_pages.data_page, "/data", t("Data"), [PreferencesState.load, ImportsState.follow]),
    (settings_pages.keyboard_page, "/keyboard", t("Keyboard"), []),
    (settings_pages.account_page, "/account", t("Account"), [PasskeysState.load]),
    (settings_pages.people_page, "/people", t("People"), [PeopleState.load, MemberLimitsState.load]),
    (settings_pages.server_page, "/server", t("Server"), [ServerState.load]),
    (settings_pages.about_page, "/about", t("About"), []),
):
    app.add_page(
        page,
        route=f"/settings{route}",
        title=("" if title is None else title + " · ") + t("Settings") + _APP,
        on_load=[AccountState.load, *on_load, *_EVERY_PAGE],
    )
app.add_page(not_found_page, route="404", title=t("Not found") + _APP, on_load=_EVERY_PAGE)
