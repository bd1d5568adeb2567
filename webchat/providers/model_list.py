"""Parses model lists and what servers report about each model, in all known variants. Pure; no I/O.

Where each server reports what, according to its documentation or source:

- names: OpenAI's, llama.cpp's and vLLM's `data`, Ollama's `models`, or a bare list;
- context: `meta.n_ctx` and `meta.n_ctx_train` (llama.cpp), `max_model_len` (vLLM), `context_length` and
  `top_provider.context_length` (OpenRouter, Together), `context_window` (Groq), `max_context_length` and
  `loaded_context_length` (LM Studio and Mistral), `limits.max_input_tokens` (GitHub);
- whether it is loaded: `status.value` (llama.cpp as a router), `state` (LM Studio);
- whether it takes pictures: `architecture.input_modalities` (OpenRouter), `supported_input_modalities`
  (GitHub), `capabilities.vision` (Mistral), `type` (LM Studio), `modalities.vision` of `/props` (llama.cpp);
- whether it reasons: `supported_parameters` (OpenRouter), `capabilities` (GitHub, Mistral);
- its purpose: `type` (LM Studio, Together), `architecture.output_modalities` (OpenRouter),
  `capabilities.completion_chat` (Mistral), `task` (GitHub). For all others the name decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from webchat.providers.wire.openai_format import UnknownShape

MAX_MODELS = 2000
"""Maximum models kept per provider; the largest services have about 700."""
MAX_MODEL_NAME = 200
"""Maximum characters of a model's name."""
LEAST_CONTEXT = 512
MOST_CONTEXT = 100_000_000
"""Plausible context sizes in tokens; any other number is ignored."""

MAX_PARTS = 100_000
"""Maximum values and containers in a document; OpenRouter's list has about 40,000."""

_MOST_DIGITS = 20
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_OTHER_TYPES = frozenset(
    [
        "embedding",
        "embeddings",
        "text-embedding",
        "rerank",
        "reranker",
        "moderation",
        "image",
        "video",
        "audio",
        "tts",
        "stt",
        "speech",
        "transcribe",
        "transcription",
        "image-generation",
        "feature-extraction",
    ]
)
_OTHER_NAMES = re.compile(
    r"(?:^|[-_/.: ])(?:(?:text-?)?embed(?:ding)?s?(?:qa)?|embeddinggemma|bge|e5|gte|minilm|colbert"
    r"|rerank(?:er)?|whisper|tts|stt|asr|transcribe|speech|kokoro|parakeet|dall-e|gpt-image|imagen|sdxl"
    r"|stable-diffusion|sora|veo|moderation|realtime|babbage|davinci)(?:$|[-_/.: \d])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as its server lists it.

    Args:
        name: the server's own name.
        context: its context size in tokens, None if the server does not report it.
        loaded: whether it is in memory, None if the server does not report it.
        for_chat: False for embeddings, speech, images and reranking.
        sees: whether it takes pictures, as far as its server says so.
        reasons: whether it can think before it answers, as far as its server says so.
    """

    name: str
    context: int | None = None
    loaded: bool | None = None
    for_chat: bool = True
    sees: bool = False
    reasons: bool = False


def is_model_name(name: object) -> bool:
    """Whether a name is valid: text of at most `MAX_MODEL_NAME` characters without control characters and
    lone surrogates.
    """
    return isinstance(name, str) and 0 < len(name) <= MAX_MODEL_NAME and bool(name.strip()) and is_plain(name)


def is_plain(text: str) -> bool:
    """Whether a text has neither control characters nor lone surrogates."""
    return not _UNPRINTABLE.search(text)


@lru_cache(maxsize=4 * MAX_MODELS)
def looks_like_chat(name: str) -> bool:
    """Whether a model may be for chat, judging by its name."""
    return not _OTHER_NAMES.search(name)


def read_json(body: bytes) -> Any:
    """Parse a JSON document of at most `MAX_PARTS` parts. An integer with too many digits becomes None.

    Raises:
        ValueError, RecursionError: it is not JSON, or so large that reading it would block the server.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_PARTS:
        raise ValueError("too many parts")
    try:
        return json.loads(body)
    except json.JSONDecodeError:
        raise
    except ValueError:  # more digits than Python converts to an integer
        return json.loads(body, parse_int=lambda digits: int(digits) if len(digits) <= _MOST_DIGITS else None)


def read_models(value: object) -> list[ListedModel]:
    """Return the models of a list: at most `MAX_MODELS`, without duplicates and invalid names.

    Raises:
        UnknownShape: it is not a model list.
    """
    items = _items(value)
    found: dict[str, ListedModel] = {}
    named = False
    for item in items:
        name = item
        if isinstance(item, dict):
            name = next((item[key] for key in ("id", "name", "model") if item.get(key)), None)
        if not isinstance(name, str) or not name:
            continue
        named = True
        if is_model_name(name):
            facts = item if isinstance(item, dict) else {}
            found.setdefault(name, _model(name, facts))
        if len(found) == MAX_MODELS:
            break
    if items and not named:
        raise UnknownShape
    return list(found.values())


def owner_of(value: object) -> str:
    """Return the first `owned_by` of a list, which identifies some servers; empty if there is none."""
    items = value.get("data") if isinstance(value, dict) else None
    first = items[0] if isinstance(items, list) and items else None
    owner = first.get("owned_by") if isinstance(first, dict) else None
    return owner if isinstance(owner, str) else ""


def with_lm_studio(models: Iterable[ListedModel], value: object) -> list[ListedModel]:
    """Return the models with details from LM Studio's `/api/v0/models`."""
    try:
        told = {model.name: model for model in read_models(value)}
    except UnknownShape:
        return list(models)
    return [told.get(model.name, model) for model in models]


def with_ollama(models: Iterable[ListedModel], value: object) -> list[ListedModel]:
    """Return the models with details from Ollama's `/api/ps`: which are loaded, and their context."""
    running = value.get("models") if isinstance(value, dict) else None
    if not isinstance(running, list):
        return list(models)
    told = {
        each["name"]: _tokens(each.get("context_length"))
        for each in running
        if isinstance(each, dict) and isinstance(each.get("name"), str)
    }
    return [
        replace(model, loaded=model.name in told, context=told.get(model.name) or model.context)
        for model in models
    ]


def with_llama_cpp(models: Iterable[ListedModel], value: object) -> list[ListedModel]:
    """Return the models with what llama.cpp's `/props` says of the one it serves: its context, and whether it
    takes pictures.

    The list may only report the context used in training, which is often far larger than the server's.
    """
    settings = _inner(value, "default_generation_settings")
    context, sees = _tokens(settings.get("n_ctx")), _inner(value, "modalities").get("vision") is True
    return [replace(model, context=context or model.context, sees=sees or model.sees) for model in models]


def _items(value: object) -> list[Any]:
    if isinstance(value, dict):
        if value.get("object") == "list" and value.get("data", ...) is None:
            return []  # an Ollama without models
        value = next((value[key] for key in ("data", "models") if isinstance(value.get(key), list)), None)
    if not isinstance(value, list):
        raise UnknownShape
    return value


def _model(name: str, facts: Mapping[str, Any]) -> ListedModel:
    return ListedModel(
        name, _context(facts), _loaded(facts), _for_chat(name, facts), _sees(facts), _reasons(facts)
    )


def _sees(item: Mapping[str, Any]) -> bool:
    return (
        "image" in _listed(_inner(item, "architecture").get("input_modalities"))
        or "image" in _listed(item.get("supported_input_modalities"))
        or _inner(item, "capabilities").get("vision") is True
        or item.get("type") == "vlm"
    )


def _reasons(item: Mapping[str, Any]) -> bool:
    return (
        "reasoning" in _listed(item.get("supported_parameters"))
        or "reasoning" in _listed(item.get("capabilities"))
        or _inner(item, "capabilities").get("reasoning") is True
    )


def _context(item: Mapping[str, Any]) -> int | None:
    meta, top = _inner(item, "meta"), _inner(item, "top_provider")
    told = (
        item.get("loaded_context_length"),
        meta.get("n_ctx"),
        top.get("context_length"),
        item.get("max_model_len"),
        item.get("context_length"),
        item.get("context_window"),
        item.get("max_context_length"),
        _inner(item, "limits").get("max_input_tokens"),
        meta.get("n_ctx_train"),
    )
    return next((tokens for tokens in map(_tokens, told) if tokens is not None), None)


def _tokens(value: object) -> int | None:
    """A valid number of tokens, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compared before it is converted, because infinity has no integer value.
    return int(value) if LEAST_CONTEXT <= value <= MOST_CONTEXT else None


def _loaded(item: Mapping[str, Any]) -> bool | None:
    state = item.get("state") or _inner(item, "status").get("value")
    return state == "loaded" if isinstance(state, str) else None


def _for_chat(name: str, item: Mapping[str, Any]) -> bool:
    modalities = _inner(item, "architecture").get("output_modalities")
    if isinstance(modalities, list) and modalities:
        return "text" in modalities
    chat = _inner(item, "capabilities").get("completion_chat")
    if isinstance(chat, bool):
        return chat
    kind = item.get("type") or item.get("task")
    if isinstance(kind, str) and kind:
        if kind.lower() in _OTHER_TYPES:
            return False
        if kind.lower() in ("llm", "vlm", "chat", "chat-completion"):
            return True
    return looks_like_chat(name)


def _inner(value: object, key: str) -> Mapping[str, Any]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
