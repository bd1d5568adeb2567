"""What programs that watch a server ask: is it alive, is it ready, how is it doing; and its log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import httpx
import pytest

from tests.integration.server.reading import PROVIDER, ask, events, read
from tests.running_app import RunningApp
from tests.tab import Tab

pytestmark = pytest.mark.network

TOKEN = "0123456789abcdef"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def watched(built: None, upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    env = {"OPENAI_BASE_URL": upstream, "WEBCHAT_METRICS_TOKEN": TOKEN}
    with RunningApp(tmp_path_factory.mktemp("watched") / "data", env) as running:
        yield running


@pytest.fixture
async def asking(watched: RunningApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=watched.url, timeout=30) as client:
        yield client


@pytest.mark.parametrize(("path", "says"), [("/healthz", "ok\n"), ("/readyz", "ready\n")])
async def test_any_host_is_told_that_the_server_is_well(app: RunningApp, path: str, says: str) -> None:
    """A watcher asks by an address of its own, from another site if it likes, and learns nothing else."""
    async with httpx.AsyncClient(base_url=app.url) as client:
        answer = await client.get(path, headers={"Host": "10.1.2.3", "Sec-Fetch-Site": "cross-site"})
        refused = await client.post(path)

    assert (answer.status_code, answer.text) == (200, says)
    assert answer.headers["Cache-Control"] == "no-store"
    assert refused.status_code == 405


async def test_without_a_token_there_are_no_metrics(app: RunningApp) -> None:
    async with httpx.AsyncClient(base_url=app.url) as client:
        answer = await client.get("/metrics", headers=BEARER)
    assert "webchat_answers" not in answer.text


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN[:-1]}])
async def test_metrics_need_their_token(asking: httpx.AsyncClient, given: dict[str, str]) -> None:
    answer = await asking.get("/metrics", headers=given)

    assert answer.status_code == 401
    assert "webchat_answers" not in answer.text


async def figures(asking: httpx.AsyncClient) -> dict[str, float]:
    answer = await asking.get("/metrics", headers=BEARER | {"Host": "10.1.2.3"})
    assert answer.status_code == 200
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_metrics_count_answers_errors_and_times(
    watched: RunningApp, asking: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    before = await figures(asking)
    async with Tab(watched.url) as tab:
        await read(asking, await ask(tab, "echo", "A word of mine"))
        await read(asking, await ask(tab, "error-401"))
        held = await ask(tab, "hold-metrics")
        async with aclosing(events(asking, held)) as stream:
            async for event in stream:
                if event.words:
                    during = await figures(asking)
                    break
    after = await figures(asking)
    await control.post("/control/release", params={"key": "metrics"})

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert more('webchat_answers_total{end="complete"}') == 1
    assert more('webchat_answers_total{end="error"}') == 1
    assert more('webchat_provider_errors_total{error="authentication_failed",kind="OpenAICompatible"}') == 1
    assert more('webchat_first_text_seconds_count{kind="OpenAICompatible"}') >= 1
    assert more('webchat_database_seconds_count{what="write"}') > 0
    assert (during["webchat_answers_running"], during["webchat_answer_streams"]) == (1, 1)
    assert during["webchat_tabs"] == during["webchat_database_queue"] == 0
    assert after["process_resident_memory_bytes"] > 0
    assert after["webchat_event_loop_lag_seconds_count"] >= 0
    assert not any(PROVIDER in name or "word" in name or "hold" in name for name in after)


async def test_the_log_is_found_by_the_reference_of_an_error(
    watched: RunningApp, asking: httpx.AsyncClient
) -> None:
    async with Tab(watched.url) as tab:
        await read(asking, await ask(tab, "error-500", "A word of mine"))
        await tab.open_conversation(tab.state["conversation_id"])
        reference = tab.state["messages"][-1]["error_reference"]

    (line,) = [line for line in watched.log.splitlines() if reference in line]
    assert 'event="an answer failed"' in line
    assert f"request_id={reference}" in line
    assert "OpenAICompatible service_error" in line
    assert "A word of mine" not in watched.log


async def test_every_response_has_an_id_of_its_own(asking: httpx.AsyncClient) -> None:
    answers = [
        await asking.get(path, headers={"X-Request-ID": "mine", "Host": host})
        for path, host in (("/", "127.0.0.1"), ("/api/search?q=a", "127.0.0.1"), ("/", "refused.example"))
    ]
    ids = {answer.headers["X-Request-ID"] for answer in answers}

    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert len(ids) == 3
    assert "mine" not in ids
