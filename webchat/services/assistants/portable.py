"""Assistants as JSON, for exports and links; reads this format and the formats of other apps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webchat.services.assistants.pictures import data_address, read_picture
from webchat.services.assistants.values import (
    MAX_FILES,
    Values,
    checked_description,
    checked_name,
    checked_prompt,
    checked_starters,
    read_colour,
    read_symbol,
)
from webchat.services.errors import AssistantInvalid, ParameterInvalid
from webchat.services.limits import checked_temperature, clean_text
from webchat.services.parameters import imported_parameters, without_headers
from webchat.services.transfer.parsers.file_entries import read_file
from webchat.services.transfer.parsers.tree import ImportedFile

FORMAT = "webchat-assistants"
ASSISTANT = "assistant"
"""The `type` of each of them, by which an import tells it from a conversation."""


@dataclass(frozen=True, slots=True)
class Read:
    """An assistant that was read, its files, and what of it was left out: `picture`, `temperature`, `tools`,
    `files`."""

    values: Values
    left_out: tuple[str, ...] = ()
    files: tuple[ImportedFile, ...] = ()


def written(values: Values, *, with_prompt: bool = True, with_body: bool = True) -> dict[str, Any]:
    """An assistant as JSON. Extra headers, which may hold keys, are never in it.

    Args:
        values: the assistant.
        with_prompt: whether its system prompt is in it.
        with_body: whether extra fields of requests are.
    """
    parameters = without_headers(values.parameters)
    if not with_body:
        parameters.pop("body", None)
    found = {
        "type": ASSISTANT,
        "name": values.name,
        "description": values.description,
        "symbol": values.symbol,
        "colour": values.colour,
        "picture": data_address(values.picture),
        "model": values.model,
        "system_prompt": values.system_prompt if with_prompt else "",
        "temperature": values.temperature,
        "parameters": parameters,
        "starters": list(values.starters),
    }
    return {name: value for name, value in found.items() if value not in ("", None, {}, [])}


def read(entry: dict[str, Any]) -> Read:
    """An assistant in our own format, or a model in that of Open WebUI. Takes milliseconds if it has a
    picture; call it in a thread.

    Raises:
        AssistantInvalid: it has no name, or a text that is too long.
    """
    if "params" in entry or "base_model_id" in entry or isinstance(entry.get("info"), dict):
        return _read_open_webui(entry)
    return _read(entry)


def _read(entry: dict[str, Any], left_out: tuple[str, ...] = ()) -> Read:
    try:
        picture = read_picture(entry.get("picture"))
    except AssistantInvalid:
        picture, left_out = None, (*left_out, "picture")
    try:
        temperature = checked_temperature(entry.get("temperature"))
    except ParameterInvalid:
        temperature, left_out = None, (*left_out, "temperature")
    starters = entry.get("starters")
    values = Values(
        name=checked_name(_text(entry, "name")),
        description=checked_description(_text(entry, "description")),
        symbol=read_symbol(_text(entry, "symbol")),
        colour=read_colour(entry.get("colour")),
        picture=picture,
        model=_text(entry, "model"),
        system_prompt=checked_prompt(_text(entry, "system_prompt")),
        temperature=temperature,
        parameters=imported_parameters(entry.get("parameters")),
        starters=checked_starters(
            [clean_text(each) for each in starters if isinstance(each, str)]
            if isinstance(starters, list)
            else []
        ),
    )
    files = _files(entry.get("files"))
    if len(files) > MAX_FILES:
        left_out = (*left_out, "files")
    return Read(values, left_out, files[:MAX_FILES])


def _files(entries: object) -> tuple[ImportedFile, ...]:
    if not isinstance(entries, list):
        return ()
    return tuple(read_file(each) for each in entries[: MAX_FILES + 1] if isinstance(each, dict))


_TOOLS = ("knowledge", "toolIds", "filterIds", "actionIds")


def _read_open_webui(entry: dict[str, Any]) -> Read:
    """A model of Open WebUI; older exports have most of it in `info`."""
    info = entry["info"] if isinstance(entry.get("info"), dict) else entry
    params, meta = _object(info, "params"), _object(info, "meta")
    starters = meta.get("suggestion_prompts")
    picture = meta.get("profile_image_url")
    has_tools = any(meta.get(name) for name in _TOOLS)
    own = {
        "name": info.get("name") or entry.get("name"),
        "description": meta.get("description"),
        "picture": picture if isinstance(picture, str) and picture.startswith("data:") else "",
        "model": info.get("base_model_id"),
        "system_prompt": params.get("system"),
        "temperature": params.get("temperature"),
        "parameters": {
            "max_tokens": params.get("max_tokens"),
            "top_p": params.get("top_p"),
            "seed": params.get("seed"),
            "stop": params.get("stop"),
            "effort": params.get("reasoning_effort"),
        },
        "starters": [each.get("content") for each in starters if isinstance(each, dict)]
        if isinstance(starters, list)
        else [],
    }
    return _read(own, ("tools",) if has_tools else ())


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return clean_text(value) if isinstance(value, str) else ""


def _object(entry: dict[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}
