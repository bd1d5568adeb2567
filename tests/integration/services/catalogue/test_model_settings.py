"""The models of a provider: which are offered, which comes first, and how much each holds."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.integration.services.scripted import Scripted, saying
from tests.integration.services.world import World
from webchat.messages import TextDelta
from webchat.providers.errors import ModelLoading, ProviderError, WrongAddress
from webchat.providers.errors import ServiceError as ServiceFailed
from webchat.providers.model_list import MAX_MODELS, ListedModel
from webchat.providers.parameters import NO_PARAMETERS
from webchat.services.catalogue.catalogue import AUTO, AUTO_MODEL, DEFAULT_CONTEXT, context_size
from webchat.services.catalogue.details import Details
from webchat.services.errors import ProviderInvalid
from webchat.state.provider_rows import model_row, result_text
from webchat.state.rows import ModelSettingRow
from webchat.storage.errors import ProviderNotFound


class Listing(Scripted):
    """Describes its models, and answers with one word."""

    def __init__(self, *models: ListedModel | ProviderError) -> None:
        super().__init__(TextDelta("ready"))
        self.described = models

    async def describe_models(self) -> list[ListedModel]:
        for each in self.described:
            if isinstance(each, ProviderError):
                raise each
        return [each for each in self.described if isinstance(each, ListedModel)]


async def listed(world: World, *models: ListedModel | ProviderError) -> str:
    """Add the provider `Mine` with these models and let it list them; returns its id."""
    id = await world.add_provider("Mine", [], Listing(*models))
    await world.services.providers.test(world.owner, id)
    return id


async def offered(world: World) -> list[str]:
    choices = await world.services.catalogue.choices(world.owner)
    return [choice.name for choice in choices if choice.provider == "Mine"]


async def first(world: World) -> str:
    opened = world.services.catalogue.open_all(await world.services.catalogue.usable(world.owner))
    (model,) = [each.model for each in opened if each.provider.name == "Mine"]
    return model


# Which are offered.


async def test_what_is_not_for_chat_is_not_offered_until_it_is_shown(world: World) -> None:
    id = await listed(
        world,
        ListedModel("vectors", for_chat=False),
        ListedModel("text-embedding-3", for_chat=False),
        ListedModel("m"),
    )
    models = world.services.providers.models
    assert await offered(world) == ["m"]
    (row,) = [item for item in await world.services.providers.all(world.owner) if item.name == "Mine"]
    assert (row.models, row.hidden) == (1, 2)

    await models.show(world.owner, id, "vectors", True)
    await models.show(world.owner, id, "m", False)
    assert await offered(world) == ["vectors"]
    await world.services.providers.test(world.owner, id)
    assert await offered(world) == ["vectors"], "the person's choice outlives a new list"


async def test_service_without_a_model_list_uses_named_models(world: World) -> None:
    id = await world.add_provider("Mine", [], Listing(WrongAddress("Mine", status=404)))
    test = world.services.providers.test
    result = await test(world.owner, id)
    assert not result.passed
    assert "add its models under Models" in result_text(result)

    assert await world.services.providers.models.add(world.owner, id, "  gpt-x ") == "gpt-x"
    result = await test(world.owner, id)
    assert result.passed
    assert result_text(result).startswith("gpt-x answered in ")
    assert await offered(world) == ["gpt-x"]
    assert (await world.asked(model="Mine:gpt-x")).content == "ready"

    await world.services.providers.models.remove(world.owner, id, "gpt-x")
    assert await offered(world) == []


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "two\nlines", "\ud800", "x" * 201, None, 7, ["m"]])
async def test_what_is_no_models_name_is_refused(world: World, name: Any) -> None:
    id = await listed(world, ListedModel("m"))
    with pytest.raises(ProviderInvalid, match="on one line"):
        await world.services.providers.models.add(world.owner, id, name)
    assert await offered(world) == ["m"]


async def test_known_model_is_not_added_again_but_shown_if_hidden(world: World) -> None:
    id = await listed(world, ListedModel("m"), ListedModel("n"))
    models = world.services.providers.models
    with pytest.raises(ProviderInvalid, match="already"):
        await models.add(world.owner, id, "m")
    await models.show(world.owner, id, "m", False)
    await models.add(world.owner, id, "m")
    assert await offered(world) == ["m", "n"]
    assert [model.added for model in await models.all(world.owner, id)] == [False, False]


async def test_a_strangers_provider_has_no_models_for_anybody_else(world: World) -> None:
    id = await listed(world, ListedModel("m"))
    models = world.services.providers.models
    for call in (
        models.all(world.stranger, id),
        models.add(world.stranger, id, "x"),
        models.show(world.stranger, id, "m", False),
        models.remove(world.stranger, id, "m"),
        models.reorder(world.stranger, id, ["m"]),
        models.put_first(world.stranger, id, ["m"]),
    ):
        with pytest.raises(ProviderNotFound):
            await call
    assert await offered(world) == ["m"]


async def test_stored_model_names_are_cleaned_when_read(world: World) -> None:
    id = await listed(world, ListedModel("m"))
    names = ["bad\ud800name", "m", "x" * 1000, 7, *(f"n{number}" for number in range(100_000))]
    with closing(sqlite3.connect(world.folder / "webchat.db")) as database:
        database.execute("UPDATE provider_setting SET models = ? WHERE id = ?", [json.dumps(names), id])
        database.commit()

    found = await offered(world)
    assert found[:2] == ["m", "n0"]
    assert len(found) == MAX_MODELS


async def test_what_models_can_is_shown_with_them(world: World) -> None:
    id = await listed(
        world, ListedModel("eye", context=131_072, sees=True), ListedModel("mind", reasons=True)
    )

    choices = {each.name: each for each in await world.services.catalogue.choices(world.owner)}
    settings = {row.name: row.known for row in await rows(world, id)}

    assert (choices["eye"].sees, choices["eye"].reasons) == (True, False)
    assert (choices["mind"].sees, choices["mind"].reasons) == (False, True)
    assert settings == {"eye": "131,072 tokens · sees pictures", "mind": "reasons"}


async def rows(world: World, provider_id: str) -> list[ModelSettingRow]:
    found = await world.services.providers.models.all(world.owner, provider_id)
    return [model_row(model) for model in found]


# Which comes first.


async def test_loaded_model_comes_first_unless_the_user_has_an_order(world: World) -> None:
    id = await listed(
        world,
        ListedModel("nomic-embed-text", loaded=True, for_chat=False),
        ListedModel("big", loaded=False),
        ListedModel("small", loaded=True),
    )
    assert await first(world) == "small"
    assert (await world.asked(model=AUTO_MODEL)).model == "Fake:m"

    models = world.services.providers.models
    await models.put_first(world.owner, id, ["big", "unknown"])
    assert await offered(world) == ["big", "small"]
    assert await first(world) == "big"
    await models.reorder(world.owner, id, ["small", "big"])
    assert await offered(world) == ["small", "big"]
    await models.show(world.owner, id, "small", False)
    assert await first(world) == "big"


async def test_a_reordered_part_keeps_its_places_among_the_others(world: World) -> None:
    id = await listed(world, *(ListedModel(name) for name in "abcde"))
    await world.services.providers.models.reorder(world.owner, id, ["d", "b", "d", "nothing"])
    assert await offered(world) == ["a", "d", "c", "b", "e"]


async def test_provider_with_all_models_hidden_is_not_used_by_default(
    world: World,
) -> None:
    id = await listed(world, ListedModel("m"))
    for name in ("m", "other"):
        (fake,) = [item for item in await world.services.providers.all(world.owner) if item.name == "Fake"]
        await world.services.providers.models.show(world.owner, fake.id, name, False)
    assert await world.services.catalogue.default_model(world.owner) == "Mine:m"
    opened = world.services.catalogue.open_all(await world.services.catalogue.usable(world.owner))
    assert [each.provider.name for each in opened] == ["Mine"]
    await world.services.providers.models.show(world.owner, id, "m", False)
    result = await world.services.providers.test(world.owner, id)
    assert "all its models are hidden" in result_text(result)


# Testing.


async def test_a_test_asks_a_loaded_model_without_a_limit(world: World) -> None:
    await listed(world, ListedModel("big", loaded=False), ListedModel("small", loaded=True))
    (request,) = world.scripts["Mine"].requests
    assert (request.model, request.parameters) == ("small", NO_PARAMETERS)


async def test_a_test_makes_no_server_load_a_model(world: World) -> None:
    id = await listed(world, ListedModel("big", loaded=False), ListedModel("small", loaded=False))
    result = await world.services.providers.test(world.owner, id)

    assert result.passed
    assert (
        result_text(result) == "Mine responds and has 2 models. None of them is loaded, so none was tested."
    )
    assert world.scripts["Mine"].requests == []


LOADING = ModelLoading("Mine", status=503, service_words="Loading model")


class Loading(Listing):
    """Loads its model for some requests of each kind."""

    def __init__(self, lists: int, answers: int) -> None:
        super().__init__(ListedModel("m"))
        self.lists, self.answers = lists, answers

    async def describe_models(self) -> list[ListedModel]:
        self.lists -= 1
        if self.lists >= 0:
            raise LOADING
        return await super().describe_models()

    async def generate(self, request: Any) -> Any:
        self.answers -= 1
        if self.answers >= 0:
            raise LOADING
        async for event in super().generate(request):
            yield event


async def test_a_server_that_loads_its_model_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.providers.loading.PAUSE", 0)
    id = await world.add_provider("Mine", [], Loading(2, 3))
    told: list[str] = []

    async def tell(words: str) -> None:
        told.append(words)

    result = await world.services.providers.test(world.owner, id, tell)

    assert result.passed
    assert told == ["Mine is loading its model. Waiting…"] * 5


async def test_endless_model_loading_ends_at_the_first_text_deadline(world: World) -> None:
    id = await world.add_provider("Mine", [], Loading(10**9, 0))
    short = Details("Mine", "http://127.0.0.1:9/v1", deadlines={"first_text": 0.05})
    await world.services.providers.save(world.owner, id, short)

    result = await world.services.providers.test(world.owner, id)

    assert not result.passed
    assert "still loading the model" in result_text(result)


async def test_another_failure_is_not_waited_for(world: World) -> None:
    overloaded = ServiceFailed("Mine", status=503, service_words="Overloaded")
    script = Listing(overloaded)
    id = await world.add_provider("Mine", [], script)
    assert "Overloaded" in result_text(await world.services.providers.test(world.owner, id))
    assert script.closed == 1


# How much each holds.


async def test_context_is_what_the_server_tells_of_each_model(world: World) -> None:
    id = await listed(
        world, ListedModel("small", context=4096), ListedModel("big", context=200_000), ListedModel("m")
    )

    async def context(name: str, model: str = "") -> int:
        return context_size(await world.services.catalogue.usable(world.owner), name, model)

    assert [await context("Mine", name) for name in ("small", "big", "m", "gone")] == [
        4096,
        200_000,
        DEFAULT_CONTEXT,
        DEFAULT_CONTEXT,
    ]
    assert await context(AUTO) == 4096, "for Auto, the least of what it would ask"
    await world.services.providers.models.put_first(world.owner, id, ["big"])
    assert await context(AUTO) == DEFAULT_CONTEXT
    said = Details("Mine", "http://127.0.0.1:9/v1", context=8192)
    await world.services.providers.save(world.owner, id, said)
    assert await context("Mine", "big") == 8192, "the person knows better"


async def test_a_conversation_is_fitted_to_its_model(world: World) -> None:
    await listed(world, ListedModel("small", context=512), ListedModel("big", context=100_000))
    world.scripts["Mine"] = saying("word " * 200)
    first = await world.asked("One " * 200, model="Mine:big")
    for model, left_out in (("Mine:big", 0), ("Mine:small", 2)):
        answer = await world.asked("Two", conversation_id=first.conversation_id, model=model)
        assert (await world.generation(answer.id)).left_out == left_out
