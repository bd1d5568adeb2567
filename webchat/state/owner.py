"""Who is using this tab. Every handler checks this and never trusts the browser's claims."""

from __future__ import annotations

import reflex as rx

from webchat.services.runtime import services


def owner_of(state: rx.State) -> str:
    """The id of the user behind the tab's connection, from its cookie."""
    return services().accounts.owner_of(state.router.headers.cookie)


def tab_of(state: rx.State) -> str:
    """The id of the browser tab that a handler runs for."""
    return state.router.session.client_token
