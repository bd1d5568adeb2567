"""Reads the elements of a large JSON document one by one; only one of them is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import ijson

from webchat.services.errors import ImportProblem

MAX_ELEMENT = 32 * 1024 * 1024
"""Maximum size of one conversation, counted in characters of its texts."""
PER_VALUE = 16
"""Characters that every value counts in addition, because even an empty one takes memory."""
MAX_DEPTH = 10_000
"""Maximum nesting; a tree of messages is nested twice as deeply as it is long."""
MAX_TEXT_BYTES = 64 * 1024 * 1024
"""Maximum bytes of a single text or number in the file."""
READ_AT_ONCE = 64 * 1024
LISTS = frozenset({"conversations", "assistants"})
"""Keys of an object around the lists."""

_Events = Iterator[tuple[str, Any]]


class Readable(Protocol):
    """A binary file."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, none at the end."""
        ...


def elements(file: Readable) -> Iterator[Any]:
    """The elements of a list or of the list in an object, or a single object, in order.

    An element that is too large or nested too deeply is yielded as an `ImportProblem`.

    Raises:
        ImportProblem: the rest cannot be read.
    """
    watched = _Watched(file)
    try:
        yield from _elements(iter(ijson.basic_parse(watched, buf_size=READ_AT_ONCE)), watched)
    except ijson.IncompleteJSONError as error:
        raise ImportProblem("ended_early" if "premature EOF" in str(error) else "not_json") from error
    except (ijson.JSONError, ValueError, SystemError) as error:  # SystemError for a number of 5,000 digits
        raise ImportProblem("not_json") from error


class _Watched:
    """Counts the bytes read since `quiet` was last reset, so that no single text fills the memory."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._began = False
        self.quiet = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        if not self._began and data:
            self._began = True
            data = data.removeprefix(b"\xef\xbb\xbf") or self._file.read(size)
        self.quiet += len(data)
        if self.quiet > MAX_TEXT_BYTES:
            raise ImportProblem("text_too_large", limit=MAX_TEXT_BYTES)
        return data


def _elements(events: _Events, watched: _Watched) -> Iterator[Any]:
    for event, value in events:
        if event == "start_array":
            yield from _list(events, watched)
        elif event == "start_map":
            yield from _object(events, watched)
        else:
            yield value


def _list(events: _Events, watched: _Watched) -> Iterator[Any]:
    for event, value in events:
        if event == "end_array":
            return
        yield _Builder(watched).build(event, value, events)


def _object(events: _Events, watched: _Watched) -> Iterator[Any]:
    """The elements of its list, or the object itself if it has none."""
    whole: dict[str, Any] = {}
    builder = _Builder(watched)
    has_list = False
    for event, key in events:
        if event == "end_map":
            break
        event, value = next(events)
        if event == "start_array" and key in LISTS:
            has_list = True
            yield from _list(events, watched)
        else:
            whole[key] = builder.build(event, value, events)
    if not has_list:
        yield next((value for value in whole.values() if isinstance(value, ImportProblem)), whole)


class _Builder:
    """Builds values from events, all together within the limits."""

    def __init__(self, watched: _Watched) -> None:
        self._watched = watched
        self._size = 0
        self._problem: ImportProblem | None = None

    def build(self, event: str, value: Any, events: _Events) -> Any:
        """The value that begins with this event, or the problem with it."""
        if event not in ("start_map", "start_array"):
            self._size += PER_VALUE + (len(value) if event == "string" else 0)
            return _problem(depth=0) if self._size > MAX_ELEMENT else value
        result: Any = {} if event == "start_map" else []
        inside, key = result, ""
        outer: list[tuple[Any, str]] = []
        depth = 1
        for event, value in events:
            self._watched.quiet = 0
            if event == "map_key":
                key = value
                self._size += len(value)
                continue
            if event in ("end_map", "end_array"):
                depth -= 1
                if depth == 0:
                    break
                if self._problem is None:
                    inside, key = outer.pop()
                continue
            self._size += PER_VALUE + (len(value) if event == "string" else 0)
            is_container = event in ("start_map", "start_array")
            depth += is_container
            if self._problem is not None:
                continue
            if depth > MAX_DEPTH or self._size > MAX_ELEMENT:
                # What follows is read to its end and dropped.
                self._problem = _problem(depth)
                result, inside, outer = None, None, []
                continue
            made: Any = ({} if event == "start_map" else []) if is_container else value
            if isinstance(inside, dict):
                inside[key] = made
            else:
                inside.append(made)
            if is_container:
                outer.append((inside, key))
                inside = made
        return self._problem or result


def _problem(depth: int) -> ImportProblem:
    if depth > MAX_DEPTH:
        return ImportProblem("too_deep", limit=MAX_DEPTH)
    return ImportProblem("too_large", limit=MAX_ELEMENT)
