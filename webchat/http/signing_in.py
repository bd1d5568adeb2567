"""What all ways to sign in have in common: the pages, the cookies and where a request comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from webchat.http.base_path import base_of
from webchat.http.passkey_site import passkey_site
from webchat.http.reader import reader_address, retry_after
from webchat.rendering.account_pages import sign_in_page
from webchat.rendering.document import Page
from webchat.services.accounts.cookies import MAX_AGE
from webchat.services.errors import NotSignedIn, PasskeyInvalid
from webchat.services.runtime import services

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
PERSON_COOKIE = "webchat_person"
"""Readable by our scripts, which keep the drafts of each person apart (assets/chat/storage.js)."""
TAKES_OVER_COOKIE = "webchat_takes_over"
"""Names the person to whom our scripts give what the local owner left unsent in the browser."""


async def welcome(request: Request, token: str, following: str, *, local_owner: str = "") -> Response:
    """Go to the next page with a new session; one that the browser had before ends.

    Args:
        local_owner: the id of the local owner. A person with this id gets what the local owner left unsent in
            the browser.
    """
    accounts = services().accounts
    try:
        before = await accounts.person_of(cookie_of(request))
    except NotSignedIn:
        pass
    else:
        await accounts.sign_out(before)
    cookie = accounts.cookie
    person = await accounts.person_of(f"{cookie.name}={token}")
    response = RedirectResponse(following, 303, HEADERS)
    response.set_cookie(
        cookie.name, token, max_age=MAX_AGE, secure=cookie.secure, httponly=True, samesite="lax"
    )
    # Says nothing about the person, and is no secret.
    known = hashlib.sha256(person.id.encode()).hexdigest()[:16]
    for name in (PERSON_COOKIE, *([TAKES_OVER_COOKIE] if person.id == local_owner else [])):
        response.set_cookie(name, known, max_age=MAX_AGE, secure=cookie.secure, samesite="lax")
    return response


def sign_in_form(
    request: Request,
    following: str,
    public_origins: Sequence[str],
    status: int = 200,
    *,
    username: str = "",
    problem: str = "",
    wait: float | None = None,
) -> Response:
    """The sign-in page.

    Args:
        following: the page that follows.
        public_origins: where webchat is published.
        wait: seconds until it may be tried again.
    """
    shown = sign_in_page(
        next_path=following,
        username=username,
        problem=problem,
        passkeys=_have_passkeys(request, public_origins),
        issuer=issuer_name(),
        base=base_of(request),
    )
    response = page(shown, status)
    response.headers.update(retry_after(wait))
    return response


def _have_passkeys(request: Request, public_origins: Sequence[str]) -> bool:
    try:
        passkey_site(request, public_origins)
    except PasskeyInvalid:
        return False
    return True


def issuer_name() -> str:
    """What people call the issuer with which they can sign in; empty if there is none."""
    openid = services().accounts.openid
    return openid.name if openid else ""


def came_from(request: Request) -> dict[str, str]:
    """Where a request comes from, for limits and the audit log."""
    return {
        "address": reader_address(request),
        "user_agent": request.headers.get("user-agent", ""),
    }


def cookie_of(request: Request) -> str:
    """The `Cookie` header."""
    return request.headers.get("cookie", "")


def page(page: Page, status: int = 200) -> Response:
    """A page rendered on the server."""
    headers = {**HEADERS, "Content-Security-Policy": page.policy}
    return Response(page.html, status, headers, media_type="text/html")
