"""Issuers of OpenID Connect that fail."""

from __future__ import annotations

import asyncio
import html
import re
from typing import Any

import pytest
from joserfc.jwk import ECKey
from limits import parse

from tests.integration.services.accounts.openid_site import (
    Site,
    alert,
)
from tests.upstreams.http_server import Reply, SeenRequest
from webchat.providers.wire.deadlines import Deadlines

pytestmark = pytest.mark.network


async def huge(_request: SeenRequest, reply: Reply) -> None:
    reply.head(200, {"Content-Type": "application/json"})
    for _ in range(100):
        reply.write(b" " * 100_000)
        await reply.drain()


async def silent(_request: SeenRequest, _reply: Reply) -> None:
    await asyncio.Event().wait()


async def dripping(_request: SeenRequest, reply: Reply) -> None:
    reply.head(200, {"Content-Type": "application/json"})
    while True:
        reply.write(b" ")
        await asyncio.sleep(0.01)


async def no_json(_request: SeenRequest, reply: Reply) -> None:
    reply.whole(200, b"<html>", {})


async def deep(_request: SeenRequest, reply: Reply) -> None:
    reply.whole(200, b"[" * 90_000, {})


async def a_list(_request: SeenRequest, reply: Reply) -> None:
    reply.json(200, [1])


async def broken(_request: SeenRequest, reply: Reply) -> None:
    reply.json(500, {"error": "server_error"})


async def elsewhere(_request: SeenRequest, reply: Reply) -> None:
    reply.whole(302, b"", {"Location": "/keys"})


SAID = {
    huge: "exceeded the size limit",
    silent: "within 0.2 s",
    dripping: "within 0.2 s",
    no_json: "cannot use",
    deep: "cannot use",
    a_list: "cannot use",
    broken: "server_error",
    elsewhere: "HTTP 302",
}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize("fault", SAID, ids=lambda fault: fault.__name__)
async def test_faulty_issuer_ends_on_the_sign_in_page(site: Site, path: str, fault: Any) -> None:
    assert site.accounts.openid is not None
    if fault in {silent, dripping}:
        site.accounts.openid._issuer._deadlines = Deadlines(first_text=0.2, idle=0.2, total=0.3)
    site.issuer.handlers[path] = fault
    async with site.browser() as carol:
        page = await carol.client.post("/sign-in/oidc", data={"next": "/c/abc"})
        if page.status_code == 200:
            found = re.search(r'url=([^"]+)"', page.text)
            assert found is not None
            page = await carol.come_back(await carol.at_issuer(html.unescape(found[1])))
        assert page.status_code == 502
        assert SAID[fault] in alert(page)
        assert "Nothing was changed" in alert(page)
        assert 'data-testid="sign-in-form"' in page.text
        assert 'name="next" value="/c/abc"' in page.text
        assert await carol.username() == ""
    assert len(await site.failures()) == 1


async def test_issuer_that_is_down_is_not_asked_by_everyone(site: Site) -> None:
    async def down(_request: SeenRequest, reply: Reply) -> None:
        reply.reset()

    site.issuer.handlers["/.well-known/openid-configuration"] = down
    async with site.browser() as carol:
        pages = await asyncio.gather(*(carol.client.post("/sign-in/oidc") for _ in range(5)))
        assert {page.status_code for page in pages} == {502}
        assert "Example ID" in alert(pages[0])
        assert len(site.issuer.requests) == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://[elsewhere"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": None},
    ],
    ids=str,
)
async def test_document_of_another_or_open_issuer_is_refused(site: Site, metadata: dict[str, Any]) -> None:
    site.issuer.metadata = metadata
    async with site.browser() as carol:
        page = await carol.client.post("/sign-in/oidc")
    assert (page.status_code, "cannot use" in alert(page)) == (502, True)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": 7},
        {"keys": []},
        {"keys": [{"kty": "EC"}]},
        {"keys": ["x"]},
        {"keys": [ECKey.generate_key("P-256").as_dict(private=False)] * 600},
        {"keys": [{"kty": "RSA", "kid": "first", "e": "AQAB", "n": "x" * 200_000}]},
    ],
    ids=["no list", "a number", "none", "half a key", "text", "too many", "too long"],
)
async def test_keys_that_are_none_sign_in_nobody(site: Site, document: dict[str, Any]) -> None:
    async def keys(_request: SeenRequest, reply: Reply) -> None:
        reply.json(200, document)

    site.issuer.handlers["/keys"] = keys
    async with site.browser() as carol:
        assert "could not be verified" in alert(await carol.sign_in())


async def test_many_sign_ins_from_one_address_wait(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = parse("4/10 minutes")
    assert site.accounts.openid is not None
    monkeypatch.setattr(site.accounts.openid, "_steps", limited)
    async with site.browser() as carol:
        for _ in range(2):
            assert (await carol.sign_in()).status_code == 303
        later = await carol.client.post("/sign-in/oidc")
        assert later.status_code == 429
        assert 0 < int(later.headers["Retry-After"]) <= 600
        assert (await carol.client.get("/sign-in/oidc?state=x&code=y")).status_code == 429
    async with site.browser(address="192.0.2.10") as other:
        assert (await other.sign_in()).status_code == 303
