"""Settings of administrators for members, and what members see of them, without a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.scripted import Scripted
from tests.integration.services.world import MODEL, World
from tests.integration.state.page import Page, opened_page, serving
from webchat.messages import Finish, FinishReason, TextDelta, Usage
from webchat.services.accounts import Person
from webchat.services.change_feed import MODELS
from webchat.services.errors import NotAllowed
from webchat.services.member_limits import Limit, Use
from webchat.state.account import AccountState
from webchat.state.chat import ChatState
from webchat.state.limits import EVERYONE, MemberLimitsState
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState
from webchat.state.provider_models import ProviderModelsState
from webchat.state.server import ServerState
from webchat.storage.ids import new_id


@dataclass
class Pair:
    """An administrator and a member. Only one of their tabs is open at a time."""

    ann: Person
    bob: Person


@pytest.fixture
async def pair(world: World) -> AsyncIterator[Pair]:
    accounts = world.services.accounts
    with serving(world):
        ann = await accounts.person_of(await set_up(accounts))
        yield Pair(ann, await accounts.person_of(await join(accounts, "bob")))
    await accounts.close()


DONE = Finish(FinishReason.STOP, "stop")


async def set_limits(ann: Page, whom: str, **form: str) -> None:
    await ann.do(MemberLimitsState.load)
    await ann.do(MemberLimitsState.edit, user_id=whom)
    await ann.do(MemberLimitsState.save, form=form)


async def test_administrator_sets_limits_and_member_sees_them(world: World, pair: Pair) -> None:
    async with opened_page(pair.ann) as ann:
        await set_limits(ann, EVERYONE, messages="50", tokens="", cost="")
        await set_limits(ann, pair.bob.id, messages="2", tokens="1,000", cost="none")

        everyone, of_bob = ann.var(MemberLimitsState, "rows")
        assert (everyone["name"], everyone["about"], everyone["messages"]) == (
            "All members",
            "50 messages a day",
            "50",
        )
        assert of_bob["about"] == "2 messages a day · 1,000 tokens a month · any cost a month"
        assert (of_bob["messages"], of_bob["tokens"], of_bob["cost"]) == ("2", "1000", "none")
        assert ann.var(MemberLimitsState, "editing") == ""
        await ann.do(AccountState.load)
        assert ann.var(AccountState, "limits") == []

    async with opened_page(pair.bob) as bob:
        await world.send(owner_id=pair.bob.id)
        await bob.do(AccountState.load)
        first, second = bob.var(AccountState, "limits")
        assert (first["name"], first["used"], first["percent"]) == (
            "Messages today",
            "1 of 2 used, 1 left",
            50,
        )
        assert second["used"] == "0 of 1,000 used, 1,000 left"


async def test_wrong_limit_is_said_at_its_form(world: World, pair: Pair) -> None:
    async with opened_page(pair.ann) as ann:
        await set_limits(ann, pair.bob.id, messages="many")

        assert "whole number" in ann.var(MemberLimitsState, "problem")
        assert ann.var(MemberLimitsState, "editing") == pair.bob.id, "the form stays open"
        await set_limits(ann, "nobody", messages="1")
        assert ann.var(MemberLimitsState, "problem") != ""
        assert await world.services.member_limits.use(pair.bob.id) == []


async def test_member_sets_nothing_and_sees_no_figures(world: World, pair: Pair) -> None:
    async with opened_page(pair.bob) as bob:
        await world.asked("A secret of Ann")
        for load in (MemberLimitsState.load, ServerState.load):
            await bob.do(load)
        assert bob.var(MemberLimitsState, "rows") == []
        assert not bob.var(ServerState, "allowed")
        assert bob.var(ServerState, "people") == []
        assert bob.var(ServerState, "database") == ""
        for handler, arguments in (
            (MemberLimitsState.edit, {"user_id": pair.bob.id}),
            (MemberLimitsState.save, {"form": {"messages": "9"}}),
            (ServerState.ask_price, {"model_id": MODEL}),
            (ServerState.save_price, {"form": {"input": "9"}}),
            (ProviderModelsState.choose_for_members, {"chosen": True}),
            (ProviderModelsState.allow, {"name": "m", "allowed": True}),
        ):
            await bob.do(NoticeState.dismiss)
            await bob.do(handler, **arguments)
            assert bob.var(NoticeState, "text") == str(NotAllowed()), handler


async def test_refused_message_goes_back_to_its_box(world: World, pair: Pair) -> None:
    await world.services.member_limits.set_for(pair.bob.id, {Limit.MESSAGES: "1"}, "ann")
    async with opened_page(pair.bob) as bob:
        await bob.do(ChatState.open_new, path="/")
        await bob.do(ChatState.send_message, path="/", text="First", client_id="c-000001", model=MODEL)
        assert bob.var(ChatState, "refusal") == ""
        here = bob.var(ChatState, "conversation_id")

        await bob.do(
            ChatState.send_message,
            path=f"/c/{here}",
            text="Second",
            client_id="c-000002",
            conversation_id=here,
            model=MODEL,
        )

        assert bob.var(ChatState, "refused_id") == "c-000002"
        assert bob.var(ChatState, "refusal").startswith("You have sent 1 message today.")
        assert await world.services.member_limits.use(pair.bob.id) == [Use(Limit.MESSAGES, 1, 1)]


async def test_model_taken_away_is_said_and_another_chosen(world: World, pair: Pair) -> None:
    here = (await world.send(owner_id=pair.bob.id)).conversation_id
    path = f"/c/{here}"
    async with opened_page(pair.bob) as bob:
        await bob.do(ChatState.open_conversation, path=path)
        assert bob.var(ChatState, "model") == MODEL
        assert bob.var(ChatState, "model_refused") == ""

    async with opened_page(pair.ann) as ann:
        (fake,) = [row for row in await world.services.providers.rows(pair.ann.id) if row.name == "Fake"]
        await ann.do(ProviderModelsState.open, provider_id=fake.id)
        assert ann.var(ProviderModelsState, "has_members")
        await ann.do(ProviderModelsState.choose_for_members, chosen=True)
        await ann.do(ProviderModelsState.allow, name="m", allowed=False)
        assert ann.var(ProviderModelsState, "chosen_for_members")
        assert [row["for_members"] for row in ann.var(ProviderModelsState, "rows")] == [False, True]

    async with opened_page(pair.bob, "another tab") as bob:
        await bob.do(ChatState.open_conversation, path=path)
        await bob.do(ModelsState.load)
        assert bob.var(ChatState, "model_refused").startswith("Fake:m is not available to you")
        assert [row["id"] for row in bob.var(ModelsState, "choices")] == ["Guide:guide", "Fake:other"]

        message = {"text": "Hello", "conversation_id": here, "model": MODEL}
        await bob.do(ChatState.send_message, path=path, client_id=new_id(), **message)
        assert bob.var(ChatState, "refusal").startswith("Fake:m is not available to you")
        await bob.do(ChatState.choose_model, path=path, model="Fake:other")
        assert bob.var(ChatState, "model_refused") == ""
        await bob.do(ChatState.choose_model, path=path, model=MODEL)
        assert bob.var(NoticeState, "text").startswith("Fake:m is not available to you")
        assert bob.var(ChatState, "model") == "Fake:other"

        await world.services.providers.models.allow(pair.ann.id, fake.id, "other", False)
        await bob.do(ChatState.on_remote_change, path=path, conversation_id=MODELS)
        assert bob.var(ChatState, "model_refused").startswith("Fake:other is not available to you")


async def test_server_page_has_numbers_and_no_words(world: World, pair: Pair) -> None:
    async with opened_page(pair.ann) as ann:
        await world.add_provider("Counting", ["big"], Scripted(TextDelta("x"), Usage(1_000, 500), DONE))
        for _ in range(2):
            await world.asked(model="Counting:big")
        sent = await world.send("A secret of Bob", owner_id=pair.bob.id, model="Counting:big")
        await world.generations.stop(pair.bob.id, sent.messages[-1].message.id)
        await ann.do(ServerState.load)

        of_ann, of_bob = ann.var(ServerState, "people")
        assert (of_bob["name"], of_bob["answers"]) == ("bob", "1")
        assert (of_ann["name"], of_ann["answers"], of_ann["input"], of_ann["output"], of_ann["cost"]) == (
            "ann",
            "2",
            "2,000",
            "1,000",
            "–",
        )
        assert [row["name"] for row in ann.var(ServerState, "models")] == ["big · Counting"]
        days = ann.var(ServerState, "days")
        assert len(days) == 30
        assert days[-1]["label"].endswith(": 3 answers")
        assert days[-1]["percent"] == 100
        assert "A secret" not in str(ann.sent)

        await ann.do(ServerState.ask_price, model_id="Counting:big")
        await ann.do(ServerState.save_price, form={"input": "2", "output": "10"})
        assert ann.var(ServerState, "people")[0]["cost"] == "0.01"
        assert ann.var(ServerState, "pricing") == ""

        assert ann.var(ServerState, "database").endswith("webchat.db")
        assert ann.var(ServerState, "database_size").endswith("B")
        assert ann.var(ServerState, "backups") == []
