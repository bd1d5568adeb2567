"""The examples of the services' own documents run as they stand; only their imports were changed.

`tests/fixtures/examples` holds them. The classes' addresses are those of loopback servers.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.upstreams.services import ServiceUrls, services_process
from webchat.providers import AIChatFree, ChatgptFree, ChatGptt, FlowGpt, FreeGpt

pytestmark = pytest.mark.network

EXAMPLES = Path(__file__).parents[3] / "fixtures" / "examples"
PRINTED = {
    "free_gpt": "FreeGpt heard: Привет! Как дела?",
    "chatgpt_free": "ChatgptFree heard: Hello, how are you?",
    "aichat_free": "AIChatFree heard: Привет, как дела?",
    "chatgptt": "ChatGptt heard: Привет!",
    "flow_gpt": "FlowGpt (gpt-3.5-turbo) heard: Hello, how are you?",
    "flow_gpt_2": "FlowGpt (gpt-3.5-turbo) heard: What is the capital of France?",
    "provider_model_mixin": "Используется модель: gpt-4",
}


@pytest.fixture(scope="module")
def services() -> Iterator[ServiceUrls]:
    with services_process() as urls:
        yield urls


def test_every_example_is_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.txt")} == PRINTED.keys()


@pytest.mark.parametrize("name", PRINTED)
def test_the_example(
    name: str, services: ServiceUrls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(FreeGpt, "mirrors", (services.urls["FreeGpt"],))
    monkeypatch.setattr(FlowGpt, "api_url", services.urls["FlowGpt"])
    for kind in (ChatgptFree, AIChatFree, ChatGptt):
        monkeypatch.setattr(kind, "url", services.urls[kind.__name__])

    source = (EXAMPLES / f"{name}.txt").read_text()
    # One of the examples awaits outside of any function, as in a notebook.
    code = compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    awaiting = eval(code, {"__name__": "__main__"})
    if awaiting is not None:
        asyncio.run(awaiting)

    # One prints each piece on a line of its own.
    assert capsys.readouterr().out.replace("\n", "") == PRINTED[name]
