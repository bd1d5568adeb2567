"""Model lists of real servers, and of hostile ones."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.providers import OpenAICompatible
from webchat.providers.model_list import (
    MAX_MODEL_NAME,
    MAX_MODELS,
    MAX_PARTS,
    MOST_CONTEXT,
    ListedModel,
    looks_like_chat,
    read_json,
    read_models,
)
from webchat.providers.wire.openai_format import UnknownShape


def described(*items: Any) -> list[ListedModel]:
    return read_models({"object": "list", "data": list(items)})


@pytest.mark.parametrize(
    ("facts", "context"),
    [
        ({"meta": {"n_ctx": 4096, "n_ctx_train": 32768}}, 4096),
        ({"meta": {"n_ctx_train": 32768}}, 32768),
        ({"max_model_len": 8192}, 8192),
        ({"context_length": 200_000}, 200_000),
        ({"context_length": 200_000, "top_provider": {"context_length": 128_000}}, 128_000),
        ({"top_provider": {"context_length": None}, "context_length": 16_384}, 16_384),
        ({"context_window": 131_072}, 131_072),
        ({"max_context_length": 32_768, "loaded_context_length": 4096}, 4096),
        ({"max_context_length": 32_768}, 32_768),
        ({"limits": {"max_input_tokens": 8000}}, 8000),
        ({"context_length": 4096.0}, 4096),
        ({}, None),
    ],
)
def test_context_is_read_where_each_server_tells_it(facts: dict[str, Any], context: int | None) -> None:
    assert described({"id": "m", **facts}) == [ListedModel("m", context=context)]


@pytest.mark.parametrize(
    ("facts", "sees", "reasons"),
    [
        ({"architecture": {"input_modalities": ["text", "image"]}}, True, False),
        ({"architecture": {"input_modalities": ["text"]}}, False, False),
        ({"supported_parameters": ["tools", "reasoning"]}, False, True),
        ({"supported_input_modalities": ["text", "image"], "capabilities": ["streaming"]}, True, False),
        ({"capabilities": ["streaming", "reasoning"]}, False, True),
        ({"capabilities": {"vision": True, "completion_chat": True}}, True, False),
        ({"capabilities": {"reasoning": True, "completion_chat": True}}, False, True),
        ({"type": "vlm"}, True, False),
        ({"type": "llm"}, False, False),
        (
            {"capabilities": "vision", "architecture": 7, "supported_parameters": {"reasoning": 1}},
            False,
            False,
        ),
        ({"capabilities": {"vision": "yes", "reasoning": 1}}, False, False),
    ],
    ids=str,
)
def test_what_a_model_can_is_read_where_each_server_tells_it(
    facts: dict[str, Any], sees: bool, reasons: bool
) -> None:
    (model,) = described({"id": "m", **facts})
    assert (model.sees, model.reasons) == (sees, reasons)


@pytest.mark.parametrize(
    "number", ["-4096", "0", "511", "1e400", "-1e400", "NaN", "true", '"4096"', "[4096]", "{}", f"{10**30}"]
)
def test_context_that_can_be_none_is_passed_over(number: str) -> None:
    body = f'{{"data":[{{"id":"m","max_model_len":{number},"meta":{{"n_ctx":{number}}}}}]}}'
    assert read_models(read_json(body.encode())) == [ListedModel("m")]


def test_a_number_of_5000_digits_costs_no_list() -> None:
    body = f'{{"data":[{{"id":"m","context_length":{"9" * 5000}}},{{"id":"n"}}]}}'
    assert [model.name for model in read_models(read_json(body.encode()))] == ["m", "n"]


@given(st.floats() | st.integers() | st.none() | st.booleans() | st.text())
def test_context_is_bounded_whatever_is_sent(value: Any) -> None:
    (model,) = described({"id": "m", "context_length": value})
    assert model.context is None or 512 <= model.context <= MOST_CONTEXT


@pytest.mark.parametrize(
    ("facts", "for_chat"),
    [
        ({"id": "x", "type": "embeddings"}, False),
        ({"id": "x", "type": "llm"}, True),
        ({"id": "text-embedding-like-name", "type": "llm"}, True),
        ({"id": "x", "type": "image"}, False),
        ({"id": "x", "architecture": {"output_modalities": ["image"]}}, False),
        ({"id": "x", "architecture": {"output_modalities": ["image", "text"]}}, True),
        ({"id": "x", "capabilities": {"completion_chat": False}}, False),
        ({"id": "x", "task": "embeddings"}, False),
        ({"id": "x", "type": 7, "architecture": "y", "capabilities": []}, True),
    ],
)
def test_what_a_model_is_for_is_read_from_its_facts(facts: dict[str, Any], for_chat: bool) -> None:
    assert described(facts)[0].for_chat is for_chat


def test_purpose_of_a_model_falls_back_to_its_name() -> None:
    others = (
        *("text-embedding-3-small", "nomic-embed-text", "nomic-embed-text:latest", "bge-m3", "whisper-1"),
        *("BAAI/bge-reranker-v2-m3", "jina-reranker-v2", "tts-1-hd", "gpt-4o-mini-tts", "dall-e-3"),
        *(
            "omni-moderation-latest",
            "gpt-image-1",
            "text-embedding-nomic-embed-text-v1.5",
            "Qwen3-Embedding-0.6B",
        ),
        *("stable-diffusion-xl", "mxbai-embed-large", "intfloat/e5-large", "all-minilm:l6-v2", "davinci-002"),
    )
    chat = (
        *("gpt-4o", "llama3.2:latest", "qwen3:0.6b", "o3", "deepseek-chat", "gemma-3n-e4b", "mistral-small"),
        *("claude-sonnet-4", "command-r", "echo", "error-midstream", "phi-4", "gpt-5", "embedder-free-chat"),
    )
    assert [name for name in others if looks_like_chat(name)] == []
    assert [name for name in chat if not looks_like_chat(name)] == []


@pytest.mark.parametrize(
    ("facts", "loaded"),
    [
        ({"state": "loaded"}, True),
        ({"state": "not-loaded"}, False),
        ({"status": {"value": "loaded"}}, True),
        ({"status": {"value": "unloaded"}}, False),
        ({"status": {"value": "loading"}}, False),
        ({"state": 1}, None),
        ({}, None),
    ],
)
def test_whether_a_model_is_loaded_is_read(facts: dict[str, Any], loaded: bool | None) -> None:
    assert described({"id": "m", **facts})[0].loaded is loaded


@pytest.mark.parametrize(
    "name", ["bad\ud800name", "a\0b", "two\nlines", "\x1b[31mred", " ", "x" * (MAX_MODEL_NAME + 1), "\x85"]
)
def test_a_name_nobody_could_use_is_left_out(name: str) -> None:
    assert [model.name for model in described({"id": name}, {"id": "good"}, "Zoë/модель 🦙")] == [
        "good",
        "Zoë/модель 🦙",
    ]


def test_a_hundred_thousand_models_are_cut() -> None:
    models = described(*({"id": f"m{number}"} for number in range(100_000)))
    assert len(models) == MAX_MODELS
    assert models[-1].name == f"m{MAX_MODELS - 1}"


@pytest.mark.parametrize("part", [b"[],", b"1,", b'{"id":"m"},', b"[" * 3])
def test_a_document_of_too_many_parts_is_not_read(part: bytes) -> None:
    with pytest.raises(ValueError, match="too many parts"):
        read_json(b'{"data":[' + part * MAX_PARTS + b"1]}")


def test_items_without_a_name_are_skipped_unless_all_are() -> None:
    assert [model.name for model in described({"x": 1}, {"id": "m"}, 7, None)] == ["m"]
    with pytest.raises(UnknownShape):
        described({"x": 1}, 7)


def server(**pages: Any) -> httpx.MockTransport:
    """A server with JSON at some paths (`/` written as `_`), 404 elsewhere."""
    bodies = {f"/{path.replace('_', '/')}": body for path, body in pages.items()}

    async def handle(request: httpx.Request) -> httpx.Response:
        body = bodies.get(request.url.path)
        if isinstance(body, httpx.Response):
            return body
        return httpx.Response(404) if body is None else httpx.Response(200, text=json.dumps(body))

    return httpx.MockTransport(handle)


def listing(owner: str, *names: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "owned_by": owner} for name in names]}


async def models_of(transport: httpx.MockTransport) -> list[ListedModel]:
    return await OpenAICompatible("http://host:1/v1", transport=transport).describe_models()


async def test_ollama_tells_what_is_loaded_and_its_context() -> None:
    running = {"models": [{"name": "b", "context_length": 4096}, {"name": 7}, "x"]}
    assert await models_of(server(v1_models=listing("library", "a", "b"), api_ps=running)) == [
        ListedModel("a", loaded=False),
        ListedModel("b", context=4096, loaded=True),
    ]


async def test_lm_studio_tells_types_states_and_contexts() -> None:
    more = {
        "data": [
            {"id": "e", "type": "embeddings", "state": "not-loaded"},
            {"id": "m", "type": "llm", "state": "loaded", "loaded_context_length": 8192},
        ]
    }
    transport = server(v1_models=listing("organization_owner", "e", "m", "n"), api_v0_models=more)
    assert await models_of(transport) == [
        ListedModel("e", loaded=False, for_chat=False),
        ListedModel("m", context=8192, loaded=True),
        ListedModel("n"),
    ]


async def test_llama_cpp_tells_the_context_it_was_started_with() -> None:
    listed = listing("llamacpp", "m.gguf")
    listed["data"][0]["meta"] = {"n_ctx_train": 131_072}
    props: dict[str, Any] = {"default_generation_settings": {"n_ctx": 4096}, "modalities": {"vision": False}}
    assert await models_of(server(v1_models=listed, props=props)) == [ListedModel("m.gguf", context=4096)]
    props["modalities"]["vision"] = True
    (model,) = await models_of(server(v1_models=listed, props=props))
    assert model == ListedModel("m.gguf", context=4096, sees=True)


@pytest.mark.parametrize("owner", ["library", "organization_owner", "llamacpp"])
@pytest.mark.parametrize(
    "answer",
    [None, [], "x", {"models": 7, "data": 7}, httpx.Response(500), httpx.Response(200, text="[" * 9999)],
)
async def test_a_server_that_does_not_tell_more_still_lists_its_models(owner: str, answer: Any) -> None:
    transport = server(v1_models=listing(owner, "m"), api_ps=answer, api_v0_models=answer, props=answer)
    assert await models_of(transport) == [ListedModel("m")]


async def test_an_address_with_a_version_keeps_it_in_every_request() -> None:
    seen: list[httpx.Request] = []

    async def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=listing("azure", "gpt-4o"))

    azure = OpenAICompatible(
        "https://me.openai.azure.com/openai?api-version=2024-10-21",
        "the-key",
        transport=httpx.MockTransport(handle),
    )
    assert await azure.list_models() == ["gpt-4o"]
    assert str(seen[0].url) == "https://me.openai.azure.com/openai/models?api-version=2024-10-21"
    assert seen[0].headers["api-key"] == "the-key"
    assert "authorization" not in seen[0].headers
