"""The routes of the pages, with the title of each and what it loads when it is opened."""

from __future__ import annotations

import reflex as rx

from webchat.components.words import t
from webchat.pages import settings
from webchat.pages.chat import conversation_page, new_chat_page
from webchat.pages.history import history_page
from webchat.pages.not_found import not_found_page
from webchat.pages.trash import trash_page
from webchat.state.account import AccountState
from webchat.state.assistants import AssistantsState
from webchat.state.chat import ChatState
from webchat.state.deletion import DeletionState
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

_APP = " · webchat"
_EVERY_PAGE = [SidebarState.load, ModelsState.open, ShortcutsState.load, DeletionState.open_page]


def add_pages(app: rx.App) -> None:
    """Add every page to the app."""
    app.add_page(
        new_chat_page,
        route="/",
        title=ChatState.page_title,
        on_load=[ChatState.open_new, *_EVERY_PAGE],
    )
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
    _add_settings(app)
    app.add_page(not_found_page, route="404", title=t("Not found") + _APP, on_load=_EVERY_PAGE)


def _add_settings(app: rx.App) -> None:
    for page, route, title, on_load in (
        (settings.general_page, "", None, [PreferencesState.load]),
        (
            settings.models_page,
            "/models",
            t("Models and providers"),
            [ProvidersState.open, ProviderModelsState.close],
        ),
        (settings.sharing_page, "/sharing", t("Sharing"), [LinksState.load]),
        (settings.assistants_page, "/assistants", t("Assistants"), [AssistantsState.open]),
        (settings.prompts_page, "/prompts", t("Prompts"), [PromptsState.load]),
        (settings.data_page, "/data", t("Data"), [PreferencesState.load, ImportsState.follow]),
        (settings.keyboard_page, "/keyboard", t("Keyboard"), []),
        (settings.account_page, "/account", t("Account"), [PasskeysState.load]),
        (settings.people_page, "/people", t("People"), [PeopleState.load, MemberLimitsState.load]),
        (settings.server_page, "/server", t("Server"), [ServerState.load]),
        (settings.about_page, "/about", t("About"), []),
    ):
        app.add_page(
            page,
            route=f"/settings{route}",
            title=("" if title is None else title + " · ") + t("Settings") + _APP,
            on_load=[AccountState.load, *on_load, *_EVERY_PAGE],
        )
