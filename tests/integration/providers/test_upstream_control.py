"""The scripted upstream itself: its control calls, and its life in a process of its own."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import pytest

from tests.unit.providers.transcripts import answer_of
from tests.upstreams.openai import END_MARK, MODELS, expected_text, openai_process, serve_openai
from webchat.messages import TextDelta
from webchat.providers import OpenAICompatible

pytestmark = pytest.mark.network


def call(url: str, method: str = "GET") -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as response:
        return json.load(response)


def test_expected_text_is_deterministic_and_ends_with_the_mark() -> None:
    assert expected_text(1) == END_MARK
    assert expected_text(2000).endswith(END_MARK)
    assert len(expected_text(2000)) == 1999 * 4 + len(END_MARK)
    assert expected_text(2000).startswith(expected_text(500).removesuffix(END_MARK))
    assert expected_text(0) == ""


async def test_a_held_answer_goes_on_when_told() -> None:
    async with serve_openai() as upstream:
        task = asyncio.create_task(answer_of(OpenAICompatible(upstream.url), model="hold-mine"))
        await upstream.held("mine")

        (running,) = await asyncio.to_thread(call, f"{upstream.origin}/control/requests")
        assert (running["model"], running["ended_at"], running["closed_early"]) == ("hold-mine", None, False)
        released = await asyncio.to_thread(call, f"{upstream.origin}/control/release?key=mine", "POST")
        assert released == {"released": 1}

        events, error = await task
        assert (events[0], error) == (TextDelta("Before the hold. After the hold."), None)
        (seen,) = await asyncio.to_thread(call, f"{upstream.origin}/control/requests")
        assert seen["ended_at"] is not None
        assert not seen["closed_early"]
        await asyncio.to_thread(call, f"{upstream.origin}/control/forget", "POST")
        assert await asyncio.to_thread(call, f"{upstream.origin}/control/requests") == []


async def test_releasing_what_is_not_held_releases_nothing() -> None:
    async with serve_openai() as upstream:
        assert upstream.release("nobody") == 0


def test_it_runs_in_a_process_of_its_own() -> None:
    with openai_process() as url:
        events, error = asyncio.run(answer_of(OpenAICompatible(url), model="burst-100"))
    assert (events[0], error) == (TextDelta(expected_text(100)), None)


@pytest.mark.parametrize("name", MODELS)
def test_every_script_is_described(name: str) -> None:
    assert MODELS[name]
