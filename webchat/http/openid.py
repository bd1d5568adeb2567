"""Sign-in through OpenID Connect: the way to the issuer and back."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from webchat.http.base_path import base_of
from webchat.http.forms import fields_of
from webchat.http.own_paths import own_path
from webchat.http.signing_in import HEADERS, came_from, cookie_of, page, sign_in_form, welcome
from webchat.openid.errors import OpenIdError
from webchat.rendering.account_pages import connecting_failed_page, leaving_page
from webchat.rendering.page import notice_page
from webchat.services.accounts.credentials import new_token
from webchat.services.accounts.openid import Came, OpenIdSignIn
from webchat.services.accounts.pending import LASTS, Begun
from webchat.services.errors import NotSignedIn, ServiceError, TooOften
from webchat.services.runtime import services
from webchat.words.errors import shown
from webchat.words.text import t

PATH = "/sign-in/oidc"
ACCOUNT = "/settings/account"
_UNAVAILABLE = {"unreachable", "answer", "issuer_refused"}


def openid_routes(public_urls: Sequence[str], public_origins: Sequence[str] = ()) -> list[BaseRoute]:
    """The routes of OpenID Connect; the arguments are where webchat is published, with its path or not."""
    pages = _OpenIdPages(public_urls, public_origins)
    return [
        Route(PATH, pages.begin, methods=["POST"]),
        Route(PATH, pages.came_back, methods=["GET"]),
    ]


class _OpenIdPages:
    def __init__(self, public_urls: Sequence[str], public_origins: Sequence[str]) -> None:
        self._public_urls = [url.rstrip("/") for url in public_urls]
        self._public_origins = public_origins

    async def begin(self, request: Request) -> Response:
        """POST /sign-in/oidc: leads to the issuer, with the fields `next`, `invitation` and `connect`."""
        accounts, fields = services().accounts, await fields_of(request)
        openid = accounts.openid
        if openid is None:
            return _not_set_up()
        session, following = "", own_path(fields.get("next", ""))
        if fields.get("connect"):
            following = ACCOUNT
            try:
                session = (await accounts.person_of(cookie_of(request))).session
            except NotSignedIn as problem:
                return sign_in_form(request, following, self._public_origins, 403, problem=shown(problem))
        browser = request.cookies.get(_cookie_name()) or new_token()
        try:
            address = await openid.begin(
                self._address(request),
                browser=browser,
                address=came_from(request)["address"],
                following=following,
                invitation=fields.get("invitation", ""),
                session=session,
            )
        except (OpenIdError, TooOften) as problem:
            return self._failed(request, problem, following, openid, connects=bool(session))
        # A redirect from a form to another site is against our policy (form-action), a page is not.
        response = page(leaving_page(openid.name, address))
        response.set_cookie(
            _cookie_name(),
            browser,
            max_age=int(LASTS),
            secure=accounts.cookie.secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def came_back(self, request: Request) -> Response:
        """GET /sign-in/oidc?state=&code=: signs in, or connects the account of whoever has signed in."""
        accounts, query, source = services().accounts, request.query_params, came_from(request)
        openid = accounts.openid
        if openid is None:
            return _not_set_up()
        browser, state = request.cookies.get(_cookie_name(), ""), query.get("state", "")
        begun: Begun | None = None
        try:
            begun = await openid.came_back(browser, state, source["address"])
            came = Came(query.get("code", ""), query.get("error", ""), **source)
            if begun.session:
                await openid.connect(begun, came, await accounts.person_of(cookie_of(request)))
                return RedirectResponse(begun.following, 303, HEADERS)
            token = await openid.sign_in(begun, came)
        except (OpenIdError, ServiceError) as problem:
            following = begun.following if begun else "/"
            return self._failed(request, problem, following, openid, connects=bool(begun and begun.session))
        return await welcome(request, token, begun.following)

    def _address(self, request: Request) -> str:
        """Where the issuer sends people back to: the public address they use, or this machine's own."""
        host = request.headers.get("host", "")
        own = [f"http://{host}{base_of(request)}"]
        known = [url for url in self._public_urls if urlsplit(url).netloc == host]
        return (known or self._public_urls or own)[0] + PATH

    def _failed(
        self,
        request: Request,
        problem: OpenIdError | ServiceError,
        following: str,
        openid: OpenIdSignIn,
        *,
        connects: bool,
    ) -> Response:
        """Say what happened: on the sign-in page, or to somebody who has signed in on a page of its own."""
        wait = problem.wait if isinstance(problem, TooOften) else None
        status = 502 if problem.reason in _UNAVAILABLE else 403 if wait is None else 429
        if connects:
            account = base_of(request) + ACCOUNT
            return page(connecting_failed_page(openid.name, shown(problem), account), status)
        return sign_in_form(
            request, following, self._public_origins, status, problem=shown(problem), wait=wait
        )


def _cookie_name() -> str:
    secure = services().accounts.cookie.secure
    return "__Host-webchat-oidc" if secure else "webchat_oidc"


def _not_set_up() -> Response:
    words = t("Nobody can sign in this way here. Go back and sign in with your password.")
    return page(notice_page(t("Not set up"), words), 404)
