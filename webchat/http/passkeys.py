"""What a browser asks before it makes or uses a passkey, and the passkeys that it has made."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from webchat.errors import WebchatError
from webchat.http.forms import body_of
from webchat.http.passkey_site import passkey_site
from webchat.http.reader import client_address, reader_address, retry_after
from webchat.services.accounts import Person
from webchat.services.accounts.authenticators import LONGEST_ANSWER
from webchat.services.errors import NotSignedIn, PasskeyInvalid, TooManySignIns, TooOften
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.storage.errors import UserNotFound
from webchat.words.errors import shown

_HEADERS = {"Cache-Control": "no-store"}


def passkey_routes(public_origins: Sequence[str] = ()) -> list[BaseRoute]:
    """The routes of passkeys; `public_origins` is where webchat is published."""
    routes = _Passkeys(public_origins)
    return [
        Route("/sign-in/passkey", routes.to_sign_in, methods=["POST"]),
        Route("/api/passkeys/options", routes.to_add, methods=["POST"]),
        Route("/api/passkeys", routes.add, methods=["POST"]),
    ]


class _Passkeys:
    def __init__(self, public_origins: Sequence[str]) -> None:
        self._public_origins = public_origins

    async def to_sign_in(self, request: Request) -> Response:
        """POST /sign-in/passkey: what the browser needs to sign in with a passkey."""
        try:
            site = passkey_site(request, self._public_origins)
        except PasskeyInvalid as problem:
            return _refused(problem, 400)
        return _found(await services().accounts.passkeys.request_options(site))

    async def to_add(self, request: Request) -> Response:
        """POST /api/passkeys/options: what the browser needs to make a passkey."""
        try:
            person = await _person(request)
            site = passkey_site(request, self._public_origins)
            return _found(await services().accounts.passkeys.creation_options(person, site))
        except NotSignedIn as refusal:
            return _refused(refusal, 401)
        except (PasskeyInvalid, UserNotFound) as problem:
            return _refused(problem, 400)

    async def add(self, request: Request) -> Response:
        """POST /api/passkeys?name=: `{"id"}` of the passkey that was added from the answer in the body."""
        try:
            person = await _person(request)
            services().rate_limits.note(Action.PASSKEY, person.id, client_address(request))
            site = passkey_site(request, self._public_origins)
            body = await body_of(request, LONGEST_ANSWER)
            added = await services().accounts.passkeys.add(
                person,
                site,
                (body or b"").decode("utf-8", "replace"),
                request.query_params.get("name", ""),
                reader_address(request),
            )
        except NotSignedIn as refusal:
            return _refused(refusal, 401)
        except (TooOften, TooManySignIns) as refusal:
            return _refused(refusal, 429, refusal.wait)
        except (PasskeyInvalid, UserNotFound) as problem:
            return _refused(problem, 400)
        return _found({"id": added})


async def _person(request: Request) -> Person:
    return await services().accounts.person_of(request.headers.get("cookie", ""))


def _found(content: object) -> Response:
    return JSONResponse(content, headers=_HEADERS)


def _refused(problem: WebchatError, status: int, wait: float | None = None) -> Response:
    return JSONResponse({"error": shown(problem)}, status, {**_HEADERS, **retry_after(wait)})
