"""What the routes that the pages call have in common: who asks, the body, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from webchat.http.reader import retry_after
from webchat.services.errors import ServiceError
from webchat.services.runtime import services

NOT_KEPT = {"Cache-Control": "no-store"}


async def owner_of(request: Request) -> str:
    """The id of the person who sent a request.

    Raises:
        NotSignedIn: nobody has signed in.
    """
    return (await services().accounts.person_of(request.headers.get("cookie", ""))).id


async def pieces_of(request: Request, cut_off: ServiceError) -> AsyncIterator[bytes]:
    """The body of a request as it arrives; raises `cut_off` if it does not arrive completely."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise cut_off from error


def refused(words: str, status: int, wait: float | None = None) -> Response:
    """A refusal that the page shows; `wait` is when to try again, in seconds."""
    return JSONResponse({"error": words}, status_code=status, headers=NOT_KEPT | retry_after(wait))
