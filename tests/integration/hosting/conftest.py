from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.running_app import RunningApp


@pytest.fixture(scope="session")
def app(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """One webchat that the tests of a process share and none of them stops."""
    with RunningApp(tmp_path_factory.mktemp("app") / "data", first_start=True) as running:
        yield running
