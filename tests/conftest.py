"""What all tests share: the network is refused unless a test is marked for it, and beyond loopback always."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.temporary_folder import use_memory

use_memory()

# Where bytecode is not kept, each process that a test starts compiles all libraries again, for two seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Tests make much that is soon gone; by default it is looked through every 700 objects, for 5 % of their time.
gc.set_threshold(200_000, 20, 20)

# How long an example takes is the machine's affair.
_EXAMPLES = int(os.environ.get("WEBCHAT_EXAMPLES") or "100")
settings.register_profile("webchat", deadline=None, max_examples=_EXAMPLES)
settings.load_profile("webchat")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process for each core and, without browsers, one more; for chosen files only this one."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    cores = os.cpu_count() or 1
    return min(cores + 1 if config.option.markexpr == "not browser" else cores, 8)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing of what is collected is garbage: it is looked through once, at the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        _freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import the browser tests where none is wanted: each process would take a second for them."""
    unwanted = config.option.markexpr == "not browser" and collection_path == Path(__file__).parent / "e2e"
    return unwanted or None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    if nextitem is None or nextitem.path.parent != item.path.parent:
        _freeze()


def _freeze() -> None:
    """Take what is there now, such as modules and collected tests, out of the garbage collector's sight.

    Most of it stays until the end, and a full collection of it takes longer than most tests.
    """
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """While one process builds the pages for the first test that needs them, the others need none.

    The others that need them mostly wait, for servers and browsers: they are spread among the unit tests,
    which compute. At the end are unit tests alone: their files are short, so all processes end at about the
    same time.
    """
    unit = Path(__file__).parent / "unit"
    needing = list(dict.fromkeys(item.path for item in items if "built" in getattr(item, "fixturenames", ())))
    files = [path for path in dict.fromkeys(item.path for item in items) if path not in set(needing)]
    computing = [path for path in files if path.is_relative_to(unit)]
    turns = dict.fromkeys(files, 1.0) | dict.fromkeys(needing[:1], 0.0)
    turns |= {path: 2 + 0.8 * number / len(needing) for number, path in enumerate(needing[1:])}
    turns |= {path: 2 + number / len(computing) for number, path in enumerate(computing)}
    items.sort(key=lambda item: turns[item.path])


_ORIGINAL = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "bind", "sendto")}
_ORIGINAL_GETADDRINFO = socket.getaddrinfo


class NetworkRefused(RuntimeError):
    """A test used the network without being marked for it, or reached beyond loopback."""


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in ("localhost", "", None):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded(name: str, loopback_allowed: bool) -> Any:
    original = _ORIGINAL[name]

    def guard(self: socket.socket, *args: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            address = args[-1]
            if not (loopback_allowed and _is_loopback(address[0])):
                raise NetworkRefused(f"{name} to {address!r}: mark the test `network`, and use loopback only")
        return original(self, *args)

    return guard


def _getaddrinfo(loopback_allowed: bool) -> Any:
    def guard(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not (loopback_allowed and _is_loopback(host)):
            raise NetworkRefused(f"looking up {host!r}: mark the test `network`, and use loopback only")
        return _ORIGINAL_GETADDRINFO(host, *args, **kwargs)

    return guard


@pytest.fixture(autouse=True)
def _refuse_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse internet sockets; unix sockets and asyncio's own socket pairs are not touched."""
    allowed = request.node.get_closest_marker("network") or request.node.get_closest_marker("browser")
    for name in _ORIGINAL:
        monkeypatch.setattr(socket.socket, name, _guarded(name, allowed is not None))
    monkeypatch.setattr(socket, "getaddrinfo", _getaddrinfo(allowed is not None))
