from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from webchat.http.headers import SecurityHeaders, content_security_policy
from webchat.http.pictures import routes

FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}


async def get(address: str, headers: dict[str, str] = FRAME) -> httpx.Response:
    app = SecurityHeaders(Starlette(routes=routes), content_security_policy())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        return await client.get("/api/picture", params={"url": address}, headers=headers)


async def test_a_picture_is_alone_on_its_page() -> None:
    found = await get('https://a.example/p.png?a="><script>')

    assert found.status_code == 200
    assert 'src="https://a.example/p.png?a=&quot;&gt;&lt;script&gt;"' in found.text
    assert found.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = dict(part.partition(" ")[::2] for part in found.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["img-src"] == "http: https:"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["sandbox"] == ""
    assert "script-src" not in policy


@pytest.mark.parametrize(
    "address",
    ["", "javascript:1", "data:image/png,x", "//a.example/p.png", "/p.png", "mailto:a@b.example", "https:p"],
)
async def test_only_pictures_of_other_sites_are_shown(address: str) -> None:
    assert (await get(address)).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_pictures_are_shown_in_frames_of_the_own_pages_only(headers: dict[str, str]) -> None:
    assert (await get("https://a.example/p.png", headers)).status_code == 404
