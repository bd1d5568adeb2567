"""R9 for the five services: one that sends without end costs a clear error and little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.upstreams.services import UPSTREAMS, services_process
from webchat.providers.errors import AnswerTooLarge

pytestmark = pytest.mark.network

READER = """
import asyncio, json, re, sys, urllib.request
from webchat.messages import Message, Role
from webchat.providers import ChatRequest
from webchat.providers.errors import ProviderError
from webchat.providers.registry import build_provider

kind, url, control, *faults = sys.argv[1:]

def make(fault):
    address = f"{control}/fault?service={kind}&name={fault}"
    urllib.request.urlopen(urllib.request.Request(address, method="POST"))

async def read():
    try:
        provider, request = build_provider(kind, base_url=url), ChatRequest("", [Message(Role.USER, "hi")])
        async with provider.stream(request) as events:
            async for _ in events:
                pass
    except ProviderError as error:
        return error

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]) * 1024

asyncio.run(read())
before = peak()
for fault in faults:
    make(fault)
    error = asyncio.run(read())
    print(json.dumps({"code": error.code, "grown": peak() - before}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured through /proc")
def test_a_hostile_service_is_cut_off() -> None:
    faults = ["endless-line", "gzip-bomb"]
    with services_process() as services:
        for name in UPSTREAMS:
            command = [sys.executable, "-c", READER, name, services.urls[name], services.control, *faults]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results = [json.loads(line) for line in done.stdout.splitlines()]
            assert [result["code"] for result in results] == [AnswerTooLarge.code] * len(faults), name
            assert max(result["grown"] for result in results) < 64 * 1024 * 1024, name
