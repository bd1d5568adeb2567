"""The pages behind share links: rendered here, without the app, its websocket or any script.

Every token that opens nothing is answered in one and the same way, whatever the reason.
"""

from __future__ import annotations

import asyncio
import gzip
import math
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from webchat.http.page_cache import PageCache, StoredPage
from webchat.rendering.markdown_export import to_markdown
from webchat.rendering.page import download_page, not_found_page, passphrase_page, share_page
from webchat.rendering.preview_image import preview_png
from webchat.rendering.snapshot import Snapshot
from webchat.services.errors import PassphraseWrong, TooManyGuesses
from webchat.services.runtime import services
from webchat.services.shared_copies import TICKET_SECONDS, Published
from webchat.services.shown import NotFound

_TICKET = "webchat_share"
_MOST_FORM_BYTES = 4096
_HEADERS = {
    "Cache-Control": "no-store",  # a link that was revoked must be gone everywhere
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Vary": "Accept-Encoding",
}
Answer = Callable[[Request, Published], Awaitable[Response]]


def share_routes(public_url: str | None) -> list[BaseRoute]:
    """The routes of share links; `public_url` is the address people type, None for the one they used."""
    pages = _SharePages(public_url)
    return [
        Route("/share/{token}", pages.show, methods=["GET", "HEAD"]),
        Route("/share/{token}", pages.unlock, methods=["POST"]),
        Route("/share/{token}/continue", pages.opened(pages.continue_here), methods=["POST"]),
        Route("/share/{token}/webchat.md", pages.opened(pages.markdown)),
        Route("/share/{token}/webchat.html", pages.opened(pages.download)),
        Route("/share/{token}/preview.png", pages.picture),
        Route("/share", _nothing_here),
        Route("/share/{rest:path}", _nothing_here),
    ]


class _SharePages:
    def __init__(self, public_url: str | None) -> None:
        self._public_url = public_url
        self._cache = PageCache()

    async def show(self, request: Request) -> Response:
        """GET /share/{token}: the conversation, or the question for its passphrase."""
        copy = await _find(request)
        if copy is None:
            return await _nothing_here(request)
        if not services().shared_copies.is_open(copy, _ticket(request)):
            return _passphrase_page(request, self._address(request))
        page = await self._page(request, copy)
        if page is None:
            return await _nothing_here(request)
        if request.method == "GET":
            services().shared_copies.count_view(copy)
        return _page_response(request, page)

    async def unlock(self, request: Request) -> Response:
        """POST /share/{token}: a passphrase; right ones lead to the page."""
        copy = await _find(request)
        if copy is None:
            return await _nothing_here(request)
        if copy.passphrase_hash is None:
            return RedirectResponse(request.url.path, 303, _HEADERS)
        try:
            ticket = await services().shared_copies.unlock(copy, await _passphrase(request))
        except PassphraseWrong as problem:
            return _passphrase_page(request, self._address(request), str(problem), 403)
        except TooManyGuesses as problem:
            response = _passphrase_page(request, self._address(request), str(problem), 429)
            response.headers["Retry-After"] = str(math.ceil(problem.wait))
            return response
        seen = RedirectResponse(request.url.path, 303, _HEADERS)
        seen.set_cookie(
            _TICKET,
            ticket,
            max_age=TICKET_SECONDS,
            path=request.url.path,
            secure=self._address(request).startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return seen

    def opened(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """A route that only those reach who may read the copy."""

        async def route(request: Request) -> Response:
            copy = await _find(request)
            if copy is None or not services().shared_copies.is_open(copy, _ticket(request)):
                return await _nothing_here(request)
            try:
                return await answer(request, copy)
            except NotFound:
                return await _nothing_here(request)

        return route

    async def continue_here(self, request: Request, copy: Published) -> Response:
        """POST /share/{token}/continue: copies the conversation into the reader's own history."""
        reader_id = services().accounts.owner_of(request.headers.get("cookie", ""))
        conversation_id = await services().shared_copies.continue_in(reader_id, copy)
        services().changes.publish(reader_id, conversation_id)
        return RedirectResponse(f"/c/{conversation_id}", 303, _HEADERS)

    async def markdown(self, request: Request, copy: Published) -> Response:
        """GET /share/{token}/webchat.md: the conversation as a Markdown file."""
        snapshot = await _snapshot(copy)
        return _file(await asyncio.to_thread(to_markdown, snapshot), "text/markdown", "md")

    async def download(self, request: Request, copy: Published) -> Response:
        """GET /share/{token}/webchat.html: the conversation as a file that needs no server."""
        snapshot = await _snapshot(copy)
        return _file(await asyncio.to_thread(download_page, snapshot), "text/html", "html")

    async def picture(self, request: Request) -> Response:
        """GET /share/{token}/preview.png: what messengers show; of a protected copy it tells nothing."""
        copy = await _find(request)
        if copy is None:
            return await _nothing_here(request)
        title = copy.title if copy.passphrase_hash is None else None
        picture = await asyncio.to_thread(preview_png, title, copy.messages)
        return Response(picture, media_type="image/png", headers=_HEADERS)

    async def _page(self, request: Request, copy: Published) -> StoredPage | None:
        address = self._address(request)

        async def make() -> tuple[str, str] | None:
            snapshot = await services().shared_copies.snapshot(copy)
            if snapshot is None:
                return None
            page = await asyncio.to_thread(
                share_page, snapshot, address=address, may_continue=copy.may_continue
            )
            return page.html, page.policy

        return await self._cache.get((copy.id, copy.updated_at, copy.may_continue, address), make)

    def _address(self, request: Request) -> str:
        base = self._public_url or f"{request.url.scheme}://{request.url.netloc}"
        return f"{base}{request.url.path}"


async def _find(request: Request) -> Published | None:
    return await services().shared_copies.find(request.path_params["token"])


async def _snapshot(copy: Published) -> Snapshot:
    snapshot = await services().shared_copies.snapshot(copy)
    if snapshot is None:
        raise NotFound(copy.id)
    return snapshot


async def _nothing_here(request: Request) -> Response:
    page = not_found_page()
    return Response(
        page.html,
        404,
        headers={**_HEADERS, "Content-Security-Policy": page.policy},
        media_type="text/html",
    )


def _passphrase_page(request: Request, address: str, problem: str = "", status: int = 200) -> Response:
    page = passphrase_page(address=address, problem=problem)
    return Response(
        page.html,
        status,
        headers={**_HEADERS, "Content-Security-Policy": page.policy},
        media_type="text/html",
    )


def _page_response(request: Request, page: StoredPage) -> Response:
    headers = {**_HEADERS, "Content-Security-Policy": page.policy}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(page.body, headers=headers, media_type="text/html")
    return Response(gzip.decompress(page.body), headers=headers, media_type="text/html")


def _file(text: str, media_type: str, ending: str) -> Response:
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="conversation.{ending}"'}
    return Response(text.encode("utf-8", "replace"), headers=headers, media_type=media_type)


def _ticket(request: Request) -> str:
    return request.cookies.get(_TICKET, "")


async def _passphrase(request: Request) -> str:
    """What was typed, empty for a form that is too large or is none."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_FORM_BYTES:
            return ""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return ""
    return fields.get("passphrase", [""])[0]
