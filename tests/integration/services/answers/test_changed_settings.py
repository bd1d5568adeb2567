"""Changed settings of a provider apply to the next message."""

from __future__ import annotations

from dataclasses import replace

from tests.integration.services.answers.several_providers import URL, add_service, providers
from tests.integration.services.scripted import Scripted, saying
from tests.integration.services.world import World
from webchat.providers.errors import ServiceError
from webchat.providers.health import FAILURES_TO_OPEN
from webchat.providers.wire.deadlines import Deadlines
from webchat.services.catalogue.catalogue import AUTO_MODEL
from webchat.services.catalogue.details import Details


async def test_changed_provider_settings_apply_to_the_next_message(world: World) -> None:
    ids = await providers(world, One=saying("1"))
    await world.asked(model="One:one-1")
    before = world.built[-1]
    details = Details(
        "One",
        "http://127.0.0.1:10/v1",
        "sk-new",
        proxy="socks5://me:word@127.0.0.1:1080",
        deadlines={"connect": 3, "total": 90},
    )
    await world.services.providers.save(world.owner, ids["One"], details)
    await world.asked(model="One:one-1")

    assert (before["base_url"], before["api_key"], before["deadlines"]) == (URL, None, Deadlines())
    assert "proxy" not in before
    assert world.built[-1] == {
        "kind": "OpenAICompatible",
        "name": "One",
        "base_url": "http://127.0.0.1:10/v1",
        "api_key": "sk-new",
        "proxy": "socks5://me:word@127.0.0.1:1080",
        "deadlines": Deadlines(connect=3, total=90),
    }
    await world.services.providers.save(world.owner, ids["One"], replace(details, proxy=None, secret=None))
    await world.asked(model="One:one-1")
    assert world.built[-1]["proxy"] == "socks5://me:word@127.0.0.1:1080", "kept unless it is forgotten"
    await world.services.providers.save(world.owner, ids["One"], replace(details, proxy="", deadlines={}))
    await world.asked(model="One:one-1")
    assert "proxy" not in world.built[-1]
    assert world.built[-1]["deadlines"] == Deadlines()


async def test_changed_mirrors_and_cookies_apply_to_the_next_message(world: World) -> None:
    service = await add_service(world, "FreeGpt")
    await world.asked(model="FreeGpt:s")
    assert {"base_url", "cookies", "api_key"}.isdisjoint(world.built[-1])

    mirrors = "https://a.example, https://b.example\nhttps://c.example"
    await world.services.providers.save(
        world.owner, service, Details("FreeGpt", mirrors, "session=abc; theme=dark")
    )
    await world.asked(model="FreeGpt:s")
    assert world.built[-1]["base_url"] == ["https://a.example", "https://b.example", "https://c.example"]
    assert world.built[-1]["cookies"] == {"session": "abc", "theme": "dark"}

    await world.services.providers.save(world.owner, service, Details("FreeGpt", "https://a.example"))
    await world.asked(model="FreeGpt:s")
    assert world.built[-1]["base_url"] == "https://a.example"
    await world.services.providers.save(world.owner, service, Details("FreeGpt", ""))
    await world.asked(model="FreeGpt:s")
    assert "base_url" not in world.built[-1], "the service's own again"


async def test_a_provider_that_was_switched_off_is_not_asked(world: World) -> None:
    ids = await providers(world, One=saying("1"), Two=saying("2"))
    await world.services.providers.set_enabled(world.owner, ids["One"], False)

    message = await world.asked(model="One:one-1")

    assert (await world.generation(message.id)).error_code == "bad_configuration"
    await world.services.providers.set_enabled(world.owner, ids["One"], True)
    assert (await world.asked(model="One:one-1")).content == "1"


async def test_new_settings_wake_a_provider_that_rests(world: World) -> None:
    ids = await providers(world, One=Scripted(ServiceError("One")), Two=saying("2"))
    for _ in range(FAILURES_TO_OPEN):
        await world.asked(model=AUTO_MODEL)
    world.scripts["One"] = saying("1")
    assert (await world.asked(model=AUTO_MODEL)).content == "2"

    await world.services.providers.save(world.owner, ids["One"], Details("One", "http://127.0.0.1:10/v1"))

    assert (await world.asked(model=AUTO_MODEL)).content == "1"
