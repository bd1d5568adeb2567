"""What the services answer besides text: nonces, redirects, waits, reasoning."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.providers.free.services import HI, PAGE, SERVICES, Wire, text_of
from tests.unit.providers.transcripts import answer_of
from webchat.providers import ChatgptFree, ChatGptt
from webchat.providers import errors as e


@pytest.mark.parametrize("service", SERVICES)
async def test_a_cookie_the_service_repeats_is_not_kept(service: Any) -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(403, text="no: token=s3cr3t-value; theme=light"))
    provider = service(transport=refusing, cookies={"token": "s3cr3t-value", "theme": "light"})
    _, error = await answer_of(provider, model="")
    assert error is not None
    assert error.service_words == "no: token=•••; theme=light"


@pytest.mark.parametrize("service", [ChatgptFree, ChatGptt])
@pytest.mark.parametrize(("status", "body"), [(403, "-1"), (400, "0")])
async def test_wordpress_refuses_a_nonce_with_a_status_too(service: Any, status: int, body: str) -> None:
    posts: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, text=PAGE)
        posts.append(request)
        return httpx.Response(status, text=body)

    provider = service(transport=httpx.MockTransport(answer))
    await answer_of(provider, model="")
    _, error = await answer_of(provider, model="")
    assert type(error) is e.NonceRefused
    assert error.service_words == body
    assert len(posts) == 2


@pytest.mark.parametrize(("service", "status"), [(service, 301) for service in SERVICES])
async def test_a_redirect_is_not_followed(service: Any, status: int) -> None:
    moved = httpx.MockTransport(
        lambda _: httpx.Response(status, headers={"Location": "https://elsewhere.test/?x=1"})
    )
    _, error = await answer_of(service(transport=moved), model="")
    assert type(error) is e.WrongAddress
    assert error.service_words == "it redirects to https://elsewhere.test/"


@pytest.mark.parametrize("service", SERVICES)
async def test_the_time_an_overloaded_service_asks_for_is_kept(service: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": "7"}, text="Overloaded")

    with pytest.raises(e.ServiceError) as caught:
        await text_of(service().create_async_generator("", HI, transport=httpx.MockTransport(answer)))

    assert caught.value.retry_after == 7


@pytest.mark.parametrize("service", SERVICES)
async def test_reasoning_in_think_tags_is_no_text(service: Any) -> None:
    wire = Wire(service, "<think>Hm.</think> ok")

    text = await text_of(service().create_async_generator("", HI, transport=wire.transport))

    assert text == "ok"


async def test_the_page_and_the_answer_share_the_deadlines() -> None:
    now = 0.0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now
        now += 35
        return httpx.Response(200, text=PAGE if request.method == "GET" else '{"data":"late"}')

    provider = ChatGptt(transport=httpx.MockTransport(answer), clock=lambda: now)
    _, error = await answer_of(provider, model="")
    assert isinstance(error, e.ProviderTimeout)
    assert (error.phase, error.seconds) == ("first_text", 60)
