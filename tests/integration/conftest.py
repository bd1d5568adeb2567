from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cheap_cryptography import cheap_password_hashes, one_tls_context
from tests.compiled_statements import shared_compiled_statements
from tests.empty_database import make_empty_database
from tests.running_app import build_once
from tests.upstreams.openai import openai_process

__all__ = ["cheap_password_hashes", "one_tls_context", "shared_compiled_statements"]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows, to be copied."""
    return make_empty_database(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="session")
def built() -> None:
    """The pages are built."""
    build_once()


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """The base URL of a loopback service in a process of its own."""
    with openai_process() as url:
        yield url
