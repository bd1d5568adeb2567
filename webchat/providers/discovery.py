"""Finds model servers on this machine: Ollama, llama.cpp, LM Studio, vLLM on their usual ports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from webchat.providers._http import Call, Line, Transport, open_answer
from webchat.providers._openai_format import UnknownShape, model_names
from webchat.providers.deadlines import Deadlines
from webchat.providers.errors import ProviderError

USUAL_PORTS: Mapping[int, str] = {11434: "Ollama", 1234: "LM Studio", 8080: "llama.cpp", 8000: "vLLM"}
"""Where each server listens unless told otherwise."""

_OWNERS = {"llamacpp": "llama.cpp", "vllm": "vLLM", "organization_owner": "LM Studio", "library": "Ollama"}


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answered: what it is called, its base URL, and the models it has now (maybe none yet)."""

    name: str
    base_url: str
    models: tuple[str, ...]


async def find_local_servers(
    transport: Transport | None = None,
    timeout: float = 0.5,  # noqa: ASYNC109  (handed to the deadlines)
    ports: Mapping[int, str] = USUAL_PORTS,
) -> list[FoundServer]:
    """Ask all ports at once for their models; return those that answer as an OpenAI-compatible server.

    Never raises, and takes no longer than `timeout` seconds.

    Args:
        transport: used instead of the network.
        timeout: seconds each port may take.
        ports: port numbers, and the name to use when the server does not tell what it is.
    """
    found = await asyncio.gather(*(_ask(port, name, transport, timeout) for port, name in ports.items()))
    return [server for server in found if server is not None]


async def _ask(port: int, name: str, transport: Transport | None, seconds: float) -> FoundServer | None:
    base_url = f"http://127.0.0.1:{port}/v1"
    line = Line(name, Deadlines(seconds, seconds, seconds, seconds), transport=transport)
    try:
        async with open_answer(
            Call("GET", f"{base_url}/models", {"Accept": "application/json"}), line
        ) as answer:
            if answer.status != 200:
                return None
            value = json.loads(await answer.read())
        if not isinstance(value, dict) or value.get("object") != "list":
            return None
        return FoundServer(_own_name(value) or name, base_url, tuple(model_names(value)))
    except (ProviderError, UnknownShape, ValueError, RecursionError):
        return None


def _own_name(value: Mapping[str, object]) -> str | None:
    """Return the name behind `owned_by`, since any of these servers may sit on another's port."""
    models = value.get("data")
    first = models[0] if isinstance(models, list) and models else None
    owner = first.get("owned_by") if isinstance(first, dict) else None
    return _OWNERS.get(owner) if isinstance(owner, str) else None
