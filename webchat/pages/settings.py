"""The settings pages: one for each section."""

from __future__ import annotations

import reflex as rx

from webchat.components.about_settings import about_settings
from webchat.components.account_settings import account_settings
from webchat.components.assistant_settings import assistant_settings
from webchat.components.data_settings import data_settings
from webchat.components.general_settings import general_settings
from webchat.components.keyboard_settings import keyboard_settings
from webchat.components.link_settings import link_settings
from webchat.components.people_settings import people_settings
from webchat.components.prompt_settings import prompt_settings
from webchat.components.provider_settings import provider_settings
from webchat.components.server_settings import server_settings
from webchat.components.settings_frame import settings_frame
from webchat.state.links import LinksState
from webchat.state.providers import ProvidersState


def general_page() -> rx.Component:
    """Appearance and the defaults of new chats."""
    return settings_frame("/settings", general_settings())


def models_page() -> rx.Component:
    """The providers and their models."""
    return settings_frame("/settings/models", provider_settings(), on_change=ProvidersState.on_remote_change)


def sharing_page() -> rx.Component:
    """The shared links."""
    return settings_frame("/settings/sharing", link_settings(), on_change=LinksState.on_remote_change)


def assistants_page() -> rx.Component:
    """The assistants."""
    return settings_frame("/settings/assistants", assistant_settings())


def prompts_page() -> rx.Component:
    """The saved prompts."""
    return settings_frame("/settings/prompts", prompt_settings())


def data_page() -> rx.Component:
    """Usage, export and import, deletion."""
    return settings_frame("/settings/data", data_settings())


def keyboard_page() -> rx.Component:
    """The keys."""
    return settings_frame("/settings/keyboard", keyboard_settings())


def account_page() -> rx.Component:
    """Who has signed in, and where."""
    return settings_frame("/settings/account", account_settings())


def people_page() -> rx.Component:
    """Accounts and invitations, for administrators."""
    return settings_frame("/settings/people", people_settings())


def server_page() -> rx.Component:
    """What everybody used, the database and the backups, for administrators."""
    return settings_frame("/settings/server", server_settings())


def about_page() -> rx.Component:
    """The version, and what is stored where."""
    return settings_frame("/settings/about", about_settings())
