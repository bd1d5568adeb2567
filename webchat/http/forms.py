"""Small bodies of requests, and the fields of forms in them."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

MOST_BYTES = 4096
_MOST_FIELDS = 10


async def body_of(request: Request, most: int) -> bytes | None:
    """The body of a request; None if it has more than `most` bytes."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return body


async def fields_of(request: Request, most: int = MOST_BYTES) -> dict[str, str]:
    """The fields of the form in the body; none if it has more than `most` bytes or is invalid."""
    body = await body_of(request, most)
    if body is None:
        return {}
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}
