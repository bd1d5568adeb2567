"""A small, strict issuer of OpenID Connect on loopback, which signs with a key of its own.

`async with OpenIdIssuer() as issuer:` in a test's own loop. `/authorize` signs the `person` in without
asking. Whatever it says can be changed: see its attributes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.upstreams.http_server import Reply, SeenRequest, Server

CLIENT_ID = "webchat"
CLIENT_SECRET = "a-secret-of-the-issuer"
Handler = Callable[[SeenRequest, Reply], Awaitable[None]]


@dataclass
class Asked:
    """What came with somebody who was sent here, until the code is used."""

    redirect_uri: str
    challenge: str
    nonce: str


class OpenIdIssuer:
    """The issuer. Use it as an async context manager."""

    def __init__(self, port: int = 0) -> None:
        self._server = Server(self._answer, port)
        self._codes: dict[str, Asked] = {}
        self.key = ECKey.generate_key("P-256", {"kid": "first", "use": "sig"})
        self.person: dict[str, Any] = {
            "sub": "0001",
            "preferred_username": "carol",
            "email": "carol@example.org",
            "email_verified": True,
        }
        self.changes: dict[str, Any] = {}
        """Claims of the token in place of the right ones; None leaves one out."""
        self.metadata: dict[str, Any] = {}
        """Changes to the discovery document."""
        self.userinfo: dict[str, Any] = {}
        self.error = ""
        """With which people are sent back instead of a code."""
        self.sign = self.signed
        """Makes the token of its claims."""
        self.handlers: dict[str, Handler] = {}
        """What answers a path instead of the issuer."""

    @property
    def url(self) -> str:
        """Its address, which is also its name."""
        return self._server.origin

    @property
    def requests(self) -> list[SeenRequest]:
        """All requests so far."""
        return self._server.requests

    def signed(self, claims: dict[str, Any]) -> str:
        """The claims as a token signed with the issuer's key."""
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def change_key(self) -> None:
        """Sign with another key from now on, which takes the place of the first."""
        self.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._server.__aexit__(*exc_info)

    async def _answer(self, request: SeenRequest, reply: Reply) -> None:
        answers: dict[str, Handler] = {
            "/.well-known/openid-configuration": self._discovery,
            "/keys": self._keys,
            "/authorize": self._authorize,
            "/token": self._token,
            "/userinfo": self._userinfo,
        }
        handler = self.handlers.get(request.path) or answers.get(request.path)
        if handler is None:
            reply.json(404, {"error": "not_found"})
        else:
            await handler(request, reply)

    async def _discovery(self, _request: SeenRequest, reply: Reply) -> None:
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "scopes_supported": ["openid", "profile", "email", "groups"],
        }
        reply.json(200, document | self.metadata)

    async def _keys(self, _request: SeenRequest, reply: Reply) -> None:
        reply.json(200, {"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: SeenRequest, reply: Reply) -> None:
        asked = request.query
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_hex(8)
        self._codes[code] = Asked(asked["redirect_uri"], asked["code_challenge"], asked["nonce"])
        answer = {"error": self.error} if self.error else {"code": code}
        target = f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}"
        reply.whole(302, b"", {"Location": target})

    async def _token(self, request: SeenRequest, reply: Reply) -> None:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        in_body = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if request.headers.get("authorization") != f"Basic {basic}" and not in_body:
            reply.json(401, {"error": "invalid_client"})
            return
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or (asked.challenge, asked.redirect_uri) != (challenge, form["redirect_uri"]):
            reply.json(400, {"error": "invalid_grant"})
            return
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked.nonce}
        claims |= self.person | self.changes
        token = self.sign({name: value for name, value in claims.items() if value is not None})
        reply.json(200, {"access_token": "for-userinfo", "token_type": "Bearer", "id_token": token})

    async def _userinfo(self, request: SeenRequest, reply: Reply) -> None:
        assert request.headers.get("authorization") == "Bearer for-userinfo"
        reply.json(200, {"sub": self.person["sub"]} | self.userinfo)
