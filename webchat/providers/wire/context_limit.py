"""Reads a model's context size from the error message with which its service rejects a long conversation."""

from __future__ import annotations

import re

_NUMBER = r"(\d{1,3}(?:,\d{3}){1,3}|\d{1,9})(?![\d,.]*\d)"

_LIMITS = [
    re.compile(pattern.replace("N", _NUMBER), re.IGNORECASE)
    for pattern in (
        # Mistral: "too large for model with 32768 maximum context length"
        r"N maximum context length",
        # OpenAI, vLLM, DeepSeek, OpenRouter: "maximum context length is 8192 tokens"
        # xAI: "maximum prompt length is 131072"; Fireworks: "maximum context length: 131071"
        # LM Studio: "context length of only 4096 tokens"; SGLang: "context length (4096 tokens)"
        # llama.cpp: "context size (4096 tokens)"; llama-cpp-python: "context window of 4096"
        r"(?:context|prompt) (?:length|size|window)(?: is)?(?: of)?(?: only)?:? \(?N",
        # Anthropic: "prompt is too long: 210000 tokens > 200000 maximum"
        r"> N maximum",
        # Gemini: "exceeds the maximum number of tokens allowed (1048576)"
        r"maximum number of tokens allowed \(?N",
        # GitHub Copilot: "exceeds the limit of 12288"; GitHub Models: "Max size: 8000 tokens"
        # Cerebras: "while limit is 8192"; text-generation-inference: "must be <= 4096"
        r"(?:exceeds the limit of|limit is|max size:|must be <=) N",
    )
]

MOST = 100_000_000
"""Larger numbers are not context sizes."""


def context_limit(words: str) -> int | None:
    """Return the model's context size in tokens, or None if the message does not contain it.

    >>> context_limit("This model's maximum context length is 4,096 tokens. You requested 5,000 tokens.")
    4096
    """
    for pattern in _LIMITS:
        if found := pattern.search(words):
            limit = int(found[1].replace(",", ""))
            return limit if 0 < limit <= MOST else None
    return None
