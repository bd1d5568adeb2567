"""Who is using this tab: every handler asks, none trusts what the browser says about it."""

from __future__ import annotations

import reflex as rx

from webchat.services.runtime import services


def owner_of(state: rx.State) -> str:
    """The id of the person behind the tab's connection, from its cookie."""
    return services().accounts.owner_of(state.router.headers.cookie)


def tab_of(state: rx.State) -> str:
    """The id of the browser tab a handler runs for."""
    return state.router.session.client_token
