"""The fields of small forms."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

MOST_BYTES = 4096
_MOST_FIELDS = 10


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of the form in the body; none if it is too large or invalid."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return {}
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}
