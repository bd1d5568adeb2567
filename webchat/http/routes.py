"""All routes beside those of Reflex."""

from __future__ import annotations

from starlette.routing import BaseRoute

from webchat.http import (
    answers,
    assistants,
    branch_tree,
    changes,
    diagrams,
    export,
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
from webchat.settings import Settings


def all_routes(settings: Settings) -> list[BaseRoute]:
    """The routes of a server with these settings."""
    return [
        *answers.routes,
        *assistants.routes,
        *branch_tree.routes,
        *changes.routes,
        *diagrams.routes,
        *export.routes,
        *files.routes,
        *imports.routes,
        *languages.routes,
        *pictures.routes,
        *prompts.routes,
        *search.routes,
        *account_routes(settings.public_origins),
        *passkey_routes(settings.public_origins),
        *openid_routes(settings.public_urls, settings.public_origins),
        *share_routes(settings.public_address),
    ]
