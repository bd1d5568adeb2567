"""R9: an upstream that sends without end costs a clear error and little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.upstreams.openai import openai_process
from webchat.providers.errors import AnswerTooLarge

pytestmark = pytest.mark.network

READER = """
import asyncio, json, re, sys
from webchat.messages import Message, Role
from webchat.providers import ChatRequest, OpenAICompatible
from webchat.providers.errors import ProviderError

async def read(url, model):
    try:
        async with OpenAICompatible(url).stream(ChatRequest(model, [Message(Role.USER, "hi")])) as events:
            async for _ in events:
                pass
    except ProviderError as error:
        return error

def peak():
    # Not ru_maxrss: a child process starts with its parent's.
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]) * 1024

url, model = sys.argv[1:]
asyncio.run(read(url, "echo"))
before = peak()
error = asyncio.run(read(url, model))
print(json.dumps({"code": error.code, "partial": len(error.partial_text), "grown": peak() - before}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured through /proc")
@pytest.mark.parametrize("model", ["endless-line", "gzip-bomb", "endless-events"])
def test_a_hostile_upstream_is_cut_off(model: str) -> None:
    with openai_process() as url:
        done = subprocess.run(
            [sys.executable, "-c", READER, url, model], capture_output=True, text=True, check=True
        )
    result = json.loads(done.stdout)
    assert result["code"] == AnswerTooLarge.code
    assert result["grown"] < 64 * 1024 * 1024
    assert (result["partial"] > 0) == (model == "endless-events")
