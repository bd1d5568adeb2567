"""S10: nobody but an administrator makes the server connect to itself or to its own network."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import _ORIGINAL_GETADDRINFO
from tests.integration.providers.relay import make_certificate, relay
from tests.integration.services.network_world import NetworkWorld, certificates_are_read
from tests.integration.services.world import World, copy_of_opened
from tests.unit.providers.transcripts import answer_of
from tests.upstreams.http_server import Reply, SeenRequest, Server
from tests.upstreams.openai import OpenAIUpstream, serve_openai
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import BadConfiguration, ConnectionFailed, NotOnInternet, ProviderError
from webchat.providers.free.base import FreeService
from webchat.providers.openai_compatible import OpenAICompatible
from webchat.providers.registry import build_provider
from webchat.providers.wire.network import is_own
from webchat.services.catalogue.details import Details
from webchat.services.errors import ProviderInvalid
from webchat.storage.queries import providers as queries
from webchat.storage.queries.providers import PROXY
from webchat.storage.types import Origin

__all__ = ["certificates_are_read"]

pytestmark = pytest.mark.network

PUBLIC = "93.184.216.34"
OF_THIS_MACHINE = (
    *("127.0.0.1", "127.1", "127.0.1", "127.8.8.8", "localhost", "LOCALHOST", "localhost.", "127.0.0.1."),
    *("2130706433", "0x7f000001", "0x7F.0.0.1", "0177.0.0.1", "017700000001", "0x7f.1", "127.0x1"),
    *("0", "0.0.0.0", "0x0", "0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "①②⑦.⓪.⓪.①", "１２７.0.0.1"),
    *("127。0。0。1", "%31%32%37.0.0.1", "user@127.0.0.1", "public.test@127.0.0.1", "a:b@localhost"),
    *("public.test#@127.0.0.1", "public.test\\@127.0.0.1", "app.localhost", "loop.test", "both.test"),
)
OF_OTHER_NETWORKS = (
    *("10.0.0.1", "10.1", "167772161", "0x0a000001", "012.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.0.1", "192.168.257", "0xc0a80001", "3232235521", "100.64.0.1", "100.100.100.200"),
    *("169.254.169.254", "169.254.43518", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376"),
    *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]"),
    *("[fec0::1]", "[fc00::1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]"),
    *("[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::]", "[2001:db8::1]", "[3fff::1]"),
    *("224.0.0.1", "239.255.255.250", "[ff02::1]", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
    *("192.0.0.192", "192.88.99.1", "168.63.129.16", "metadata.test", "mixed.test", "six.test"),
)
FORMS = (*OF_THIS_MACHINE, *OF_OTHER_NETWORKS)
NAMES = {
    "public.test": [PUBLIC],
    "prod-backend-k8s.flowgpt.com": [PUBLIC],
    "loop.test": ["127.0.0.1"],
    "app.localhost": ["127.0.0.1"],
    "both.test": ["::1", "127.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "mixed.test": [PUBLIC, "10.0.0.1"],
    "six.test": ["fd00::1"],
}


@pytest.fixture
async def world(folder: Path, opened_once: tuple[Path, str]) -> AsyncIterator[World]:
    async with copy_of_opened(NetworkWorld, folder, opened_once) as world:
        yield world


class Net:
    """What names stand for, and where connections went: all arrive on this machine, those to `PUBLIC` at
    the port `behind`."""

    def __init__(self, connect: Any) -> None:
        self.names = {name: list(addresses) for name, addresses in NAMES.items()}
        self.looked_up: list[str] = []
        self.connected: list[str] = []
        self.behind = 0
        self._connect = connect

    async def getaddrinfo(self, host: str, port: int, **_: Any) -> list[Any]:
        self.looked_up.append(host)
        known = self.names.get(host.rstrip(".").lower())
        if known is None:  # numbers in every form that the system takes, and this machine
            numeric = 0 if host.rstrip(".").lower() == "localhost" else socket.AI_NUMERICHOST
            return _ORIGINAL_GETADDRINFO(host, port, type=socket.SOCK_STREAM, flags=numeric)
        families = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(families[":" in each], socket.SOCK_STREAM, 6, "", (each, port)) for each in known]

    async def create_connection(self, factory: Any, host: str, port: int) -> Any:
        self.connected.append(host)
        return await self._connect(factory, "127.0.0.1", self.behind if host == PUBLIC else port)


@pytest.fixture
async def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    loop = asyncio.get_running_loop()
    net = Net(loop.create_connection)
    monkeypatch.setattr(loop, "getaddrinfo", net.getaddrinfo)
    monkeypatch.setattr(loop, "create_connection", net.create_connection)
    monkeypatch.setattr("webchat.providers.wire.network.is_own", lambda address: False)
    return net


@pytest.fixture
async def canary() -> AsyncIterator[Server]:
    """A server inside, which must never be asked."""

    async def secret(request: SeenRequest, reply: Reply) -> None:
        reply.json(200, {"object": "list", "data": [{"id": "internal-secret"}]})

    async with Server(secret) as server:
        yield server


@pytest.fixture
async def upstream(net: Net) -> AsyncIterator[OpenAIUpstream]:
    """A service on the internet: it is behind `PUBLIC`."""
    async with serve_openai() as server:
        net.behind = port_of(server)
        yield server


def port_of(server: Any) -> int:
    return int(server.origin.rpartition(":")[2])


async def refusal_of(provider: AsyncGeneratorProvider) -> ProviderError | None:
    model = "" if isinstance(provider, FreeService) else "m"
    return (await answer_of(provider, model=model))[1]


def test_s10_tries_at_least_sixty_forms() -> None:
    assert len(set(FORMS)) >= 60


async def test_s10_the_forms_do_reach_the_canary_unguarded(net: Net, canary: Server) -> None:
    """What the other tests refuse is real: without the guard, these forms arrive inside."""
    reached = 0
    for form in OF_THIS_MACHINE:
        try:
            service = OpenAICompatible(f"http://{form}:{port_of(canary)}/v1")
            reached += (await service.list_models()) == ["internal-secret"]
        except ProviderError:
            continue
    assert reached >= 20


@pytest.mark.parametrize("form", FORMS)
async def test_s10_no_form_is_connected_to(net: Net, canary: Server, form: str) -> None:
    port = port_of(canary)
    ways: list[dict[str, Any]] = [
        {"base_url": f"http://{form}:{port}/v1"},
        {"base_url": f"https://{form}:{port}/v1"},
        {"base_url": "http://public.test/v1", "proxy": f"http://{form}:{port}"},
        {"base_url": "https://public.test/v1", "proxy": f"socks5://{form}:{port}"},
        {"base_url": f"http://{form}:{port}/v1", "proxy": "http://public.test:3128"},
        {"base_url": f"https://{form}:{port}/v1", "proxy": "socks5h://public.test:1080"},
        {"base_url": f"https://{form}:{port}/v1", "proxy": "http://127.0.0.1:3128", "trusts_proxy": True},
    ]
    for way in ways:
        try:
            error = await refusal_of(OpenAICompatible(**way, public_only=True))
        except BadConfiguration as invalid:
            error = invalid  # not even an address
        # Some forms name no host at all, and a fragment or backslash may leave the public one.
        assert isinstance(error, BadConfiguration | ConnectionFailed), (way, error)
        assert set(net.connected) <= {PUBLIC}, way
    assert canary.requests == []
    assert not canary.connections


async def test_s10_a_member_cannot_save_or_use_any_form(world: World, net: Net, canary: Server) -> None:
    providers = world.services.providers
    for form, proxied in itertools.product(FORMS, (False, True)):
        own = f"http://{form}:{port_of(canary)}"
        address, proxy = ("http://public.test/v1", own) if proxied else (f"{own}/v1", None)
        try:
            row_id = await providers.save(world.stranger, None, Details("Mine", address, "sk-1", proxy))
        except ProviderInvalid:
            pass
        else:
            result = await providers.test(world.stranger, row_id)
            assert isinstance(result.error, BadConfiguration | ConnectionFailed), (form, proxied)
            assert "internal-secret" not in str(result.error), (form, proxied)
            await providers.remove(world.stranger, row_id)
        assert set(net.connected) <= {PUBLIC}, (form, proxied)
        assert canary.requests == [], (form, proxied)


async def test_s10_the_error_says_what_to_do_and_no_address(world: World, net: Net) -> None:
    providers = world.services.providers
    row_id = await providers.save(world.stranger, None, Details("Mine", "http://metadata.test/v1"))
    error = (await providers.test(world.stranger, row_id)).error
    assert type(error) is NotOnInternet
    assert str(error) == (
        "Mine was not asked, because metadata.test is not an address on the internet. Only administrators "
        "can use servers in the network of webchat itself. Enter another address in Settings, or ask an "
        "administrator to add this one."
    )
    with pytest.raises(ProviderInvalid, match="Only administrators") as refused:
        await providers.save(world.stranger, None, Details("Other", "http://127.1:11434"))
    assert refused.value.field == "base_url"


async def test_s10_an_administrator_uses_a_private_address(world: World, net: Net, canary: Server) -> None:
    providers = world.services.providers
    row_id = await providers.save(
        world.owner, None, Details("Home", f"http://127.0.0.1:{port_of(canary)}/v1")
    )
    assert (await providers.test(world.owner, row_id)).models == 1


REDIRECTS = (301, 302, 303, 307, 308)


@pytest.mark.parametrize("status", REDIRECTS)
async def test_s10_redirects_are_not_followed(net: Net, canary: Server, status: int) -> None:
    async def redirect(request: SeenRequest, reply: Reply) -> None:
        reply.whole(status, b"", {"Location": f"{canary.origin}/v1/models"})

    async with Server(redirect) as outside:
        net.behind = port_of(outside)
        service = OpenAICompatible("http://public.test/v1", public_only=True)
        with pytest.raises(ProviderError):
            await service.list_models()
        assert isinstance(await refusal_of(service), ProviderError)
        for kind in ("FreeGpt", "AIChatFree", "ChatgptFree", "ChatGptt", "FlowGpt"):
            free = build_provider(kind, base_url="http://public.test", public_only=True)
            assert isinstance(await refusal_of(free), ProviderError)
    assert len(outside.requests) >= 7
    assert canary.requests == []


async def test_s10_a_resolver_that_changes_its_answer(
    net: Net, canary: Server, upstream: OpenAIUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that is connected to is the one that was checked; a new question is checked anew."""
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"], [PUBLIC]])

    async def changing(host: str, port: int, **options: Any) -> list[Any]:
        net.names["public.test"] = next(answers)
        return await net.getaddrinfo(host, port, **options)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", changing)
    service = OpenAICompatible(f"http://public.test:{port_of(canary)}/v1", public_only=True)

    assert await service.list_models()
    for _ in range(2):
        with pytest.raises(NotOnInternet):
            await service.list_models()
    assert await service.list_models()

    assert net.connected == [PUBLIC, PUBLIC]
    assert net.looked_up == ["public.test"] * 4
    assert canary.requests == []


async def test_s10_what_was_saved_is_checked_at_every_use(
    world: World, net: Net, canary: Server, upstream: OpenAIUpstream
) -> None:
    """A name that was public when it was saved and tested leads inside later."""
    providers, catalogue = world.services.providers, world.services.catalogue
    await providers.save(world.stranger, None, Details("Mine", f"http://public.test:{port_of(canary)}/v1"))
    (row,) = [row for row in await providers.rows(world.stranger) if row.name == "Mine"]
    assert await providers.refresh_models(world.stranger, row)

    net.names["public.test"] = ["127.0.0.1"]
    with pytest.raises(NotOnInternet):
        await providers.refresh_models(world.stranger, row)
    assert type((await providers.test(world.stranger, row.id)).error) is NotOnInternet
    assert type(await refusal_of(await catalogue.open_provider(world.stranger, "Mine"))) is NotOnInternet
    (automatic,) = catalogue.open_all(await catalogue.usable(world.stranger))
    assert type(await refusal_of(automatic.provider)) is NotOnInternet
    assert set(net.connected) == {PUBLIC}
    assert canary.requests == []


async def test_s10_a_row_follows_the_role_of_its_owner(
    world: World, net: Net, canary: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers, catalogue = world.services.providers, world.services.catalogue
    url = f"http://127.0.0.1:{port_of(canary)}/v1"
    row_id = await providers.save(world.owner, None, Details("Home", url))

    async def nobody(person_id: str) -> bool:
        return False

    monkeypatch.setattr(catalogue, "is_administrator", nobody)
    assert type((await providers.test(world.owner, row_id)).error) is NotOnInternet
    assert canary.requests == []


async def test_s10_rows_that_are_already_there_are_guarded(world: World, net: Net, canary: Server) -> None:
    """Whatever way a row came in, such as a restored backup; mirrors and proxies of free services too."""
    inside = f"http://127.0.0.1:{port_of(canary)}"
    async with world.database.write() as session:
        for name, kind, url, options in (
            ("One", "OpenAICompatible", f"{inside}/v1", {}),
            ("Two", "FreeGpt", f"{inside} {inside}/2", {}),
            ("Three", "FlowGpt", "", {PROXY: world.box.encrypt(inside)}),
        ):
            row = await queries.add(
                session, world.stranger, kind=kind, name=name, base_url=url, origin=Origin.FOUND
            )
            await queries.update(session, world.stranger, row.id, options=options)
    for name in ("One", "Two", "Three"):
        provider = await world.services.catalogue.open_provider(world.stranger, name)
        assert isinstance(await refusal_of(provider), NotOnInternet), name
    assert net.connected == []


async def test_s10_a_member_finds_no_servers_of_this_machine(world: World) -> None:
    async def never() -> list[Any]:
        pytest.fail("this machine was searched")

    world._find = never  # type: ignore[method-assign]
    world.services.providers._find_servers = never
    assert await world.services.providers.find_local(world.stranger) == []


async def test_s10_this_machine_by_its_public_address(
    net: Net, canary: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall lets what comes from the machine itself pass."""
    monkeypatch.setattr("webchat.providers.wire.network.is_own", is_own)
    monkeypatch.setattr("webchat.providers.wire.network.is_public", lambda address: True)
    with pytest.raises(NotOnInternet):
        await OpenAICompatible(f"{canary.origin}/v1", public_only=True).list_models()
    assert net.connected == []


# Through proxies.


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    server, certificate = make_certificate(tmp_path)
    client = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr("webchat.providers.wire.transport.shared_tls", lambda: client)
    return server


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_s10_a_proxy_gets_the_checked_address(
    upstream: OpenAIUpstream, net: Net, tls: ssl.SSLContext, scheme: str
) -> None:
    """It would look the name up again. The certificate must still be that of the name."""
    heads: list[bytes] = []
    behind = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        if scheme == "http":
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return behind
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        heads.append(await reader.readexactly(4 + 4 + 2))
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        return behind

    async def straight(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        return port_of(upstream)

    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(relay(straight, tls))
        proxy = f"{scheme}://127.0.0.1:{await stack.enter_async_context(relay(accept))}"
        trusted: dict[str, Any] = {"proxy": proxy, "public_only": True, "trusts_proxy": True}
        assert await OpenAICompatible("https://public.test/v1", **trusted).list_models()
        net.names["other.test"] = [PUBLIC]
        with pytest.raises(ConnectionFailed, match=r"certificate of other\.test is not trusted"):
            await OpenAICompatible("https://other.test/v1", **trusted).list_models()
    address = PUBLIC.encode() if scheme == "http" else socket.inet_aton(PUBLIC)
    assert all(address in head and b".test" not in head for head in heads)
    assert upstream.requests[0].headers["host"] == "public.test"
