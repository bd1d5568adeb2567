"""An issuer of OpenID Connect: where people sign in, and who they are when they come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from webchat.openid.documents import DEADLINES, Endpoints, fetch
from webchat.openid.errors import OpenIdError
from webchat.openid.tokens import KeyUnknown, TokenInvalid, checked_claims, read_keys
from webchat.openid.values import Claimed, Client, Question
from webchat.providers.wire.deadlines import Deadlines
from webchat.providers.wire.http import Call

log = structlog.get_logger(__name__)

KEPT = 3600.0
"""Seconds for which the issuer's documents are used before they are fetched again."""
KEYS_AGAIN = 60.0
"""Seconds after which an unknown key is a reason to fetch the keys again."""
FAILURE_KEPT = 5.0
"""Seconds for which an issuer that could not be reached is not asked again."""
LONGEST_SUBJECT = 255
LONGEST_TEXT = 320
MOST_GROUPS = 1_000
_JSON = {"Accept": "application/json"}


class Issuer:
    """Asks one issuer. Its documents are fetched when they are first needed, and kept for a while."""

    def __init__(
        self, client: Client, *, deadlines: Deadlines = DEADLINES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.client = client
        self._deadlines = deadlines
        self._clock = clock
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._failed: tuple[float, OpenIdError] | None = None
        self._asking = asyncio.Lock()

    async def check(self) -> None:
        """Make sure that the issuer can be used.

        Raises:
            OpenIdError: it cannot be used now.
        """
        await self._found()

    async def authorization_url(self, question: Question, state: str) -> str:
        """The address at the issuer where somebody signs in.

        Raises:
            OpenIdError: the issuer cannot be used now.
        """
        endpoints = await self._found()
        groups = " groups" if self.client.wants_groups and endpoints.has_groups else ""
        address = prepare_grant_uri(
            endpoints.authorization,
            client_id=self.client.client_id,
            response_type="code",
            redirect_uri=question.redirect_uri,
            scope=f"openid profile email{groups}",
            state=state,
            nonce=question.nonce,
            code_challenge=create_s256_code_challenge(question.verifier),
            code_challenge_method="S256",
        )
        return str(address)

    async def identify(self, code: str, question: Question) -> Claimed:
        """Exchange a code for who somebody is.

        Raises:
            OpenIdError: the issuer cannot be used now, refuses the code, or says what cannot be trusted.
        """
        endpoints = await self._found()
        answer = await self._exchange(endpoints, code, question)
        token, access = answer.get("id_token"), answer.get("access_token")
        access = access if isinstance(access, str) else ""
        if not isinstance(token, str):
            raise OpenIdError("answer", self.client.name)
        try:
            claims = await self._checked(endpoints, token, access, question)
        except (KeyUnknown, TokenInvalid) as error:
            log.warning("an ID token was refused", reason=str(error) or "its key is unknown")
            raise OpenIdError("token", self.client.name) from error
        if endpoints.userinfo and access and self._is_missing(claims):
            claims = await self._more(endpoints, access, claims)
        return self._claimed(claims)

    async def _exchange(self, endpoints: Endpoints, code: str, question: Question) -> dict[str, Any]:
        body = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=question.redirect_uri,
            code_verifier=question.verifier,
        )
        method = "client_secret_post" if endpoints.secret_in_body else "client_secret_basic"
        auth = ClientAuth(self.client.client_id, self.client.client_secret, method)
        headers = {**_JSON, "Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = auth.prepare("POST", endpoints.token, headers, body)
        return await self._fetch(Call("POST", url, headers, body.encode()))

    async def _checked(
        self, endpoints: Endpoints, token: str, access_token: str, question: Question
    ) -> dict[str, Any]:
        """The token's claims. The keys are fetched again once if its key is unknown: issuers change them."""
        async with self._asking:
            kept = self._keys
            if kept is None or self._clock() - kept[0] > KEPT:
                kept = await self._fetch_keys(endpoints)

        def checked(keys: KeySet) -> dict[str, Any]:
            return checked_claims(
                token,
                keys,
                issuer=endpoints.issuer,
                client_id=self.client.client_id,
                nonce=question.nonce,
                access_token=access_token,
            )

        try:
            return checked(kept[1])
        except KeyUnknown:
            async with self._asking:
                if self._keys is kept:
                    if self._clock() - kept[0] < KEYS_AGAIN:
                        raise
                    await self._fetch_keys(endpoints)
                assert self._keys is not None
                keys = self._keys[1]
            return checked(keys)

    async def _fetch_keys(self, endpoints: Endpoints) -> tuple[float, KeySet]:
        self._keys = (self._clock(), read_keys(await self._document(endpoints.keys)))
        return self._keys

    async def _more(self, endpoints: Endpoints, access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
        """The claims with those that this issuer tells only when asked for them."""
        headers = {**_JSON, "Authorization": f"Bearer {access_token}"}
        more = await self._fetch(Call("GET", endpoints.userinfo, headers))
        if more.get("sub") != claims["sub"]:
            raise OpenIdError("token", self.client.name)
        # An address is verified where it is said, and nowhere else.
        source = claims if "email" in claims else more
        address = {name: source.get(name) for name in ("email", "email_verified")}
        return {**more, **claims, **address}

    def _is_missing(self, claims: dict[str, Any]) -> bool:
        wanted = ["preferred_username", "email", *(["groups"] if self.client.wants_groups else [])]
        return any(name not in claims for name in wanted)

    def _claimed(self, claims: dict[str, Any]) -> Claimed:
        subject = claims["sub"]
        if not (1 <= len(subject) <= LONGEST_SUBJECT and subject.isascii() and subject.isprintable()):
            raise OpenIdError("token", self.client.name)
        groups = claims.get("groups")
        named = groups[:MOST_GROUPS] if isinstance(groups, list) else []
        return Claimed(
            issuer=self.client.issuer.rstrip("/"),
            subject=subject,
            username=_text(claims.get("preferred_username")),
            email=_text(claims.get("email")),
            email_verified=claims.get("email_verified") is True,
            groups=frozenset(each for each in named if isinstance(each, str)),
        )

    async def _found(self) -> Endpoints:
        """The issuer's endpoints."""
        async with self._asking:
            if self._endpoints is None or self._clock() - self._endpoints[0] > KEPT:
                client = self.client
                url = f"{client.issuer.rstrip('/')}/.well-known/openid-configuration"
                endpoints = Endpoints.read(await self._document(url), client.issuer, client.name)
                self._endpoints = (self._clock(), endpoints)
            return self._endpoints[1]

    async def _document(self, url: str) -> dict[str, Any]:
        """One of the issuer's documents. Callers come one by one, so a failure counts for those who wait."""
        if self._failed is not None and self._clock() - self._failed[0] < FAILURE_KEPT:
            raise self._failed[1].with_traceback(None)
        try:
            return await self._fetch(Call("GET", url, _JSON))
        except OpenIdError as error:
            self._failed = (self._clock(), error)
            raise

    async def _fetch(self, call: Call) -> dict[str, Any]:
        return await fetch(call, self.client.name, self._deadlines)


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
