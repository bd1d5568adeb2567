"""The pages behind share links: rendered on the server, without the app, its websocket or any script.

Every token that does not work gets the same response, for any reason.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from webchat.http.base_path import base_of
from webchat.http.files import content_response
from webchat.http.forms import fields_of
from webchat.http.own_paths import sign_in_path
from webchat.http.page_cache import PageCache
from webchat.http.reader import reader_address
from webchat.rendering.document import Page, opening, policy
from webchat.rendering.making import Order
from webchat.rendering.packed import CompressedPage
from webchat.rendering.page import not_found_page, notice_page, passphrase_page
from webchat.services.errors import (
    NotSignedIn,
    PageNotMade,
    PassphraseWrong,
    TooManyCopies,
    TooManyPassphraseAttempts,
    TooOften,
)
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.services.sharing.copies import TICKET_SECONDS, Published
from webchat.storage.errors import NotFound
from webchat.words.errors import shown
from webchat.words.text import t

_TICKET = "webchat_share"
_HEADERS = {
    "Cache-Control": "no-store",  # a revoked link must stop working everywhere
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Vary": "Accept-Encoding, Accept-Language, Cookie",
}
Answer = Callable[[Request, Published], Awaitable[Response]]


def share_routes(public_url: str | None) -> list[BaseRoute]:
    """The routes of share links; `public_url` is the public address, None for that of the request."""
    pages = _SharePages(public_url)
    return [
        Route("/share/{token}", pages.show, methods=["GET", "HEAD"]),
        Route("/share/{token}", pages.unlock, methods=["POST"]),
        Route("/share/{token}/continue", pages.opened(pages.continue_here), methods=["POST"]),
        Route("/share/{token}/webchat.md", pages.opened(pages.markdown)),
        Route("/share/{token}/webchat.html", pages.opened(pages.download)),
        Route("/share/{token}/preview.png", pages.picture),
        Route("/share/{token}/files/{file_id}", pages.opened(pages.file)),
        Route("/share", _nowhere),
        Route("/share/{rest:path}", _nowhere),
    ]


class _SharePages:
    def __init__(self, public_url: str | None) -> None:
        self._public_url = public_url
        self._cache = PageCache()

    async def show(self, request: Request) -> Response:
        """GET /share/{token}: the conversation, or the form for its passphrase."""
        copy = await _find(request)
        if copy is None:
            return _nothing_here()
        if not services().shared_copies.is_open(copy, _ticket(request)):
            return _page(passphrase_page(address=self._address(request)))
        try:
            page = await self._made(copy, Order("page", _path(request), may_continue=copy.may_continue))
        except NotFound:
            return _nothing_here()
        except PageNotMade as problem:
            return _later(problem, 503)
        if request.method == "GET":
            services().shared_copies.count_view(copy)
        before = opening(self._address(request)).encode("utf-8", "replace")
        return _sent(request, page, "text/html", {"Content-Security-Policy": policy()}, before)

    async def unlock(self, request: Request) -> Response:
        """POST /share/{token}: checks a passphrase and redirects to the page if it is right."""
        copy = await _find(request)
        if copy is None:
            return _nothing_here()
        if copy.passphrase_hash is None:
            return RedirectResponse(_path(request), 303, _HEADERS)
        guess, address = (await fields_of(request)).get("passphrase", ""), self._address(request)
        try:
            ticket = await services().shared_copies.unlock(copy, guess, self._reader(request))
        except PassphraseWrong as problem:
            return _page(passphrase_page(address=address, problem=shown(problem)), 403)
        except TooManyPassphraseAttempts as problem:
            response = _page(passphrase_page(address=address, problem=shown(problem)), 429)
            response.headers["Retry-After"] = str(math.ceil(problem.wait))
            return response
        seen = RedirectResponse(_path(request), 303, _HEADERS)
        seen.set_cookie(
            _TICKET,
            ticket,
            max_age=TICKET_SECONDS,
            path=_path(request),
            secure=address.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return seen

    def opened(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """A route that is only available to readers who may read the copy."""

        async def route(request: Request) -> Response:
            copy = await _find(request)
            if copy is None or not services().shared_copies.is_open(copy, _ticket(request)):
                return _nothing_here()
            try:
                return await answer(request, copy)
            except NotFound:
                return _nothing_here()
            except PageNotMade as problem:
                return _later(problem, 503)

        return route

    async def continue_here(self, request: Request, copy: Published) -> Response:
        """POST /share/{token}/continue: copies the conversation into the reader's own history.

        Whoever is not signed in comes back to the link after signing in.
        """
        try:
            reader_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
            services().rate_limits.note(Action.CONTINUE, reader_id, self._reader(request))
            conversation_id = await services().shared_copies.continue_in(
                reader_id, copy, self._reader(request)
            )
        except NotSignedIn:
            back = f"/share/{request.path_params['token']}"
            return RedirectResponse(sign_in_path(back), 303, _HEADERS)
        except (TooManyCopies, TooOften) as problem:
            return _later(problem, 429)
        services().changes.publish(reader_id, conversation_id)
        return RedirectResponse(f"{base_of(request)}/c/{conversation_id}", 303, _HEADERS)

    async def markdown(self, request: Request, copy: Published) -> Response:
        """GET /share/{token}/webchat.md: the conversation as a Markdown file."""
        return _sent(request, await self._made(copy, Order("md")), "text/markdown", _file("md"))

    async def download(self, request: Request, copy: Published) -> Response:
        """GET /share/{token}/webchat.html: the conversation as a standalone HTML file."""
        return _sent(request, await self._made(copy, Order("html")), "text/html", _file("html"))

    async def file(self, request: Request, copy: Published) -> Response:
        """GET /share/{token}/files/{id}: a file of the copy, if its owner has shared the files."""
        view, path = await services().shared_copies.file(copy, request.path_params["file_id"])
        return content_response(view, path, _HEADERS)

    async def picture(self, request: Request) -> Response:
        """GET /share/{token}/preview.png: the preview image; it reveals nothing about a protected copy."""
        copy = await _find(request)
        if copy is None:
            return _nothing_here()
        title = copy.title if copy.passphrase_hash is None else None
        try:
            picture = await self._made(copy, Order("png", title=title, messages=copy.messages))
        except PageNotMade as problem:
            return _later(problem, 503)
        return Response(b"".join(picture.pieces()), media_type="image/png", headers=_HEADERS)

    async def _made(self, copy: Published, order: Order) -> CompressedPage:
        """Render an order for a copy, once.

        Raises:
            NotFound: the link was just revoked.
            PageNotMade: it could not be rendered.
        """

        async def make() -> CompressedPage | None:
            return await services().shared_copies.made(copy, order)

        made = await self._cache.get((copy.id, copy.updated_at, order), make)
        if made is None:
            raise NotFound(copy.id)
        return made

    def _reader(self, request: Request) -> str:
        return reader_address(request)

    def _address(self, request: Request) -> str:
        path = _path(request)
        if self._public_url is None:
            return f"{request.url.scheme}://{request.url.netloc}{path}"
        return f"{self._public_url.removesuffix(base_of(request))}{path}"


async def _find(request: Request) -> Published | None:
    # An encoded slash is part of a name, so this is not one of our addresses.
    raw = request.scope.get("raw_path") or b""
    if raw.count(b"/") != request.scope["path"].count("/"):
        return None
    return await services().shared_copies.find(request.path_params["token"])


def _path(request: Request) -> str:
    return f"{base_of(request)}/share/{request.path_params['token']}"


async def _nowhere(_: Request) -> Response:
    return _nothing_here()


def _nothing_here() -> Response:
    return _page(not_found_page(), 404)


def _page(page: Page, status: int = 200) -> Response:
    headers = {**_HEADERS, "Content-Security-Policy": page.policy}
    return Response(page.html, status, headers, media_type="text/html")


def _later(problem: TooManyCopies | TooOften | PageNotMade, status: int) -> Response:
    response = _page(notice_page(t("Try again later"), shown(problem)), status)
    response.headers["Retry-After"] = str(math.ceil(problem.wait))
    return response


def _sent(
    request: Request, page: CompressedPage, media_type: str, more: dict[str, str], before: bytes = b""
) -> Response:
    """A page or file with `before` in front of it; uncompressed ones are streamed."""
    headers = {**_HEADERS, **more}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(page.gzip(before), headers=headers, media_type=media_type)
    headers["Content-Length"] = str(len(before) + page.size)
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media_type)
    return StreamingResponse(page.pieces(before), headers=headers, media_type=media_type)


def _file(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="conversation.{ending}"'}


def _ticket(request: Request) -> str:
    return request.cookies.get(_TICKET, "")
