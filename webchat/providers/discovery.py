"""Finds model servers on this machine and identifies each, because any of them may use another's port."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from webchat.providers.errors import ProviderError
from webchat.providers.model_list import owner_of, read_json, read_models
from webchat.providers.wire.connection import ConnectionOptions, Transport
from webchat.providers.wire.deadlines import Deadlines
from webchat.providers.wire.http import Call, open_answer
from webchat.providers.wire.openai_format import UnknownShape

USUAL_PORTS: Collection[int] = (11434, 1234, 8080, 8000, 9931, 5001, 4000, 1337)
"""Default ports of Ollama, LM Studio, llama.cpp (now and in future), vLLM, KoboldCpp, LiteLLM and Jan."""

_OWNERS = {
    "llamacpp": "llama.cpp",
    "vllm": "vLLM",
    "organization_owner": "LM Studio",
    "koboldcpp": "KoboldCpp",
    "sglang": "SGLang",
    "llama-swap": "llama-swap",
    "me": "llama-cpp-python",
}
"""The values of `owned_by` that servers use, according to their source."""


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answered: its name, its base URL, and its current models, if any."""

    name: str
    base_url: str
    models: tuple[str, ...]


async def find_local_servers(
    transport: Transport | None = None,
    timeout: float = 0.5,  # noqa: ASYNC109  (passed to the deadlines)
    ports: Collection[int] = USUAL_PORTS,
) -> list[FoundServer]:
    """Ask all ports concurrently for their models; return those with an OpenAI-compatible server.

    Never raises, and takes at most twice `timeout`: once for the models and once to identify the server.

    Args:
        transport: used instead of the network.
        timeout: seconds each port may take for each of the two.
        ports: port numbers.
    """
    found = await asyncio.gather(*(_Port(port, transport, timeout).server() for port in ports))
    return [server for server in found if server is not None]


class _Port:
    def __init__(self, port: int, transport: Transport | None, seconds: float) -> None:
        self._origin = f"http://127.0.0.1:{port}"
        self._neutral = f"Server on port {port}"
        self._options = ConnectionOptions(
            self._neutral, Deadlines(seconds, seconds, seconds, seconds), transport=transport
        )

    async def server(self) -> FoundServer | None:
        """The model server that listens here; None if there is none."""
        body = await self._get("/v1/models")
        try:
            value = read_json(body or b"")
            if not isinstance(value, dict) or value.get("object") != "list":
                return None
            models = tuple(model.name for model in read_models(value))
        except (UnknownShape, ValueError, RecursionError):
            return None
        name = _OWNERS.get(owner_of(value)) or await self._own_name() or self._neutral
        return FoundServer(name, f"{self._origin}/v1", models)

    async def _own_name(self) -> str | None:
        """Identify the server by an address that only its kind has."""
        paths = (
            *("/api/extra/version", "/api/version", "/props", "/api/v0/models"),
            *("/health/liveliness", "/v1", "/version"),
        )
        kobold, ollama, llama, studio, litellm, g4f, vllm = await asyncio.gather(*map(self._get, paths))
        if _has(kobold, "result"):  # before Ollama, because it offers Ollama's API too
            return "KoboldCpp"
        if _has(llama, "default_generation_settings"):
            return "llama.cpp"
        if _has(studio, "data"):
            return "LM Studio"
        if litellm and b"alive" in litellm:
            return "LiteLLM"
        if g4f and b"g4f API" in g4f:
            return "g4f"
        if _has(ollama, "version"):
            return "Ollama"
        return "vLLM" if _has(vllm, "version") else None

    async def _get(self, path: str) -> bytes | None:
        """The body of a successful response, else None."""
        call = Call("GET", f"{self._origin}{path}", {"Accept": "application/json"})
        try:
            async with open_answer(call, self._options) as answer:
                return await answer.read() if answer.status == 200 else None
        except ProviderError:
            return None


def _has(body: bytes | None, key: str) -> bool:
    """Whether a body is a JSON object with this key."""
    try:
        value = read_json(body or b"")
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and key in value
