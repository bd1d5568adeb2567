"""The error of a sign-in through OpenID Connect. Its messages are in `webchat.words.openid_errors`."""

from __future__ import annotations

from typing import Any

from webchat.errors import WebchatError


class OpenIdError(WebchatError):
    """Somebody could not be signed in. `name` is what people call the issuer."""

    code = "openid"

    def __init__(self, reason: str, name: str, **details: Any) -> None:
        super().__init__(reason, name=name, **details)
        self.name = name
