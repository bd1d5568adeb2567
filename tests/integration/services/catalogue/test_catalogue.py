"""Which models there are to choose from, which one is first, and what a person begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.services.world import World
from webchat.providers.errors import BadConfiguration, ProviderError
from webchat.providers.wire.deadlines import Deadlines
from webchat.services.catalogue.catalogue import GUIDE_MODEL, split_model
from webchat.services.catalogue.details import Details
from webchat.services.catalogue.providers import BuiltIn
from webchat.services.errors import ModelUnknown, ParameterInvalid, PromptTooLong
from webchat.services.limits import MAX_PROMPT_BYTES
from webchat.services.preferences import Preferences
from webchat.storage.errors import ProviderNameTaken
from webchat.storage.secrets import KEY_FILE


async def test_every_model_of_the_enabled_providers_is_a_choice(world: World) -> None:
    off = await world.add_provider("Off", ["hidden"])
    await world.services.providers.set_enabled(world.owner, off, False)
    await world.add_provider("Ollama", ["qwen3:0.6b"])

    choices = await world.services.catalogue.choices(world.owner)

    assert [choice.id for choice in choices] == [
        *("Auto:auto", GUIDE_MODEL, "Fake:m", "Fake:other", "Ollama:qwen3:0.6b"),
    ]
    assert (choices[-1].provider, choices[-1].name) == ("Ollama", "qwen3:0.6b")
    assert await world.services.catalogue.choices(world.stranger) == []


def test_a_models_own_name_may_have_colons() -> None:
    assert split_model("Ollama:qwen3:0.6b") == ("Ollama", "qwen3:0.6b")
    for wrong in ("", "x", ":x", "x:", None, 7, ["a:b"], {"a:b": 1}):
        with pytest.raises(ModelUnknown):
            split_model(wrong)


async def test_a_new_conversation_begins_with_the_likeliest_model(world: World) -> None:
    catalogue, preferences = world.services.catalogue, world.services.preferences

    # The first one that is no guide, for who has chosen and used none;
    assert await catalogue.default_model(world.owner) == "Fake:m"
    # the one used last;
    await world.asked(model="Fake:other")
    assert await catalogue.default_model(world.owner) == "Fake:other"
    # the one that was set.
    await preferences.set_model(world.owner, GUIDE_MODEL)
    assert await catalogue.default_model(world.owner) == GUIDE_MODEL
    # One that is not there any more is passed over.
    await preferences.set_model(world.owner, "Gone:m")
    assert await catalogue.default_model(world.owner) == "Fake:other"


async def test_without_any_other_the_guide_answers(world: World) -> None:
    (fake,) = [row for row in await world.services.providers.all(world.owner) if row.name == "Fake"]
    await world.services.providers.remove(world.owner, fake.id)

    assert await world.services.catalogue.default_model(world.owner) == GUIDE_MODEL
    assert (await world.asked(model=GUIDE_MODEL)).content == "Hello there."
    assert world.built[-1] == {"kind": "Guide"}


async def test_preferences_are_kept_and_checked(world: World) -> None:
    preferences = world.services.preferences
    assert await preferences.get(world.owner) == Preferences("", None)

    await preferences.set_defaults(world.owner, "  Be brief. ", "0,7")
    for prompt, temperature, error in (
        ("x", "hot", ParameterInvalid),
        ("x" * (MAX_PROMPT_BYTES + 1), "1", PromptTooLong),
    ):
        with pytest.raises(error):
            await preferences.set_defaults(world.owner, prompt, temperature)
    for wrong in ("no model", "x" * 10_000 + ":m"):
        with pytest.raises(ModelUnknown):
            await preferences.set_model(world.owner, wrong)

    assert await preferences.get(world.owner) == Preferences("Be brief.", 0.7)
    assert await preferences.get(world.stranger) == Preferences()
    await preferences.set_defaults(world.owner, "", "")
    assert await preferences.get(world.owner) == Preferences("", None)


async def test_a_provider_is_built_from_its_row_with_its_key(world: World) -> None:
    await world.services.providers.save(
        world.owner, None, Details("Keyed", "https://api.example.org/v1", "sk-1")
    )

    await world.services.catalogue.open_provider(world.owner, "Keyed")

    assert world.built[-1] == {
        "kind": "OpenAICompatible",
        "name": "Keyed",
        "base_url": "https://api.example.org/v1",
        "api_key": "sk-1",
        "deadlines": Deadlines(),
    }
    with pytest.raises(BadConfiguration):
        await world.services.catalogue.open_provider(world.stranger, "Keyed")


async def test_a_key_that_cannot_be_read_is_said_on_the_card(world: World, folder: Path) -> None:
    await world.services.providers.save(world.owner, None, Details("Keyed", "https://host.example", "sk-1"))
    (folder / KEY_FILE).unlink()
    after = World(folder)
    await after.open_again()
    with pytest.raises(ProviderError, match="Enter it again in Settings") as refusal:
        await after.services.catalogue.open_provider(world.owner, "Keyed")
    await after.close()

    assert "sk-1" not in str(refusal.value)
    with pytest.raises(ProviderNameTaken):
        await world.add_provider("Keyed", [])


async def test_a_proxy_that_cannot_be_read_is_called_a_proxy(world: World, folder: Path) -> None:
    details = Details("Behind", "https://host.example", proxy="http://me:word@proxy.example:3128")
    await world.services.providers.save(world.owner, None, details)
    (folder / KEY_FILE).unlink()
    after = World(folder)
    await after.open_again()
    with pytest.raises(ProviderError, match="stored proxy of Behind cannot be read") as refusal:
        await after.services.catalogue.open_provider(world.owner, "Behind")
    await after.close()

    assert "word" not in str(refusal.value)


async def test_nobody_is_made_to_use_a_free_service(folder: Path) -> None:
    world = World(folder, built_in=[BuiltIn("FreeGpt", ["gemini-1.5-pro"], "https://free.example")])
    await world.open_again()
    choices = [choice.id for choice in await world.services.catalogue.choices(world.owner)]

    assert choices == [GUIDE_MODEL, "FreeGpt:gemini-1.5-pro"]
    assert await world.services.catalogue.default_model(world.owner) == GUIDE_MODEL
    await world.close()
