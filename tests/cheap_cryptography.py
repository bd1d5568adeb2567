"""Cryptography that costs little: hundreds of tests sign somebody in or make an HTTP client."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from unittest.mock import patch

import httpx
import pytest
from argon2 import PasswordHasher

from webchat.services import password_hashes

REAL_HASHER = password_hashes._HASHER


@pytest.fixture(autouse=True, scope="session")
def cheap_password_hashes() -> Iterator[None]:
    """Hashes of the same kind with the least work; a real one takes 40 ms."""
    with patch.object(password_hashes, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        yield


@pytest.fixture(autouse=True, scope="session")
def one_tls_context() -> Iterator[None]:
    """One TLS context for all HTTP clients of the tests; reading the certificates takes 25 ms."""
    made = lru_cache(httpx.create_ssl_context)
    with patch("httpx._transports.default.create_ssl_context", made):
        yield
