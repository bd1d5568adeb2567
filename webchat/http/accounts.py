"""Setup, sign-in, invitations and sign-out: pages rendered on the server."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from webchat.http.base_path import base_of
from webchat.http.forms import fields_of
from webchat.http.own_paths import own_path
from webchat.http.passkey_site import passkey_site
from webchat.http.reader import reader_address, retry_after
from webchat.rendering.account_pages import invitation_page, setup_page, sign_in_page
from webchat.rendering.document import Page
from webchat.rendering.page import notice_page
from webchat.services.accounts.authenticators import LONGEST_ANSWER
from webchat.services.accounts.cookies import MAX_AGE
from webchat.services.accounts.credentials import SHORTEST
from webchat.services.errors import (
    AccountInvalid,
    AccountLinkInvalid,
    NotAllowed,
    NotSignedIn,
    PasskeyInvalid,
    SignInRefused,
    TooManySignIns,
)
from webchat.services.runtime import services
from webchat.storage.errors import UsernameTaken
from webchat.words.errors import shown

_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
PERSON_COOKIE = "webchat_person"
"""Readable by our scripts, which keep the drafts of each person apart (assets/chat/storage.js)."""


def account_routes(public_origins: Sequence[str] = ()) -> list[BaseRoute]:
    """The routes of accounts; `public_origins` is where webchat is published."""
    pages = _AccountPages(public_origins)
    return [
        Route("/setup/{token}", pages.setup, methods=["GET", "HEAD"]),
        Route("/setup/{token}", pages.set_up, methods=["POST"]),
        Route("/sign-in", pages.sign_in, methods=["GET", "HEAD"]),
        Route("/sign-in", pages.signed_in, methods=["POST"]),
        Route("/invite/{token}", pages.invitation, methods=["GET", "HEAD"]),
        Route("/invite/{token}", pages.accept, methods=["POST"]),
        Route("/sign-out", pages.sign_out, methods=["POST"]),
        Route("/api/audit.csv", audit_log),
    ]


class _AccountPages:
    def __init__(self, public_origins: Sequence[str]) -> None:
        self._public_origins = public_origins

    async def setup(self, request: Request) -> Response:
        """GET /setup/{token}: the form for the first administrator."""
        accounts = services().accounts
        try:
            accounts.check_setup(request.path_params["token"])
        except AccountLinkInvalid as problem:
            return _no_link(problem)
        may_adopt = await accounts.has_local_conversations()
        return _page(setup_page(may_adopt=may_adopt, least=SHORTEST))

    async def set_up(self, request: Request) -> Response:
        """POST /setup/{token}: makes the first administrator and signs in."""
        accounts, fields = services().accounts, await fields_of(request)
        username, adopt = fields.get("username", ""), fields.get("adopt") == "yes"
        try:
            token = await accounts.set_up(
                request.path_params["token"],
                username,
                fields.get("password", ""),
                adopt=adopt,
                **self._from(request),
            )
        except AccountLinkInvalid as problem:
            return _no_link(problem)
        except AccountInvalid as problem:
            may_adopt = await accounts.has_local_conversations()
            page = setup_page(
                may_adopt=may_adopt, adopt=adopt, username=username, problem=shown(problem), least=SHORTEST
            )
            return _page(page, 400)
        return await self._welcome(request, token, "/")

    async def sign_in(self, request: Request) -> Response:
        """GET /sign-in?next=: the form, or the next page for whoever has signed in."""
        following = own_path(request.query_params.get("next", ""))
        try:
            await services().accounts.person_of(_cookie(request))
        except NotSignedIn:
            return self._sign_in_form(request, following)
        return RedirectResponse(following, 303, _HEADERS)

    async def signed_in(self, request: Request) -> Response:
        """POST /sign-in: starts a session and goes to the next page."""
        accounts, fields = services().accounts, await fields_of(request, LONGEST_ANSWER)
        username, following = fields.get("username", ""), own_path(fields.get("next", ""))
        try:
            if "passkey" in fields:
                site = passkey_site(request, self._public_origins)
                token = await accounts.passkeys.sign_in(site, fields["passkey"], **self._from(request))
            else:
                token = await accounts.sign_in(username, fields.get("password", ""), **self._from(request))
        except (SignInRefused, TooManySignIns, PasskeyInvalid) as problem:
            status = 429 if isinstance(problem, TooManySignIns) else 403
            wait = problem.wait if isinstance(problem, TooManySignIns) else None
            response = self._sign_in_form(request, following, status, username, shown(problem))
            response.headers.update(retry_after(wait))
            return response
        return await self._welcome(request, token, following)

    async def invitation(self, request: Request) -> Response:
        """GET /invite/{token}: the form that makes an account or sets its password."""
        try:
            invited = await services().accounts.invitations.find(request.path_params["token"])
        except AccountLinkInvalid as problem:
            return _no_link(problem)
        return _page(invitation_page(username=invited.username, least=SHORTEST))

    async def accept(self, request: Request) -> Response:
        """POST /invite/{token}: makes the account, or sets the password, and signs in."""
        invitations, fields = services().accounts.invitations, await fields_of(request)
        link, username = request.path_params["token"], fields.get("username", "")
        try:
            invited = await invitations.find(link)
            token = await invitations.accept(
                link, username, fields.get("password", ""), **self._from(request)
            )
        except AccountLinkInvalid as problem:
            return _no_link(problem)
        except (AccountInvalid, UsernameTaken) as problem:
            page = invitation_page(
                username=invited.username, typed=username, problem=shown(problem), least=SHORTEST
            )
            return _page(page, 400)
        return await self._welcome(request, token, "/")

    async def sign_out(self, request: Request) -> Response:
        """POST /sign-out: ends the session, or with `everywhere` all of the person's."""
        accounts, fields = services().accounts, await fields_of(request)
        try:
            person = await accounts.person_of(_cookie(request))
        except NotSignedIn:
            pass  # it is over already
        else:
            address = self._from(request)["address"]
            if fields.get("everywhere"):
                await accounts.sign_out_everywhere(person, address)
            else:
                await accounts.sign_out(person, address)
        gone = RedirectResponse("/sign-in", 303, _HEADERS)
        gone.delete_cookie(accounts.cookie.name, secure=accounts.cookie.secure, httponly=True, samesite="lax")
        return gone

    def _sign_in_form(
        self, request: Request, following: str, status: int = 200, username: str = "", problem: str = ""
    ) -> Response:
        try:
            passkey_site(request, self._public_origins)
            passkeys = True
        except PasskeyInvalid:
            passkeys = False
        page = sign_in_page(
            next_path=following,
            username=username,
            problem=problem,
            passkeys=passkeys,
            base=base_of(request),
        )
        return _page(page, status)

    async def _welcome(self, request: Request, token: str, following: str) -> Response:
        """Go to the next page with a new session; one that the browser had before ends."""
        accounts = services().accounts
        try:
            before = await accounts.person_of(_cookie(request))
        except NotSignedIn:
            pass
        else:
            await accounts.sign_out(before)
        cookie = accounts.cookie
        person = await accounts.person_of(f"{cookie.name}={token}")
        response = RedirectResponse(following, 303, _HEADERS)
        response.set_cookie(
            cookie.name, token, max_age=MAX_AGE, secure=cookie.secure, httponly=True, samesite="lax"
        )
        # Says nothing about the person, and is no secret.
        known = hashlib.sha256(person.id.encode()).hexdigest()[:16]
        response.set_cookie(PERSON_COOKIE, known, max_age=MAX_AGE, secure=cookie.secure, samesite="lax")
        return response

    def _from(self, request: Request) -> dict[str, str]:
        """Where a request comes from, for limits and the audit log."""
        return {
            "address": reader_address(request),
            "user_agent": request.headers.get("user-agent", ""),
        }


async def audit_log(request: Request) -> Response:
    """GET /api/audit.csv: the audit log, for administrators."""
    try:
        person = await services().accounts.person_of(_cookie(request))
        if not person.is_administrator:
            raise NotAllowed
    except NotSignedIn as refusal:
        return JSONResponse({"error": shown(refusal)}, 401, _HEADERS)
    except NotAllowed as refusal:
        return JSONResponse({"error": shown(refusal)}, 403, _HEADERS)
    headers = {**_HEADERS, "Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_encoded(services().accounts.audit.as_csv()), 200, headers, "text/csv")


async def _encoded(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield piece.encode("utf-8", "replace")


def _cookie(request: Request) -> str:
    return request.headers.get("cookie", "")


def _no_link(problem: AccountLinkInvalid) -> Response:
    return _page(notice_page("This link does not work", shown(problem)), 404)


def _page(page: Page, status: int = 200) -> Response:
    headers = {**_HEADERS, "Content-Security-Policy": page.policy}
    return Response(page.html, status, headers, media_type="text/html")
