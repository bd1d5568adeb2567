"""Fetches the JSON documents of an issuer, limited in size and time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from webchat.errors import as_argument
from webchat.hosts import is_safe_address
from webchat.openid.errors import OpenIdError
from webchat.providers.errors import ProviderError
from webchat.providers.model_list import read_json
from webchat.providers.wire.connection import ConnectionOptions
from webchat.providers.wire.deadlines import Deadlines
from webchat.providers.wire.http import Call, open_answer

MOST_BYTES = 256 * 1024
DEADLINES = Deadlines(connect=5, first_text=10, idle=5, total=10)
_ERROR = re.compile(r"[a-z_]{1,40}")


async def fetch(call: Call, name: str, deadlines: Deadlines = DEADLINES) -> dict[str, Any]:
    """Return the JSON object that the issuer answers with.

    Raises:
        OpenIdError: it cannot be reached, is too slow, refuses, or answers with something else.
    """
    try:
        async with open_answer(call, ConnectionOptions(name, deadlines, read_pause=0)) as answer:
            status, body = answer.status, await answer.read(MOST_BYTES)
    except ProviderError as error:
        raise OpenIdError("unreachable", name, cause=as_argument(error)) from error
    try:
        value = read_json(body)
    except (ValueError, RecursionError):
        value = None
    if status != 200:
        said = error_code(value.get("error")) if isinstance(value, dict) else ""
        raise OpenIdError("issuer_refused", name, error=said or f"HTTP {status}")
    if not isinstance(value, dict):
        raise OpenIdError("answer", name)
    return value


def error_code(value: object) -> str:
    """The code of an error in the form of OAuth 2, such as `access_denied`; empty for anything else."""
    return value if isinstance(value, str) and _ERROR.fullmatch(value) else ""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where an issuer takes requests, from its discovery document."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    """Empty if it has none."""
    secret_in_body: bool
    """Whether it wants the client's secret in the body instead of a header."""
    has_groups: bool
    """Whether it knows the scope `groups`."""

    @classmethod
    def read(cls, document: dict[str, Any], issuer: str, name: str) -> Self:
        """Read a discovery document.

        Raises:
            OpenIdError: it is incomplete, insecure or of another issuer.
        """
        found = document.get("issuer")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        needed = [document.get(each) for each in names]
        if not isinstance(found, str) or found.rstrip("/") != issuer.rstrip("/"):
            raise OpenIdError("answer", name)
        if not all(map(is_safe_address, needed)):
            raise OpenIdError("answer", name)
        authorization, token, keys = map(str, needed)
        userinfo = document.get("userinfo_endpoint")
        methods = document.get("token_endpoint_auth_methods_supported")
        scopes = document.get("scopes_supported")
        return cls(
            issuer=found,
            authorization=authorization,
            token=token,
            keys=keys,
            userinfo=str(userinfo) if is_safe_address(userinfo) else "",
            secret_in_body=isinstance(methods, list)
            and "client_secret_post" in methods
            and "client_secret_basic" not in methods,
            has_groups=isinstance(scopes, list) and "groups" in scopes,
        )
