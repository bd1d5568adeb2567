"""What `webchat doctor` says about the issuer of OpenID Connect."""

from __future__ import annotations

import pytest

from tests.running_app import free_port
from tests.upstreams.openid import CLIENT_ID, CLIENT_SECRET, OpenIdIssuer
from webchat.hosting.findings import Verdict
from webchat.hosting.issuer_check import examine_issuer
from webchat.settings import Settings, load_settings

pytestmark = pytest.mark.network


def settings(issuer: str) -> Settings:
    return load_settings(
        public_url="https://a.example/chat/",
        oidc_issuer=issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )


async def test_nothing_is_said_where_no_issuer_is_set() -> None:
    assert await examine_issuer(load_settings()) == []


async def test_issuer_that_answers_is_good() -> None:
    async with OpenIdIssuer() as issuer:
        (finding,) = await examine_issuer(settings(issuer.url))

    assert finding.verdict is Verdict.GOOD
    assert finding.words.endswith("https://a.example/chat/sign-in/oidc")


async def test_issuer_that_does_not_is_a_fault() -> None:
    (finding,) = await examine_issuer(settings(f"http://127.0.0.1:{free_port()}"))

    assert finding.verdict is Verdict.FAULT
    assert "nothing is listening" in finding.words
    assert CLIENT_SECRET not in finding.words
