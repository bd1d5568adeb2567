"""Nonces over real sockets: fetched once, renewed when stale, kept apart."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.providers.leaks import nothing_left
from tests.unit.providers.transcripts import answer_of
from tests.upstreams.chatgpt_free import ChatgptFreeUpstream
from tests.upstreams.chatgptt import ChatGpttUpstream
from tests.upstreams.wordpress import WordPressUpstream
from webchat.providers import ChatgptFree, ChatGptt, Deadlines
from webchat.providers import errors as e
from webchat.providers.free.nonces import NonceCache

pytestmark = pytest.mark.network

HI = [{"role": "user", "content": "hi"}]
WORDPRESS = [(ChatgptFreeUpstream, ChatgptFree), (ChatGpttUpstream, ChatGptt)]


@pytest.fixture(autouse=True)
def _no_nonces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.providers.free.wordpress.WordPressService.nonces", NonceCache())


async def text_of(generator: Any) -> str:
    return "".join([text async for text in generator])


@pytest.mark.parametrize(("server", "service"), WORDPRESS)
async def test_a_nonce_is_fetched_once_for_many(server: type[WordPressUpstream], service: Any) -> None:
    async with server() as upstream, nothing_left(upstream):
        provider = service(base_url=upstream.url)
        answers = await asyncio.gather(*(answer_of(provider, str(n), "") for n in range(20)))
        again = await answer_of(service(base_url=upstream.url), model="")

        assert all(error is None for _, error in [*answers, again])
        assert (upstream.page_reads, upstream.posts) == (1, 21)


@pytest.mark.parametrize("refusal", ['{"status":"error","msg":"Security check"}', "-1", "0"])
@pytest.mark.parametrize(("server", "service"), WORDPRESS)
async def test_a_stale_nonce_is_renewed_unseen(
    server: type[WordPressUpstream], service: Any, refusal: str
) -> None:
    async with server(refusal=refusal) as upstream, nothing_left(upstream):
        provider = service(base_url=upstream.url)
        await answer_of(provider, model="")
        upstream.expire()

        answers = await asyncio.gather(*(answer_of(provider, "again", "") for _ in range(5)))

        assert all(error is None for _, error in answers)
        assert upstream.page_reads == 2
        assert upstream.posts == 1 + 5 + 5


@pytest.mark.parametrize(("server", "service"), WORDPRESS)
async def test_nonce_that_is_always_refused_is_renewed_only_once(
    server: type[WordPressUpstream], service: Any
) -> None:
    async with server() as upstream, nothing_left(upstream):
        provider = service(base_url=upstream.url)
        await answer_of(provider, model="")
        upstream.set_fault("nonce-never")
        _, error = await answer_of(provider, model="")

        assert type(error) is e.NonceRefused
        assert error.service_words == "Security check"
        assert (upstream.page_reads, upstream.posts) == (2, 3)


@pytest.mark.parametrize(
    ("fault", "words"), [("no-nonce", "Chat – Hello"), ("page-challenge", "Just a moment")]
)
@pytest.mark.parametrize(("server", "service"), WORDPRESS)
async def test_a_page_without_nonce(
    server: type[WordPressUpstream], service: Any, fault: str, words: str
) -> None:
    async with server(fault=fault) as upstream:
        with pytest.raises(RuntimeError) as caught:
            await text_of(service(base_url=upstream.url).create_async_generator("", HI))
    assert isinstance(caught.value, e.NonceMissing)
    assert isinstance(caught.value, e.ChallengePage)
    assert words in caught.value.service_words


@pytest.mark.parametrize(("server", "service"), WORDPRESS)
async def test_page_that_never_loads_ends_at_the_deadline(
    server: type[WordPressUpstream], service: Any
) -> None:
    async with server(fault="page-silent") as upstream, nothing_left(upstream):
        provider = service(base_url=upstream.url, deadlines=Deadlines(first_text=0.2))
        answers = await asyncio.gather(*(answer_of(provider, model="") for _ in range(10)))

        assert upstream.page_reads == 1
    for _, error in answers:
        assert isinstance(error, e.ProviderTimeout)
        assert error.phase == "first_text"


@pytest.mark.parametrize(("server", "service"), WORDPRESS)
async def test_leaving_while_the_page_is_fetched_closes_its_connection(
    server: type[WordPressUpstream], service: Any
) -> None:
    async with server(fault="page-silent") as upstream, nothing_left(upstream):
        provider = service(base_url=upstream.url)
        texts = [asyncio.create_task(text_of(provider.create_async_generator("", HI))) for _ in range(3)]
        await upstream.came()
        for task in texts:
            task.cancel()
        async with asyncio.timeout(20):
            await asyncio.gather(*texts, return_exceptions=True)
            for connection in list(upstream.connections):
                await connection.gone.wait()


async def test_nonces_are_kept_apart_by_cookies() -> None:
    async with ChatgptFreeUpstream(cookies={"session": "1"}) as upstream:
        provider = ChatgptFree(base_url=upstream.url)
        assert await text_of(provider.create_async_generator("", HI, cookies={"session": "1", "a": "b"}))
        assert await text_of(provider.create_async_generator("", HI, cookies={"session": "1"}))
        assert upstream.page_reads == 2
        with pytest.raises(e.BadRequest, match="the cookie session is missing"):
            await text_of(provider.create_async_generator("", HI))


async def test_an_own_nonce_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ChatgptFreeUpstream() as upstream:
        monkeypatch.setattr(ChatgptFree, "url", upstream.url)
        assert ChatgptFree._nonce is ChatgptFree._post_id is None
        await text_of(ChatgptFree.create_async_generator("", HI))
        kept = ChatgptFree._nonce
        assert kept in upstream.good_nonces
        assert ChatgptFree._post_id == "4711"

        monkeypatch.setattr(ChatgptFree, "_nonce", "stale")
        monkeypatch.setattr(ChatgptFree, "_post_id", "1")
        await text_of(ChatgptFree.create_async_generator("", HI))
        assert [request.facts.get("nonce") for request in upstream.requests] == [None, kept, "stale", kept]


async def test_limit_message_split_anywhere_is_never_shown_as_text() -> None:
    async with ChatgptFreeUpstream(fault="limited") as upstream:
        events, error = await answer_of(ChatgptFree(base_url=upstream.url), model="")
    assert events == []
    assert type(error) is e.QuotaExceeded
