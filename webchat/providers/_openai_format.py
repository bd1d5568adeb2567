"""OpenAI's chat completions as values: addresses, request bodies, model lists. Pure; no I/O."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from webchat.messages import Message

_SUFFIXES = ("/chat/completions", "/completions", "/models")


class UnknownShape(ValueError):
    """A JSON value is not shaped like anything an OpenAI-compatible service sends."""


def normalised_base_url(text: str) -> tuple[str, tuple[str, str] | None]:
    """Return the base URL requests are made under, and the user and password that stood in it.

    A missing scheme is `http` for this machine and private addresses, else `https`; an address without any
    path gets `/v1`; a trailing slash and a pasted `/chat/completions` are taken off.

    Raises:
        ValueError: it is no HTTP address; the message says what is wrong.
    """
    if not isinstance(text, str):
        raise ValueError("there must be exactly one base URL")
    text = text.strip()
    if "://" not in text:
        text = f"{'http' if _is_near(urlsplit(f'//{text}')) else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"the base URL is not an address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the base URL must look like https://api.example.org/v1")
    if parts.query or parts.fragment:
        raise ValueError("the base URL must not contain ? or #")
    path = parts.path.rstrip("/")
    for suffix in _SUFFIXES:
        path = path.removesuffix(suffix)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host if port is None else f"{host}:{port}"
    login = None
    if parts.username is not None:
        login = (unquote(parts.username), unquote(parts.password or ""))
    return urlunsplit((parts.scheme, place, path or "/v1", "", "")), login


def _is_near(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


def request_body(
    model: str,
    messages: list[Message],
    temperature: float | None,
    max_tokens: int | None,
    usage_wanted: bool,
) -> dict[str, Any]:
    """Return the JSON body of a streamed chat completion."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role.value, "content": message.content} for message in messages],
        "stream": True,
    }
    if usage_wanted:
        body["stream_options"] = {"include_usage": True}
    if temperature is not None:
        body["temperature"] = temperature
    if max_tokens is not None:
        body["max_tokens"] = max_tokens
    return body


def model_names(value: object) -> list[str]:
    """Return the names in a model list: OpenAI's and llama.cpp's `data`, Ollama's `models`, or a bare list.

    Raises:
        UnknownShape: it is no model list.
    """
    if isinstance(value, dict):
        if value.get("object") == "list" and value.get("data", ...) is None:
            return []  # an Ollama without models
        value = next((value[key] for key in ("data", "models") if isinstance(value.get(key), list)), None)
    if not isinstance(value, list):
        raise UnknownShape
    names: dict[str, None] = {}
    for item in value:
        name = item
        if isinstance(item, dict):
            name = next((item[key] for key in ("id", "name", "model") if item.get(key)), None)
        if not isinstance(name, str) or not name:
            raise UnknownShape
        names[name] = None
    return list(names)
