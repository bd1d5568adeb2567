from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.running_app import RunningApp


@pytest.fixture(scope="session")
def app(built: None, upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """One webchat in front of the upstream, which the tests of a process share and none of them stops."""
    env = {"OPENAI_BASE_URL": upstream}
    with RunningApp(tmp_path_factory.mktemp("app") / "data", env) as running:
        yield running


@pytest.fixture
async def client(app: RunningApp) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=app.url, timeout=30, limits=limits) as client:
        yield client


@pytest.fixture
async def control(upstream: str) -> AsyncIterator[httpx.AsyncClient]:
    """The upstream's own control."""
    async with httpx.AsyncClient(base_url=upstream.removesuffix("/v1"), timeout=30) as client:
        yield client


@pytest.fixture(autouse=True)
def _every_answer_is_written(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test: no message of the shared server is being written that it does not write."""
    yield
    if "app" in request.fixturenames:
        app = request.getfixturevalue("app")
        if app.running:
            app.check_answers()
