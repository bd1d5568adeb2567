"""The OpenID Connect issuer that the host has configured, and which of its users may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webchat.openid.values import Client
from webchat.services.accounts.admission import Admission
from webchat.settings import Settings, comma_separated
from webchat.storage.types import fold

if TYPE_CHECKING:
    from webchat.openid.issuer import Issuer


def configured_issuer(settings: Settings) -> Issuer | None:
    """The issuer with which people sign in; None if the host has set none."""
    if not (settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret):
        return None
    # Imported only where it is wanted, because it takes 10 MB.
    from webchat.openid.issuer import Issuer

    client = Client(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_shown_name,
        wants_groups=settings.oidc_allowed_groups is not None,
    )
    return Issuer(client)


def configured_admission(settings: Settings) -> Admission:
    """Whom the host lets in."""
    return Admission(
        frozenset(map(fold, comma_separated(settings.oidc_allowed_domains))),
        frozenset(comma_separated(settings.oidc_allowed_groups)),
    )
