"""Asks the issuer of OpenID Connect for its configuration, for `webchat doctor`."""

from __future__ import annotations

from webchat.hosting.findings import Finding, Verdict
from webchat.openid.errors import OpenIdError
from webchat.services.accounts.configured_issuer import configured_issuer
from webchat.settings import Settings
from webchat.words.errors import shown


async def examine_issuer(settings: Settings) -> list[Finding]:
    """Return a finding if the host has set an issuer: whether it can be used, and what it must know."""
    issuer = configured_issuer(settings)
    if issuer is None:
        return []
    try:
        await issuer.check()
    except OpenIdError as error:
        return [Finding(Verdict.FAULT, "Sign-in", shown(error))]
    back = ", ".join(f"{url.rstrip('/')}/sign-in/oidc" for url in settings.addresses)
    words = f"{issuer.client.name} answers; it must send people back to {back}"
    return [Finding(Verdict.GOOD, "Sign-in", words)]
