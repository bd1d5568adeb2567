"""Setup, sign-in, invitations and sign-out: pages rendered on the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from webchat.http.base_path import base_of
from webchat.http.forms import fields_of
from webchat.http.own_paths import own_path
from webchat.http.passkey_site import passkey_site
from webchat.http.signing_in import (
    HEADERS,
    came_from,
    cookie_of,
    issuer_name,
    page,
    sign_in_form,
    welcome,
)
from webchat.rendering.account_pages import invitation_page, setup_page
from webchat.rendering.document import Page
from webchat.rendering.page import notice_page
from webchat.services.accounts.authenticators import LONGEST_ANSWER
from webchat.services.accounts.credentials import SHORTEST
from webchat.services.accounts.invitations import Invited
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
from webchat.words.text import t


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
        return page(setup_page(may_adopt=may_adopt, least=SHORTEST))

    async def set_up(self, request: Request) -> Response:
        """POST /setup/{token}: makes the first administrator and signs in."""
        accounts, fields = services().accounts, await fields_of(request)
        username, adopt = fields.get("username", ""), fields.get("adopt") == "yes"
        local_owner = await accounts.local_owner()
        try:
            token = await accounts.set_up(
                request.path_params["token"],
                username,
                fields.get("password", ""),
                adopt=adopt,
                **came_from(request),
            )
        except AccountLinkInvalid as problem:
            return _no_link(problem)
        except AccountInvalid as problem:
            may_adopt = await accounts.has_local_conversations()
            form = setup_page(
                may_adopt=may_adopt, adopt=adopt, username=username, problem=shown(problem), least=SHORTEST
            )
            return page(form, 400)
        return await welcome(request, token, "/", local_owner=local_owner)

    async def sign_in(self, request: Request) -> Response:
        """GET /sign-in?next=: the form, or the next page for whoever has signed in."""
        following = own_path(request.query_params.get("next", ""))
        try:
            await services().accounts.person_of(cookie_of(request))
        except NotSignedIn:
            return sign_in_form(request, following, self._public_origins)
        return RedirectResponse(following, 303, HEADERS)

    async def signed_in(self, request: Request) -> Response:
        """POST /sign-in: starts a session and goes to the next page."""
        accounts, fields = services().accounts, await fields_of(request, LONGEST_ANSWER)
        username, following = fields.get("username", ""), own_path(fields.get("next", ""))
        try:
            if "passkey" in fields:
                site = passkey_site(request, self._public_origins)
                token = await accounts.passkeys.sign_in(site, fields["passkey"], **came_from(request))
            else:
                token = await accounts.passwords.sign_in(
                    username, fields.get("password", ""), **came_from(request)
                )
        except (SignInRefused, TooManySignIns, PasskeyInvalid) as problem:
            wait = problem.wait if isinstance(problem, TooManySignIns) else None
            return sign_in_form(
                request,
                following,
                self._public_origins,
                403 if wait is None else 429,
                username=username,
                problem=shown(problem),
                wait=wait,
            )
        return await welcome(request, token, following)

    async def invitation(self, request: Request) -> Response:
        """GET /invite/{token}: the form that makes an account or sets its password."""
        try:
            invited = await services().accounts.invitations.find(request.path_params["token"])
        except AccountLinkInvalid as problem:
            return _no_link(problem)
        return page(_invitation(request, invited))

    async def accept(self, request: Request) -> Response:
        """POST /invite/{token}: makes the account, or sets the password, and signs in."""
        invitations, fields = services().accounts.invitations, await fields_of(request)
        link, username = request.path_params["token"], fields.get("username", "")
        try:
            invited = await invitations.find(link)
            token = await invitations.accept(link, username, fields.get("password", ""), **came_from(request))
        except AccountLinkInvalid as problem:
            return _no_link(problem)
        except (AccountInvalid, UsernameTaken) as problem:
            return page(_invitation(request, invited, username, shown(problem)), 400)
        return await welcome(request, token, "/")

    async def sign_out(self, request: Request) -> Response:
        """POST /sign-out: ends the session, or with `everywhere` all of the person's."""
        accounts, fields = services().accounts, await fields_of(request)
        try:
            person = await accounts.person_of(cookie_of(request))
        except NotSignedIn:
            pass  # it is over already
        else:
            address = came_from(request)["address"]
            if fields.get("everywhere"):
                await accounts.sign_out_everywhere(person, address)
            else:
                await accounts.sign_out(person, address)
        gone = RedirectResponse("/sign-in", 303, HEADERS)
        gone.delete_cookie(accounts.cookie.name, secure=accounts.cookie.secure, httponly=True, samesite="lax")
        return gone


async def audit_log(request: Request) -> Response:
    """GET /api/audit.csv: the audit log, for administrators."""
    try:
        person = await services().accounts.person_of(cookie_of(request))
        if not person.is_administrator:
            raise NotAllowed
    except NotSignedIn as refusal:
        return JSONResponse({"error": shown(refusal)}, 401, HEADERS)
    except NotAllowed as refusal:
        return JSONResponse({"error": shown(refusal)}, 403, HEADERS)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_encoded(services().accounts.audit.as_csv()), 200, headers, "text/csv")


async def _encoded(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield piece.encode("utf-8", "replace")


def _invitation(request: Request, invited: Invited, typed: str = "", problem: str = "") -> Page:
    return invitation_page(
        username=invited.username,
        typed=typed,
        problem=problem,
        least=SHORTEST,
        issuer=issuer_name(),
        token=request.path_params["token"],
        base=base_of(request),
    )


def _no_link(problem: AccountLinkInvalid) -> Response:
    return page(notice_page(t("This link does not work"), shown(problem)), 404)
